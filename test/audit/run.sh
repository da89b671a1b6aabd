#!/bin/sh
# Inside of the guest: auditd, the shipped rules beside another's, and the test.
ip link set lo up
mkdir -p /var/lib/vedette /run/audit-test
systemctl start auditd || { auditd; sleep 3; }
auditctl -w /etc/hostname -p wa -k of_another
auditctl -R /exam/audit.rules 2>&1 | sed 's/^/audit-load: /'
auditctl -l | sed 's/^/audit-rule: /'
cp /exam/auditlog.test /run/audit-test/; cd /run/audit-test
VEDETTE_GUEST_AUDIT=1 ./auditlog.test -test.v -test.run 'Guest' 2>&1 | sed 's/^/audit-line: /'
auditctl -s | sed 's/^/audit-status: /'
wc /var/log/audit/audit.log | sed 's/^/audit-size: /'
