#!/bin/bash
# Runs the tests of what depends on the kernel in the sandbox and in guests with
# the kernels of Debian 12 and 13, and writes docs/support.md from what they
# said. Needs root. Software emulation: expect an hour; with -s, which runs the
# short form in the guests as CI does, a quarter of that.
set -euo pipefail
cd "$(dirname "$0")/.."
short=; [ "${1:-}" != -s ] || short=-s
packages=$(grep -v '^#' test/vm/packages | tr '\n' ' ')
out=$PWD/.cache/support; mkdir -p "$out"
code=0
VEDETTE_OUT=$out ./test/sandbox/sandbox.sh bash -c "go test -json $packages > $out/sandbox.json" || code=1
for kernel in 6.1 6.12; do
  ./test/vm/vm.sh -k "$kernel" $short -o "$out/debian-$kernel.json" > "$out/debian-$kernel.log" || code=1
done
compiled=
if CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -o /dev/null ./cmd/vedette && CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -o /dev/null ./cmd/vedette-agent; then
  compiled="linux/arm64"
fi
# The self-exam, where it was taken: make exam, make exam-vm.
exams=()
for x in "sandbox, Linux $(uname -r | cut -d- -f1)=sandbox" "Debian guest with systemd, Linux 6.1=6.1" "Debian guest with systemd, Linux 6.12=6.12"; do
  file=.cache/out/exam-${x##*=}.json
  [ -s "$file" ] && exams+=(-exam "${x%=*}=$file")
done
go run ./test/report -md docs/support.md -compiled "$compiled" "${exams[@]}" \
  "sandbox, Linux $(uname -r | cut -d- -f1)=$out/sandbox.json" "Debian 12 guest, Linux 6.1=$out/debian-6.1.json" "Debian 13 guest, Linux 6.12=$out/debian-6.12.json" || code=1
exit $code
