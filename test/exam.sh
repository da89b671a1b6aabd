#!/bin/bash
# The self-exam in the sandbox: starts the agent twice, so that it has once
# ended in order, has it take its exam, and prints one JSON object for each row
# and a last one with the score. ROW='...' takes one row, JSON= prints a table.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${VEDETTE_SANDBOX:-}" = 1 ] || exec ./test/sandbox/sandbox.sh test/exam.sh "$@"
state=$(mktemp -d); log=$VEDETTE_OUT/exam-agent.log; : > "$log"
# Programs and libraries that sensors probe become files of the sandbox alone.
private=$(dirname "$(readlink -f /lib/*/libc.so.6)")
for f in "$private"/{libpam.so.0,libc.so.6}; do
  [ -e "$f" ] || continue
  f=$(readlink -f "$f"); cp -a "$f" "$f.own" && mv "$f.own" "$f"
done
start() {
  bin/vedette-agent run --state-dir "$state" --scope "$VEDETTE_SCOPE" --kernel-private /usr/lib,/usr/bin --alerts-journal '' --kernel-private "$private" 2>> "$log" &
  agent=$!
  for _ in $(seq 300); do
    if bin/vedette-agent status --state-dir "$state" --json > "$state.status" 2>/dev/null; then return; fi
    kill -0 $agent 2>/dev/null || { tail -n 20 "$log" >&2; echo "exam: the agent ended" >&2; exit 2; }
    sleep 0.1
  done
}
stop() { kill -TERM $agent; wait $agent || true; }
start; stop; start
code=0
if [ -z "${JSON-x}" ]; then
  bin/vedette-agent selftest --state-dir "$state" ${ROW:+--row "$ROW"} "$@" || code=$?
else
  bin/vedette-agent selftest --state-dir "$state" --json ${ROW:+--row "$ROW"} "$@" | tee "$state.json" || code=$?
  [ -n "${ROW:-}" ] || cp "$state.json" "$VEDETTE_OUT/exam-sandbox.json"
  ! grep -q '"failed":\[' "$state.json" || code=1
fi
stop
exit $code
