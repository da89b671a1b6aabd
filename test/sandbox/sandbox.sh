#!/bin/bash
# Runs a command in the project's sandbox: a new cgroup v2 child, new mount,
# pid, net, uts, ipc and cgroup namespaces, an overlay of the root file system
# that is thrown away, bounded memory and processes, and without the
# capabilities that reach past it (clock, boot, kernel log, modules).
#
#   test/sandbox/sandbox.sh COMMAND [ARG...]
#
# The command sees VEDETTE_SANDBOX=1, VEDETTE_SANDBOX_ONLY=1 and
# VEDETTE_SCOPE, the directory of the sandbox's cgroup. What it writes to
# $VEDETTE_OUT (.cache/out of the checkout) stays; Go's build and module
# caches are shared with the host; everything else is gone afterwards.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)

if [ "${VEDETTE_SANDBOX:-}" = 1 ]; then exec "$@"; fi
if [ "$(id -u)" != 0 ]; then echo "sandbox: needs root to make namespaces and a cgroup; run it with sudo" >&2; exit 2; fi

cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
if [ -z "$cgroup2" ]; then
  echo "sandbox: no cgroup v2 is mounted; mount one: mount -t cgroup2 none /sys/fs/cgroup/unified" >&2; exit 2
fi
name=vedette-sandbox-$$
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
scope=$cgroup2${own%/}/$name
mkdir "$scope"
limits=()
# A limit is a v1 controller where the machine has one, else the v2 file.
limit() { # controller file value
  local root=/sys/fs/cgroup/$1 path
  if [ -d "$root" ] && [ -e "$root/cgroup.procs" ] && grep -q " $root cgroup " /proc/mounts; then
    path=$root$(sed -n "s/^[0-9]*:$1://p" /proc/self/cgroup); path=${path%/}/$name
    mkdir "$path" && echo "$3" > "$path/$2" && limits+=("$path")
  elif [ -w "$scope/$4" ]; then
    echo "$3" > "$scope/$4"
  else
    echo "sandbox: no $1 controller here; $4 is not bounded" >&2
  fi
}
limit pids pids.max "${VEDETTE_SANDBOX_PIDS:-2000}" pids.max
limit memory memory.limit_in_bytes "${VEDETTE_SANDBOX_MEMORY:-4294967296}" memory.max

export VEDETTE_OUT=${VEDETTE_OUT:-$repo/.cache/out}
mkdir -p "$VEDETTE_OUT"
root=$(mktemp -d /tmp/vedette-sandbox.XXXXXX)
cleanup() {
  echo 1 > "$scope/cgroup.kill" 2>/dev/null || true
  for i in $(seq 50); do
    find "$scope" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$scope" ] || break
    sleep 0.05
  done
  for l in "${limits[@]:-}"; do [ -z "$l" ] || rmdir "$l" 2>/dev/null || true; done
  rmdir "$root" 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export SANDBOX_ROOT=$root SANDBOX_REPO=$repo SANDBOX_CWD=$PWD
export SANDBOX_GOCACHE=$(go env GOCACHE 2>/dev/null || true) SANDBOX_GOMODCACHE=$(go env GOMODCACHE 2>/dev/null || true)
export SANDBOX_TMPFS=${VEDETTE_SANDBOX_TMPFS:-2g}
[ -z "$SANDBOX_GOCACHE" ] || mkdir -p "$SANDBOX_GOCACHE" "$SANDBOX_GOMODCACHE"

# The shell moves itself into the cgroups before it makes the namespaces.
set +e
bash -c '
  for d in '"$scope"' '"${limits[*]:-}"'; do echo $$ > $d/cgroup.procs || exit 2; done
  exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child --mount-proc \
    bash '"$here"'/inner.sh "$@"' _ "$@" &
child=$!
# Ctrl-C and stop end what runs inside in an orderly way, all at once.
stop() { xargs -r kill -TERM < "$scope/cgroup.procs" 2>/dev/null; }
trap stop INT TERM
while :; do
  wait $child; status=$?
  kill -0 $child 2>/dev/null || break
done
exit $status
