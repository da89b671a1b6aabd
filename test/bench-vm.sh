#!/bin/bash
# What the agent adds to what programs do, beside auditd with rules that tell the
# same, counted in instructions, in guests on kernels of Debian. Prints one JSON
# object per figure, and to stderr a table for each kernel.
#
#   test/bench-vm.sh [KERNEL...]      default 6.1 and 6.12
#
# Ends with 3 when a guest cannot be made here, and with 1 when a mark is missed.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
out=$PWD/.cache/out; mkdir -p "$out"
cp bin/vedette-agent test/counted/run.sh docs/audit.rules "$folder"
CGO_ENABLED=0 go build -o "$folder/bench" ./bench
code=0
for kernel in ${@:-6.1 6.12}; do
  began=$(date +%s)
  flock /tmp/vedette-vm.lock test/vm/guest.sh -c -k "$kernel" "$folder" > "$out/bench-$kernel.log" || code=$?
  [ $code != 3 ] || exit 3
  sed -n "s/^.*bench-line: {/{\"kernel\":\"$kernel\",/p" "$out/bench-$kernel.log" | tee "$out/bench-$kernel.json"
  sed -n 's/^bench: //p' "$out/bench-$kernel.log" >&2
  grep -q 'bench-end: 0' "$out/bench-$kernel.log" || { code=1; echo "bench-vm: $kernel: a mark was missed, or the guest did not come to its end; console in .cache/out/bench-$kernel.log" >&2; }
  echo "bench-vm: $kernel took $(( $(date +%s) - began )) s" >&2
done
exit $code
