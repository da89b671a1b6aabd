#!/bin/sh
# Installs with apt what is missing: for the tests gcc (race detector), unshare,
# setpriv and ip (sandbox) and chromium (console); with the argument `generate`
# also what makes the generated files, with `guest` what runs a guest (and
# nothing else). Each is named when it cannot be installed.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
if [ "${1:-}" = guest ]; then
  need qemu-system-x86_64 qemu-system-x86
  need busybox busybox-static
  need cpio cpio
  need setpriv util-linux
else
  need gcc gcc
  need unshare util-linux
  need setpriv util-linux
  need ip iproute2
  need chromium chromium
fi
if [ "${1:-}" = generate ]; then
  need clang clang
  need llvm-strip llvm
  need protoc protobuf-compiler
  need make make
  need git git
  [ -e /usr/include/bpf/bpf_helpers.h ] || missing="$missing libbpf-dev"
fi
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "prerequisites: install these and try again:$missing" >&2; exit 1
fi
echo "prerequisites: installing$missing" >&2
log=$(mktemp)
apt-get update -q >"$log" 2>&1 || true # a source that does not answer may not be the one that has them
if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >>"$log" 2>&1; then
  tail -n 20 "$log" >&2; rm -f "$log"
  echo "prerequisites: apt cannot install$missing" >&2; exit 1
fi
rm -f "$log"
