#!/bin/bash
# Boots the guest with systemd (test/vm/image.sh), runs run.sh of a folder in it
# as root, and prints its console. What the guest writes is thrown away.
#
#   test/vm/guest.sh [-k 6.1|6.12] [-t SECONDS] FOLDER
#
# The folder is /exam in the guest, read-only. Software emulation: the boot alone
# takes a minute. Ends with 3 when the guest cannot be made here.
set -euo pipefail
cd "$(dirname "$0")/../.."
kernel=6.12 limit=1500
while getopts k:t: o; do case $o in k) kernel=$OPTARG ;; t) limit=$OPTARG ;; *) exit 2 ;; esac; done
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
for m in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
  file=$(find "$cache/$kernel/lib/modules" -name "$m.ko*" | head -n 1)
  case $file in
    *.xz) xz -dc "$file" > "$work/first/modules/$m.ko" ;;
    *.ko) cp "$file" "$work/first/modules/$m.ko" ;;
    *) continue ;; # built in
  esac
  echo "$m" >> "$work/first/modules/list"
done
cat > "$work/first/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev; /bin/busybox mount -t proc proc /proc
for m in $(/bin/busybox cat /modules/list); do /bin/busybox insmod /modules/$m.ko; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && [ -b /dev/vdb ] && break; /bin/busybox sleep 1; done
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox umount /proc; /bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /lib/systemd/systemd
END
chmod 755 "$work/first/init"
(cd "$work/first" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/first.gz"

size=$(( $(du -sm "$folder" | cut -f1) * 5 / 4 + 16 ))
truncate -s "${size}M" "$work/exam.ext4"
mke2fs -q -t ext4 -O ^has_journal -d "$folder" "$work/exam.ext4"
timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 2048 -smp 2 -nographic -no-reboot -nic none \
  -drive "file=$image,format=raw,if=virtio,snapshot=on" -drive "file=$work/exam.ext4,format=raw,if=virtio,readonly=on" \
  -kernel "$vmlinuz" -initrd "$work/first.gz" \
  -append "console=ttyS0 quiet panic=-1 systemd.unit=exam.target systemd.show_status=false rd.systemd.show_status=false" < /dev/null | tr -d '\r'
