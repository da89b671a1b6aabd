#!/bin/bash
# Runs every fuzz test for the given time each, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}
mkdir -p .cache
failed=0 ran=0
while IFS=: read -r file name; do
  pkg=./$(dirname "$file")
  echo "fuzz $pkg $name $time"
  if ! go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$pkg" > .cache/fuzz.log 2>&1; then
    # Go may report its own deadline as a failure when the time is up; a real one names its input.
    if grep -q 'context deadline exceeded' .cache/fuzz.log && ! grep -q 'Failing input' .cache/fuzz.log; then
      echo "  the fuzzer ended late; no failing input"
    else
      cat .cache/fuzz.log; failed=$((failed + 1))
    fi
  fi
  ran=$((ran + 1))
done < <(grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' internal cmd | sed 's/func //')
echo "$ran fuzz tests, $failed failed"
[ $failed = 0 ] && [ $ran -gt 0 ]
