#!/bin/bash
# The inside of sandbox.sh: process 1 of the new namespaces. Lays the overlay
# root, a small /dev, /proc with read-only settings and fresh kernel file
# systems, drops capabilities and runs the command.
set -eu
B=$SANDBOX_ROOT
mount --make-rprivate /
mount -t tmpfs -o "size=$SANDBOX_TMPFS,mode=755" sandbox "$B"
mkdir "$B/up" "$B/work" "$B/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$B/up,workdir=$B/work" "$B/root"
R=$B/root
cd "$R"
mkdir -p old_root

mount -t tmpfs -o size=16m,mode=755,nosuid dev dev
for n in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<< "$n"
  mknod -m 666 "dev/$name" c "$major" "$minor"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o size=256m,mode=1777 shm dev/shm

mount -t proc proc proc
for p in proc/sys proc/sysrq-trigger proc/irq proc/bus; do
  [ -e "$p" ] || continue
  mount --bind "$p" "$p" && mount -o remount,bind,ro "$p"
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tracefs tracefs sys/kernel/tracing 2>/dev/null || echo "sandbox: no tracefs" >&2
mount -t bpf bpffs sys/fs/bpf 2>/dev/null || echo "sandbox: no bpffs" >&2
mount -t securityfs securityfs sys/kernel/security 2>/dev/null || true

# /tmp and /run are the sandbox's own; the checkout's parent may lie in /tmp.
mount -t tmpfs -o size=1g,mode=755 run run
for d in "$SANDBOX_GOCACHE" "$SANDBOX_GOMODCACHE" "$VEDETTE_OUT"; do
  [ -n "$d" ] && [ -d "$d" ] && mount --bind "$d" "$R$d"
done

pivot_root . old_root
cd /
umount -l /old_root
ip link set lo up
hostname vedette-sandbox
cd "$SANDBOX_CWD"

export VEDETTE_SANDBOX=1 VEDETTE_SANDBOX_ONLY=1 VEDETTE_SCOPE=/sys/fs/cgroup
# An exam that an agent takes by itself would be in the way of what is measured.
export VEDETTE_SELFTEST=false
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
drop=-sys_time,-sys_boot,-syslog,-sys_module
# Not exec: process 1 stays to reap. The outer script signals the command.
trap : TERM INT
setpriv --inh-caps "$drop" --bounding-set "$drop" "$@" &
child=$!
while :; do
  set +e; wait $child; status=$?; set -e
  kill -0 $child 2>/dev/null || break
done
exit $status
