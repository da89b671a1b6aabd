#!/bin/bash
# The exerciser of the public EDR Telemetry Project, unchanged, in the guest
# with systemd: each of its options runs once, and the events that the agent
# kept are judged. Prints one JSON object for each row that it has something
# for, and one with the score.
#
#   test/exam-public.sh DIR [KERNEL]     default 6.12
#
# DIR is a checkout of the project, or the exerciser's own folder; it is only
# read. PAMSPY=FILE is the program that it would fetch from the internet for the
# row of eBPF; without it one of ours (test/exam/public/pamspy) takes its place.
set -euo pipefail
[ $# -gt 0 ] && [ -n "$1" ] || { echo "usage: make exam-public DIR='checkout of the EDR Telemetry Project'" >&2; exit 2; }
generator=$(realpath "$1"); pamspy=${PAMSPY:+$(realpath "$PAMSPY")}
cd "$(dirname "$0")/.."
[ -e "$generator/lnx_telem_gen.py" ] || generator=$generator/Tools/Telemetry-Generator/Linux
[ -e "$generator/lnx_telem_gen.py" ] || { echo "exam-public: no Tools/Telemetry-Generator/Linux/lnx_telem_gen.py in $1" >&2; exit 2; }
kernel=${2:-6.12}
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
out=$PWD/.cache/out; mkdir -p "$out" "$folder/files"
./test/prerequisites.sh guest || exit 3
headers=$(test/vm/headers.sh "$kernel")
tar -C "$headers" -cf "$folder/headers.tar" usr
cp -r "$generator" "$folder/generator"
cp bin/vedette-agent test/exam/public/run.sh "$folder"
export CGO_ENABLED=0
go build -o "$folder/world" ./test/exam/world
go build -o "$folder/public" ./test/exam/public
if [ -n "$pamspy" ]; then cp "$pamspy" "$folder/files/pamspy"; else go build -o "$folder/files/pamspy" ./test/exam/public/pamspy; fi
began=$(date +%s) code=0
flock /tmp/vedette-vm.lock test/vm/guest.sh -k "$kernel" "$folder" > "$out/public-$kernel.log" || code=$?
[ $code != 3 ] || exit 3
sed -n 's/^.*exam-line: //p' "$out/public-$kernel.log" | tee "$out/public-$kernel.json"
grep -q '"score":' "$out/public-$kernel.json" || code=1
! grep -q '"failed":\[' "$out/public-$kernel.json" || code=1
echo "exam-public: $kernel took $(( $(date +%s) - began )) s; console in .cache/out/public-$kernel.log" >&2
grep -q 'exam-end' "$out/public-$kernel.log" || { echo "exam-public: the guest did not come to its end" >&2; code=1; }
exit $code
