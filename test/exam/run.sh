#!/bin/sh
# Inside of the guest: the network that answers any name, the agent, its exam,
# and what others do meanwhile. Lines of the exam begin with "exam-line: ". The
# processor is emulated and ten times as slow, so that the CPU limit is lifted:
# the agent would shed events of files for it.
state=/var/lib/vedette/agent
echo "exam-kernel: $(uname -r), up $(cut -d. -f1 /proc/uptime) s"
ip link set lo up; ip address add 10.99.0.1/32 dev lo
/exam/world & 
mkdir -p /run/exam; cp /exam/vedette-agent /run/exam/; PATH=/run/exam:$PATH
start() {
  vedette-agent run --state-dir $state --policy-cpu-limit 0 2>> /run/exam/log &
  agent=$!
  i=0; while [ $i -lt 120 ] && ! vedette-agent status --state-dir $state > /dev/null 2>&1; do i=$((i + 1)); sleep 1; done
}
start; kill -TERM $agent; wait $agent
start
module=$(find /lib/modules/$(uname -r) -name 'dummy.ko*' | head -n 1)
case $module in *.xz) python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' $module > /run/exam/dummy.ko ;; *) cp $module /run/exam/dummy.ko ;; esac
(sleep 20; exec python3 /exam/others.py /run/exam/dummy.ko) &
vedette-agent selftest --state-dir $state --json --wait 180s 2> /run/exam/error | sed 's/^/exam-line: /'
sed 's/^/exam-error: /' /run/exam/error
vedette-agent status --state-dir $state | sed 's/^/exam-status: /'
kill -TERM $agent; wait $agent
tail -n 40 /run/exam/log | sed 's/^/exam-log: /'
echo "exam-end: up $(cut -d. -f1 /proc/uptime) s"
