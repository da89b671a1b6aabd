"""What only others can do in the guest: by libraries and system calls, as the
public exerciser does, and by the programs that people log on with."""
import ctypes
import os
import socket
import subprocess
import sys
import time


def step(name, do):
    try:
        do()
        print("others:", name, flush=True)
    except Exception as e:  # the exam says what is missing; this says why
        print("others:", name, "FAILED:", e, flush=True)


def run(*args, **more):
    subprocess.run(args, check=True, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def module():
    # init_module, with the bytes of a module of the kernel's package
    with open(sys.argv[1], "rb") as f:
        image = f.read()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(175), ctypes.c_char_p(image), ctypes.c_long(len(image)), ctypes.c_char_p(b"")) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


SSH = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1"]


def logon():
    run(*SSH, "-o", "BatchMode=yes", "exam@127.0.0.1", "true")


def refused():
    more = dict(os.environ, SSH_ASKPASS="/usr/local/bin/wrong-password", SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
    try:
        run(*SSH, "-o", "PreferredAuthentications=password", "-o", "PubkeyAuthentication=no", "exam@127.0.0.1", "true", env=more)
    except subprocess.CalledProcessError:
        return
    raise Exception("a wrong password was taken")


def su():
    run("su", "exam", "-c", "true")


UNIT = "vedette-others.service"


def service():
    import dbus
    with open("/etc/systemd/system/" + UNIT, "w") as f:
        f.write("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n")
    bus = dbus.SystemBus()
    systemd = dbus.Interface(bus.get_object("org.freedesktop.systemd1", "/org/freedesktop/systemd1"), "org.freedesktop.systemd1.Manager")
    systemd.Reload()
    systemd.EnableUnitFiles([UNIT], False, True)
    systemd.StartUnit(UNIT, "replace")
    time.sleep(2)
    systemd.StopUnit(UNIT, "replace")
    time.sleep(2)
    systemd.DisableUnitFiles([UNIT], False)
    os.remove("/etc/systemd/system/" + UNIT)
    systemd.Reload()


def account():
    import libuser
    a = libuser.admin()
    u = a.initUser("others")
    a.addUser(u, False, False)
    u.set(libuser.GECOS, ["changed"])
    a.modifyUser(u, False)
    a.deleteUser(u, False, False)


def network():
    with socket.create_connection((socket.gethostbyname("google.com"), 80), timeout=10) as s:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        s.recv(100)


def cron():
    path = "/var/spool/cron/crontabs/exam"
    with open(path, "a") as f:
        f.write("* * * * * /bin/true\n")
    os.chmod(path, 0o600)
    os.utime("/var/spool/cron/crontabs")


def kernel_log():
    # SYSLOG_ACTION_CLEAR
    if ctypes.CDLL(None, use_errno=True).klogctl(5, None, 0) != 0:
        raise OSError(ctypes.get_errno(), "klogctl")


for name, do in [("cron", cron), ("module", module), ("logon", logon), ("refused", refused), ("su", su), ("service", service),
                 ("account", account), ("network", network), ("kernel log", kernel_log)]:
    step(name, do)
