#!/bin/bash
# Boots the guest with systemd (test/vm/image.sh), runs run.sh of a folder in it
# as root, and prints its console. What the guest writes is thrown away.
#
#   test/vm/guest.sh [-k 6.1|6.12] [-t SECONDS] [-c] FOLDER
#
# The folder is /exam in the guest, read-only. With -c there is one processor,
# whose clock counts its instructions, one for a nanosecond, and run.sh is the
# first process instead of systemd: what is measured then does not depend on the
# load of this machine. Software emulation: the boot with systemd takes a minute.
# Ends with 3 when the guest cannot be made here.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=6.12 limit=1500 first=/lib/systemd/systemd append=
processors="-accel tcg,thread=multi -smp 2"
while getopts ck:t: o; do case $o in
  k) kernel=$OPTARG ;; t) limit=$OPTARG ;;
  c) first="/bin/sh /exam/run.sh" processors="-accel tcg -smp 1 -icount shift=0,sleep=off" append=" nokaslr" ;;
  *) exit 2 ;;
esac; done
shift $((OPTIND - 1))
folder=$1
./test/prerequisites.sh guest || exit 3
image=$(test/vm/image.sh)
vmlinuz=$(test/vm/kernel.sh "$kernel")
cache=$PWD/.cache/vm
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# The first root: loads what the disk needs, and hands over.
mkdir -p "$work"/first/{bin,dev,proc,sys,root,modules}
cp "$(command -v busybox)" "$work/first/bin/busybox"
for m in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
  file=$(find "$cache/$kernel/lib/modules" -name "$m.ko*" | head -n 1)
  case $file in
    *.xz) xz -dc "$file" > "$work/first/modules/$m.ko" ;;
    *.ko) cp "$file" "$work/first/modules/$m.ko" ;;
    *) continue ;; # built in
  esac
  echo "$m" >> "$work/first/modules/list"
done
cat > "$work/first/init" <<END
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev; /bin/busybox mount -t proc proc /proc
for m in \$(/bin/busybox cat /modules/list); do /bin/busybox insmod /modules/\$m.ko; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && [ -b /dev/vdb ] && break; /bin/busybox sleep 1; done
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox mkdir -p /root/exam
case "$first" in *exam*) /bin/busybox mount -t ext4 -o ro /dev/vdb /root/exam ;; esac
/bin/busybox umount /proc; /bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root $first
END
chmod 755 "$work/first/init"
(cd "$work/first" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/first.gz"

size=$(( $(du -sm "$folder" | cut -f1) * 5 / 4 + 16 ))
truncate -s "${size}M" "$work/exam.ext4"
mke2fs -q -t ext4 -O ^has_journal -d "$folder" "$work/exam.ext4"
setpriv --pdeathsig TERM timeout "$limit" qemu-system-x86_64 $processors -cpu max -m 2048 -nographic -no-reboot -nic none \
  -drive "file=$image,format=raw,if=virtio,snapshot=on" -drive "file=$work/exam.ext4,format=raw,if=virtio,readonly=on" \
  -kernel "$vmlinuz" -initrd "$work/first.gz" \
  -append "console=ttyS0 quiet panic=-1$append systemd.unit=exam.target systemd.show_status=false rd.systemd.show_status=false" < /dev/null | tr -d '\r'
