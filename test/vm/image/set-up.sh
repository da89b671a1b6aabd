#!/bin/sh
# Runs inside of the new root: accounts, keys, and what a guest that lives for
# some minutes does without.
set -eu
echo vedette-guest > /etc/hostname
printf '127.0.0.1 localhost vedette-guest\n' > /etc/hosts
rm -f /etc/resolv.conf; echo 'nameserver 127.0.0.1' > /etc/resolv.conf
: > /etc/fstab
passwd -l root >/dev/null
useradd -m -s /bin/bash exam; echo 'exam:right-password' | chpasswd
mkdir -p -m 700 /root/.ssh
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
install -d -m 700 -o exam -g exam /home/exam/.ssh
install -m 600 -o exam -g exam /root/.ssh/id_ed25519.pub /home/exam/.ssh/authorized_keys
cat > /etc/ssh/sshd_config.d/exam.conf <<END
ListenAddress 127.0.0.1
PasswordAuthentication yes
UsePAM yes
UseDNS no
END
printf '#!/bin/sh\necho a wrong password\n' > /usr/local/bin/wrong-password
chmod 755 /usr/local/bin/wrong-password
for u in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  getty@tty1.service serial-getty@ttyS0.service systemd-timesyncd.service systemd-pstore.service man-db.timer \
  systemd-tmpfiles-clean.timer systemd-machine-id-commit.service; do
  ln -sf /dev/null "/etc/systemd/system/$u"
done
cat > /etc/systemd/system/exam.service <<END
[Unit]
Description=What the guest is there for
After=multi-user.target dbus.service systemd-logind.service ssh.service cron.service auditd.service
Wants=multi-user.target

[Service]
Type=oneshot
ExecStartPre=/bin/mkdir -p /exam
ExecStartPre=/bin/mount -o ro /dev/vdb /exam
ExecStart=/bin/sh /exam/run.sh
ExecStopPost=/bin/systemctl --no-block poweroff
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=1800
END
mkdir -p /etc/systemd/system/exam.target.wants
cat > /etc/systemd/system/exam.target <<END
[Unit]
Description=The guest does what it is there for, and ends
Requires=multi-user.target exam.service
After=multi-user.target
AllowIsolate=yes
END
for v in /lib/modules/*; do depmod "${v##*/}"; done
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man /usr/share/locale
