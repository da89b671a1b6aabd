#!/bin/bash
# Runs every fuzz test for the given time each, as many at a time as there are
# processors, each on one of them. A test program is built once for each
# package. What fails is printed whole, with the input.
#
#   test/fuzz.sh [TIME [NAME PATTERN]]
#
# FUZZ_AT_ONCE is how many at a time, where something else needs a processor; on
# USR1 there may be one more.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s} pattern=${2:-.}
out=$PWD/.cache/fuzz; rm -rf "$out"; mkdir -p "$out"
cache=$(go env GOCACHE)/fuzz/$(go list -m)
at_once=${FUZZ_AT_ONCE:-$(nproc)} child=
more() { at_once=$((at_once + 1)); [ -z "$child" ] || kill -USR1 "$child"; }
trap more USR1

# run_one DIR NAME: one fuzz test; its log stays in $out when it failed.
run_one() {
  local dir=$1 name=$2 began=$SECONDS
  local log=$out/${dir//\//_}.$name.log program=$out/${dir//\//_}.test
  if (cd "$dir" && GOMAXPROCS=1 "$program" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "$time" -test.parallel 1 -test.fuzzminimizetime 100x \
    -test.fuzzcachedir "$cache/$dir") > "$log" 2>&1; then
    echo "fuzz $dir $name: $(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1) runs, $((SECONDS - began)) s"
    rm -f "$log"; return 0
  fi
  # Go may report its own deadline as a failure when the time is up; a real one names its input.
  if grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
    echo "fuzz $dir $name: the fuzzer ended late; no failing input"
    rm -f "$log"; return 0
  fi
  { echo "fuzz $dir $name FAILED"; cat "$log"
    sed -n 's/.*Failing input written to //p' "$log" | while read -r input; do echo "$dir/$input:"; cat "$dir/$input"; done
  } > "$log.whole"
  mv "$log.whole" "$log"; cat "$log"
}
export -f run_one
export out time cache

list=$out/list
grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' internal cmd rules | sed 's/func //' | grep -E "$pattern" |
  while IFS=: read -r file name; do echo "$(dirname "$file") $name"; done > "$list"
[ -s "$list" ] || { echo "fuzz: no fuzz test is named $pattern" >&2; exit 1; }
# The first builds what most of the others need too: it is the one that needs most.
build() { CGO_ENABLED=0 go test -c -fuzz=. -ldflags="-s -w" -o "$out/${1//\//_}.test" "./$1"; }
export -f build
cut -d' ' -f1 "$list" | sort -u | sed 's|^|./|' | xargs go list -f '{{len .Deps}} {{.Dir}}' | sort -rn | sed "s|^[0-9]* $PWD/||" > "$out/dirs"
build "$(head -n 1 "$out/dirs")"
tail -n +2 "$out/dirs" | xargs -r -P "$at_once" -n 1 bash -c 'build "$1"' build
echo "fuzz: $(wc -l < "$list") tests, $time each, built after $SECONDS s"
xargs -P "$at_once" -L 1 bash -c 'run_one "$@"' fuzz < "$list" &
child=$!
# A signal ends wait, not what is waited for.
while kill -0 "$child" 2>/dev/null; do wait "$child" || true; done
failed=$(find "$out" -name '*.log' | wc -l)
rm -f "$out"/*.test
echo "$(wc -l < "$list") fuzz tests, $failed failed"
[ "$failed" = 0 ]
