#!/bin/bash
# Runs the tests: vet, then every package with the race detector. As root it
# installs what is missing (test/prerequisites.sh) and runs in the sandbox, so
# that the tests that load BPF, kill and deny run too; else those are skipped
# and say so. Ends with a list of what was skipped and why.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=("$@"); [ ${#packages[@]} -gt 0 ] || packages=(./...)
run=(go test -race -vet=off -timeout 15m -json) # vetted below, all at once
# A program with the race detector waits a second at its end, for races of what
# still runs: tests start hundreds of such, and wait for their goroutines.
export GORACE="atexit_sleep_ms=20 ${GORACE:-}"
out=.cache/test.json; mkdir -p .cache
if [ "$(id -u)" = 0 ] && [ "${VEDETTE_SANDBOX:-}" != 1 ]; then
  ./test/prerequisites.sh
  sandbox=(./test/sandbox/sandbox.sh)
else
  [ "${VEDETTE_SANDBOX:-}" = 1 ] || echo "test: not root: tests that need the sandbox are skipped" >&2
  sandbox=()
fi
go vet "${packages[@]}"

# Packages whose tests watch the sandbox, start processes, mount or drive a
# browser run alone, and so do those that join everything: what others do at the
# same time would be seen, or would make them late. What they import tells them.
all=$(go list "${packages[@]}")
joined='{{join .TestImports " "}} {{join .XTestImports " "}}'
alone=$(go list -f "{{.ImportPath}} $joined " "${packages[@]}" | grep -E ' (os/exec|golang.org/x/sys/unix|[^ ]*/sensortest|[^ ]*/chromedp|[^ ]*/test/rig) |^[^ ]*/test/' | cut -d' ' -f1 || true)
others=$(grep -vxF "$alone" <<< "$all" || true)
# Both processors, before one at a time. A package of tests alone cannot be built.
go list -f '{{if .GoFiles}}{{.ImportPath}}{{end}}' "${packages[@]}" | CGO_ENABLED=1 xargs -r go build -race
set +e
: > "$out"
code=0 different=0
run_tests() { # flag packages
  [ -n "$2" ] || return 0
  # shellcheck disable=SC2086
  CGO_ENABLED=1 "${sandbox[@]}" "${run[@]}" $1 $2 >> "$out" || code=$?
}
# Each of those that run alone has a sandbox of its own, which is what they see;
# so there may be as many as there are processors.
run_alone() { # packages
  [ -n "$1" ] || return 0
  local dir=.cache/test.d at_once=1
  [ ${#sandbox[@]} = 0 ] || at_once=$(nproc)
  rm -rf "$dir"; mkdir -p "$dir"
  xargs -P "$at_once" -I{} bash -c 'name=${1##*vedette-edr/vedette/}; shift; CGO_ENABLED=1 "$@" > ".cache/test.d/${name//\//_}.json"' test {} "${sandbox[@]}" "${run[@]}" {} <<< "$1" || code=1
  cat "$dir"/*.json >> "$out"
}
run_alone "$alone"
run_tests "" "$others"

# What works through hundreds of thousands of events on one goroutine, where the
# race detector finds nothing and takes ten times as long: the comparisons of all
# engines with the recordings, and a file of the lake with several groups.
while read -r package pattern; do
  grep -q "/$package\$" <<< "$all" || continue
  CGO_ENABLED=0 "${sandbox[@]}" go test -vet=off -timeout 15m -json -run "$pattern" "./$package" >> "$out" < /dev/null || different=1
done <<'END'
internal/detect/offline ^TestExpected
internal/manager/lake/segment ^TestSeveralGroups$
END
go run ./test/report "$out" | tee .cache/report.txt
report=${PIPESTATUS[0]}
[ $different = 0 ] || exit 1 # depends on nothing
[ $code != 0 ] || [ $report != 0 ] || exit 0

# Browser and storm tests depend on a machine that others use too. What failed
# is run once more, alone; what passes then is named as flaky, and must be mended.
failed=$(grep '"Action":"fail"' "$out" | sed -n 's/.*"Package":"\([^"]*\)".*/\1/p' | sort -u)
[ -n "$failed" ] || exit 1
printf 'FLAKY unless it fails again: %s\n' $failed
: > "$out"
code=0
run_tests "-p=1 -count=1" "$failed" # one after the other
go run ./test/report "$out" | tee -a .cache/report.txt
report=${PIPESTATUS[0]}
[ $code = 0 ] || exit $code
exit $report
