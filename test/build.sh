#!/bin/sh
# Builds bin/vedette and bin/vedette-agent and shows how far it is.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}
export CGO_ENABLED=0
start=$(date +%s)
if [ -t 2 ]; then
  total=$($GO list -deps ./cmd/vedette ./cmd/vedette-agent 2>/dev/null | wc -l)
  progress() { awk -v total="$total" '/^(#|[^ ]*:[0-9]+:)/ { print; bad = 1; next } bad && /^[\t ]/ { print; next } { n++; printf "\rbuilding: %d of at most %d packages ", n, total } END { if (n) printf "\r%60s\r", "" }' >&2; }
else
  progress() { awk '/^(#|[^ ]*:[0-9]+:)/ || /^[\t ]/ { print }' >&2; }
fi
status=$(mktemp)
{ $GO build -v -trimpath -ldflags "${LDFLAGS:-}" -o bin/ ./cmd/vedette ./cmd/vedette-agent 2>&1; echo $? > "$status"; } | progress
code=$(cat "$status"); rm -f "$status"
[ "$code" = 0 ] || { echo "build: go build ended with $code" >&2; exit 1; }
echo "built bin/vedette and bin/vedette-agent in $(( $(date +%s) - start )) s" >&2
