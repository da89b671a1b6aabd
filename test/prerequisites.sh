#!/bin/sh
# Installs with apt what the tests need and the machine lacks: gcc for the race
# detector, unshare, setpriv and ip for the sandbox, chromium for the console.
# Each is named when it cannot be installed.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need gcc gcc
need unshare util-linux
need setpriv util-linux
need ip iproute2
need chromium chromium
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "test: install these and try again:$missing" >&2; exit 1
fi
echo "test: installing$missing" >&2
apt-get update -q >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
