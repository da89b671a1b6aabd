#!/bin/sh
# Inside of the guest: what the public exerciser needs of a host (a network that
# answers, a second interface, a disk by its name, headers of the kernel), the
# agent, the exerciser, and the judgement. The exerciser traces a process that
# it chooses by its command line; it leaves alone those with "su" in it, so that
# what must not end here lies in a folder called survey.
folder=/run/survey; state=/var/lib/vedette/survey
echo "exam-kernel: $(uname -r), up $(cut -d. -f1 /proc/uptime) s"
mkdir -p $folder /root/generator; cp /exam/world /exam/vedette-agent /exam/public $folder
ip link set lo up; ip address add 10.99.0.1/32 dev lo
modprobe dummy numdummies=0; ip link add exam0 type dummy; ip link set exam0 up
$folder/world -files /exam/files -authority $folder/authority.pem &
[ -e /dev/sda ] || cp -a /dev/vda /dev/sda
tar -xf /exam/headers.tar -C /
ln -sfn /usr/src/linux-headers-$(uname -r) /lib/modules/$(uname -r)/build
cp -r /exam/generator/. /root/generator
$folder/vedette-agent run --state-dir $state --policy-cpu-limit 0 2>> $folder/log &
agent=$!
i=0; while [ $i -lt 120 ] && ! $folder/vedette-agent status --state-dir $state > /dev/null 2>&1; do i=$((i + 1)); sleep 1; done
sleep 20 # the sensors take their rungs one after the other
echo 2000 > /proc/sys/kernel/ns_last_pid # what may be traced has a pid above 1000
i=0; while [ $i -lt 20 ]; do sleep 3000 & i=$((i + 1)); done
SSL_CERT_FILE=$folder/authority.pem $folder/public run -generator /root/generator -steps $folder/steps.json
sleep 30 # what is read later, and what is looked at from time to time
$folder/vedette-agent status --state-dir $state | sed 's/^/exam-status: /'
kill -TERM $agent; wait $agent
$folder/public judge -steps $folder/steps.json -spool $state/spool 2>&1
tail -n 40 $folder/log | sed 's/^/exam-log: /'
echo "exam-end: up $(cut -d. -f1 /proc/uptime) s"
