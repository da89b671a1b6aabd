#!/bin/bash
# Unpacks a kernel of Debian into .cache/vm/KERNEL, once, and prints the path of
# its image. The newest package of the series counts when none is there yet.
#
#   test/vm/kernel.sh 6.1|6.12
#
# Ends with 3 when apt has none.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=$1
cache=$PWD/.cache/vm; mkdir -p "$cache"
image=$(ls "$cache/$kernel"/boot/vmlinuz-* 2>/dev/null | tail -n 1 || true)
if [ -z "$image" ]; then
  newest() { apt-cache search --names-only "^linux-image-${kernel//./\\.}\\.[0-9]+[-+].*cloud-amd64-unsigned$" | awk '{print $1}' | sort -V | tail -n 1; }
  name=$(newest)
  [ -n "$name" ] || { apt-get update -q >/dev/null 2>&1 || true; name=$(newest); }
  [ -n "$name" ] || { echo "vm: apt knows no cloud kernel $kernel; choose another with -k" >&2; exit 3; }
  echo "vm: fetching $name" >&2
  (cd "$cache" && apt-get download -q "$name" >/dev/null 2>&1) || { echo "vm: apt cannot fetch $name" >&2; exit 3; }
  dpkg-deb -x "$cache/$name"_*.deb "$cache/$kernel"
  rm -f "$cache/$name"_*.deb
  image=$(ls "$cache/$kernel"/boot/vmlinuz-* | tail -n 1)
fi
echo "$image"
