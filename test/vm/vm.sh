#!/bin/bash
# Runs test programs in a QEMU guest on a kernel of Debian, where probes, LSM,
# modules and the proc connector may be touched.
#
#   test/vm/vm.sh [-k 6.1|6.12] [-s] [-n COUNT] [-o FILE] [PACKAGES [TEST PATTERN]]
#
# PACKAGES is one package or several in quotes, which run in one guest after
# another; without it those of test/vm/packages, whose tests depend on the
# kernel. -s runs them short, and only the first of the list; -n runs them often; -o also writes what `go test -json` would
# have said to FILE.
# Needs root only for apt when something is missing, and ends with 3 when apt has
# none of it. The kernel package is unpacked into .cache/vm, never installed.
# Software emulation: a test takes ten times as long as here.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=6.1 json= flags=
while getopts k:o:n:s o; do case $o in
  k) kernel=$OPTARG ;; o) json=$OPTARG ;; n) flags+=" -test.count=$OPTARG" ;; s) flags+=" -test.short" ;; *) exit 2 ;;
esac; done
shift $((OPTIND - 1))
listed() { if [[ $flags == *short* ]]; then sed '/^#/,$d' test/vm/packages; else grep -v '^#' test/vm/packages; fi; }
packages=$(go list ${1:-$(listed)})
pattern=${2:-.}

./test/prerequisites.sh guest || exit 3

cache=$PWD/.cache/vm; mkdir -p "$cache"
image=$(test/vm/kernel.sh "$kernel")

root=$(mktemp -d); trap 'rm -rf "$root" "$root.cpio"' EXIT
mkdir -p "$root"/{bin,tests,proc,sys,dev,tmp,etc,run,root,usr/local,var/log,sys/fs/cgroup}
cp "$(command -v busybox)" "$root/bin/busybox"
# What the tests execute are programs of their own, not names of busybox.
for c in sh sleep true mv rm cat; do
  program=$(readlink -f "$(type -P $c)")
  cp "$program" "$root/bin/$c"
  ldd "$program" | awk '{ for (i = 1; i <= NF; i++) if ($i ~ "^/") print $i }' | while read -r lib; do
    mkdir -p "$root$(dirname "$lib")"; cp -L "$lib" "$root$lib"
  done
done
for pkg in $packages; do
  to=$root/tests/$(basename "$pkg"); mkdir "$to"
  echo "$pkg" > "$to/package"
  # The programs are called as `go test` calls them.
  CGO_ENABLED=0 go test -c -o "$to/$(basename "$pkg").test" "$pkg"
  dir=$(go list -f '{{.Dir}}' "$pkg")
  if [ -d "$dir/testdata" ]; then cp -r "$dir/testdata" "$to/testdata"; fi
done
# Modules that tests load.
for m in dummy brd overlay; do
  module=$(find "$cache/$kernel" -name "$m.ko*" | head -n 1)
  case $module in
    *.xz) xz -dc "$module" > "$root/tests/$m.ko" ;;
    *.ko) cp "$module" "$root/tests/$m.ko" ;;
  esac
done
echo 'root:x:0:0:root:/root:/bin/sh' > "$root/etc/passwd"
echo 'root:x:0:' > "$root/etc/group"
cat > "$root/init" <<EOF
#!/bin/busybox sh
/bin/busybox --install -s /bin 2>/dev/null # leaves what is there
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -t tracefs tracefs /sys/kernel/tracing
mkdir -p /sys/fs/cgroup/guest /dev/shm; echo \$\$ > /sys/fs/cgroup/guest/cgroup.procs; mount -t tmpfs tmp /tmp; mount -t bpf bpf /sys/fs/bpf
ip link set lo up
export PATH=/bin VEDETTE_SANDBOX=1 VEDETTE_SANDBOX_ONLY=1 VEDETTE_GUEST=1 VEDETTE_SCOPE=/sys/fs/cgroup/guest HOME=/root
uname -r
for d in /tests/*/; do
  cd \$d; echo "vm-package: \$(cat package)"
  ./*.test -test.v${json:+=test2json} -test.run '$pattern'$flags -test.timeout 900s
  echo "vm-exit: \$?"
done
echo "vm-end"
poweroff -f
EOF
chmod 755 "$root" "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) > "$root.cpio"
log=$cache/console-$kernel.log
setpriv --pdeathsig TERM timeout 3600 qemu-system-x86_64 -accel tcg -cpu max -m 2048 -smp 1 -nographic -no-reboot -nic none \
  -kernel "$image" -initrd "$root.cpio" -append "console=ttyS0 quiet panic=-1" < /dev/null | tr -d '\r' | tee "$log"

# Splits the console by package, and says it in the words of `go test -json`.
if [ -n "$json" ]; then
  : > "$json"
  for pkg in $packages; do
    awk -v p="$pkg" '$1 == "vm-package:" { on = $2 == p; next } /^vm-exit: [^0]/ { if (on) print "FAIL" } /^vm-(exit|end)/ { on = 0 } on' "$log" | go tool test2json -p "$pkg" >> "$json"
  done
fi
if ! grep -q '^vm-end$' "$log" || grep '^vm-exit: ' "$log" | grep -qv '^vm-exit: 0$'; then
  echo "vm: the tests did not pass on $kernel" >&2; exit 1
fi
