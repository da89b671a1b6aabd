#!/bin/bash
# Makes the disk of the guest with systemd, in which logons, services, modules,
# the audit system and the clock may be touched, and prints its path: Debian's
# root by mmdebstrap with the packages of test/vm/image/packages and the modules
# of both kernels. It is kept in .cache/vm/image-HASH.ext4 and made again only
# when what it is made of changes. Needs root, apt and the network. mmdebstrap
# runs in mount, pid and other namespaces of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
need() { command -v "$1" >/dev/null 2>&1 || { echo "vm: $1 is missing: apt-get install $2" >&2; exit 3; }; }
need mmdebstrap mmdebstrap; need mke2fs e2fsprogs
cache=$PWD/.cache/vm; mkdir -p "$cache"
kernels=()
for k in 6.1 6.12; do kernels+=("$(basename "$(test/vm/kernel.sh $k)")"); done
hash=$({ cat test/vm/image.sh test/vm/image/*; echo "${kernels[@]}"; } | sha256sum | cut -c1-16)
image=$cache/image-$hash.ext4
exec 9> "$cache/image.lock"; flock 9 # one at a time makes it
if [ ! -e "$image" ]; then
  echo "vm: making the disk of the guest; this takes some minutes" >&2
  root=$(mktemp -d "$cache/root.XXXXXX"); trap 'rm -rf "$root" "$image.new"' EXIT
  unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc \
    setpriv --bounding-set -sys_time,-sys_boot,-sys_module,-syslog,-audit_control --inh-caps -sys_time,-sys_boot,-sys_module,-syslog,-audit_control \
    mmdebstrap --quiet --mode=root --variant=minbase --include="$(paste -sd, test/vm/image/packages)" \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
      --customize-hook="mkdir -p \$1/lib/modules; cp -r $cache/6.1/lib/modules/. $cache/6.12/lib/modules/. \$1/lib/modules/" \
      --customize-hook="cp test/vm/image/set-up.sh \$1/set-up.sh; chroot \$1 sh /set-up.sh; rm \$1/set-up.sh" \
      bookworm "$root" >&2
  truncate -s 1500M "$image.new"
  mke2fs -q -t ext4 -O ^has_journal -E root_owner=0:0 -d "$root" "$image.new" >&2
  mv "$image.new" "$image"
  find "$cache" -maxdepth 1 -name 'image-*.ext4' ! -path "$image" -delete
fi
echo "$image"
