#!/bin/bash
# The self-exam in guests with systemd on kernels of Debian: modules are loaded,
# people log on by ssh and su, services are controlled, cron and the audit system
# run. Prints for each kernel one JSON object per row and one with the score.
#
#   test/exam-vm.sh [KERNEL...]      default 6.1 and 6.12
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
out=$PWD/.cache/out; mkdir -p "$out"
cp bin/vedette-agent test/exam/run.sh test/exam/others.py "$folder"
CGO_ENABLED=0 go build -o "$folder/world" ./test/exam/world
code=0
for kernel in ${@:-6.1 6.12}; do
  began=$(date +%s)
  flock /tmp/vedette-vm.lock test/vm/guest.sh -k "$kernel" "$folder" > "$out/exam-$kernel.log" || code=$?
  [ $code != 3 ] || exit 3
  sed -n 's/^.*exam-line: //p' "$out/exam-$kernel.log" | tee "$out/exam-$kernel.json"
  grep -q '"score":' "$out/exam-$kernel.json" || code=1
  ! grep -q '"failed":\[' "$out/exam-$kernel.json" || code=1
  grep -E 'exam-error: |others: .*FAILED' "$out/exam-$kernel.log" >&2 || true
  echo "exam-vm: $kernel took $(( $(date +%s) - began )) s; console in .cache/out/exam-$kernel.log" >&2
  grep -q 'exam-end' "$out/exam-$kernel.log" || { echo "exam-vm: the guest with $kernel did not come to its end" >&2; code=1; }
done
exit $code
