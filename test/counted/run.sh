#!/bin/sh
# Inside of the guest whose clock counts instructions, as its first process and
# its only one besides the kernel's: what the agent and auditd add to what
# programs do. Lines of figures begin with "bench-line: ", others with "bench: ".
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc; mount -t sysfs sysfs /sys
mount -t tmpfs run /run; mount -t tmpfs shm /dev/shm 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -t tracefs tracefs /sys/kernel/tracing; mount -t bpf bpf /sys/fs/bpf
mount -t securityfs securityfs /sys/kernel/security
ip link set lo up
mkdir -p /var/lib/vedette /var/log/audit /var/bench /opt/bench/bin
cp /exam/vedette-agent /opt/bench/bin/; cp /exam/bench /exam/audit.rules /opt/bench/
cd /opt/bench
# Files are made on the disk of the guest, ext4 without a journal.
export TMPDIR=/var/bench VEDETTE_SANDBOX=1 VEDETTE_SCOPE=/sys/fs/cgroup
echo "bench: $(uname -r), clock $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
mkfifo /run/lines /run/notes
sed -u 's/^/bench-line: /' < /run/lines & sed -u 's/^/bench: /' < /run/notes &
./bench -only guest > /run/lines 2> /run/notes
echo "bench-end: $?"
sync; echo o > /proc/sysrq-trigger; sleep 60
