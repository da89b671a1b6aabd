#!/bin/bash
# Unpacks what a module for a guest's kernel is compiled with, once: the headers
# of the kernel that test/vm/kernel.sh took, into .cache/vm/KERNEL-headers, and
# prints that folder. The packages are not installed, since they depend on the
# kernel's own.
#
#   test/vm/headers.sh 6.1|6.12
#
# Ends with 3 when apt does not have them.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=$1
image=$(basename "$(test/vm/kernel.sh "$kernel")")
version=${image#vmlinuz-}
folder=$PWD/.cache/vm/$kernel-headers
if [ "$(cat "$folder/version" 2>/dev/null)" != "$version" ]; then
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  names() { apt-cache depends --important "linux-headers-$version" 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-(headers|kbuild)-/ {print $2}'; }
  [ -n "$(names)" ] || apt-get update -q >/dev/null 2>&1 || true
  # the user of apt may not write here, which it only warns of
  (cd "$work" && apt-get download -q "linux-headers-$version" $(names) >/dev/null 2>&1) || { echo "vm: apt has no headers for $version; remove .cache/vm/$kernel for the newest kernel" >&2; exit 3; }
  rm -rf "$folder"; mkdir -p "$folder"
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -rf "$folder/usr/share"
  echo "$version" > "$folder/version"
fi
echo "$folder"
