#!/bin/bash
# The audit log as a source of events, in a guest with a real audit system: the
# shipped rules are loaded beside others, auditd writes, and the rungs must tell
# of what is done. Prints the test's output.
#
#   test/audit-vm.sh [6.1|6.12]
set -euo pipefail
cd "$(dirname "$0")/.."
kernel=${1:-6.12}
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cp test/audit/run.sh docs/audit.rules "$folder"
CGO_ENABLED=0 go test -c -o "$folder/auditlog.test" ./internal/agent/sensor/auditlog
out=$PWD/.cache/out; mkdir -p "$out"
flock /tmp/vedette-vm.lock test/vm/guest.sh -k "$kernel" "$folder" > "$out/audit-$kernel.log" || [ $? != 3 ] || exit 3
sed -n 's/^.*audit-line: //p' "$out/audit-$kernel.log"
grep -q 'audit-line: PASS' "$out/audit-$kernel.log" || { echo "audit-vm: failed; console in .cache/out/audit-$kernel.log" >&2; exit 1; }
