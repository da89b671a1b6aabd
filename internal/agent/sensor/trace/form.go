package trace

import (
	"fmt"
	"slices"
)

// How an argument is shown, a letter each in forms. A text stands in the place
// of its pointer.
const (
	asPath    = 'p' // a text ended by a zero byte
	asBytes   = 'b' // a buffer, of which as many bytes count as the call returns
	asVector  = 'v' // an iovec, its length is the next argument
	asMessage = 'm' // a msghdr
	asInt     = 'd' // int
	asLong    = 'l' // long
	asFolder  = 'f' // descriptor of a folder, or AT_FDCWD
	asMode    = 'o'
	asHex     = 'x'
)

// forms are the arguments of the calls that people ask for; those of other
// calls are shown as six numbers; immutable.
var forms = map[string]string{
	"read": "dbl", "write": "dbl", "pread64": "dbll", "pwrite64": "dbll", "readv": "dvl", "writev": "dvl",
	"preadv": "dvll", "pwritev": "dvll", "preadv2": "dvlllx", "pwritev2": "dvlllx",
	"sendto": "dblxxd", "recvfrom": "dblxxx", "sendmsg": "dmx", "recvmsg": "dmx", "sendmmsg": "dxdx", "recvmmsg": "dxdxx",
	"open": "pxo", "openat": "fpxo", "openat2": "fpxl", "creat": "po", "close": "d", "close_range": "ddx",
	"stat": "px", "lstat": "px", "fstat": "dx", "newfstatat": "fpxx", "fstatat": "fpxx", "statx": "fpxxx", "access": "po",
	"faccessat": "fpo", "faccessat2": "fpox", "statfs": "px", "fstatfs": "dx", "readlink": "pbl", "readlinkat": "fpbl",
	"rename": "pp", "renameat": "fpfp", "renameat2": "fpfpx", "link": "pp", "linkat": "fpfpx", "symlink": "pp", "symlinkat": "pfp",
	"unlink": "p", "unlinkat": "fpx", "mkdir": "po", "mkdirat": "fpo", "rmdir": "p", "mknod": "pox", "mknodat": "fpox",
	"chmod": "po", "fchmod": "do", "fchmodat": "fpo", "fchmodat2": "fpox", "chown": "pdd", "lchown": "pdd", "fchown": "ddd",
	"fchownat": "fpddx", "truncate": "pl", "ftruncate": "dl", "fallocate": "dxll", "utimensat": "fpxx", "chdir": "p", "fchdir": "d",
	"chroot": "p", "getcwd": "bl", "getdents64": "dxl", "lseek": "dld", "fsync": "d", "fdatasync": "d", "fcntl": "ddx",
	"ioctl": "dxx", "dup": "d", "dup2": "dd", "dup3": "ddx", "pipe": "x", "pipe2": "xx", "flock": "dx",
	"setxattr": "ppxlx", "lsetxattr": "ppxlx", "getxattr": "ppbl", "lgetxattr": "ppbl", "listxattr": "pbl", "removexattr": "pp",
	"mount": "ppxxx", "umount2": "px", "pivot_root": "pp", "swapon": "px", "swapoff": "p", "memfd_create": "px",
	"socket": "ddd", "bind": "dxd", "connect": "dxd", "listen": "dd", "accept": "dxx", "accept4": "dxxx", "shutdown": "dd",
	"setsockopt": "dddxd", "getsockopt": "dddxx", "getsockname": "dxx", "getpeername": "dxx", "sendfile": "ddxl", "splice": "dxdxlx",
	"copy_file_range": "dxdxlx", "epoll_create1": "x", "epoll_ctl": "dddx", "epoll_wait": "dxdd", "epoll_pwait": "dxddxl",
	"poll": "xld", "ppoll": "xlxxl", "select": "dxxxx", "pselect6": "dxxxxx", "eventfd2": "dx", "timerfd_create": "dx", "timerfd_settime": "dxxx",
	"inotify_init1": "x", "inotify_add_watch": "dpx", "inotify_rm_watch": "dd",
	"mmap": "xlxxdx", "munmap": "xl", "mprotect": "xlx", "mremap": "xllxx", "madvise": "xld", "brk": "x", "msync": "xlx",
	"execve": "xxx", "execveat": "fxxxx", "clone": "xxxxx", "clone3": "xl", "fork": "", "vfork": "", "wait4": "dxxx", "waitid": "ddxxx",
	"kill": "dd", "tkill": "dd", "tgkill": "ddd", "rt_sigaction": "dxxl", "rt_sigprocmask": "dxxl", "rt_sigreturn": "", "sigaltstack": "xx",
	"futex": "xddxxd", "nanosleep": "xx", "clock_nanosleep": "dxxx", "clock_gettime": "dx", "gettimeofday": "xx", "sched_yield": "",
	"getpid": "", "gettid": "", "getppid": "", "getuid": "", "geteuid": "", "getgid": "", "getegid": "", "getpgid": "d", "setsid": "", "getsid": "d",
	"setuid": "d", "setgid": "d", "setreuid": "dd", "setregid": "dd", "setresuid": "ddd", "setresgid": "ddd", "umask": "o",
	"ptrace": "ddxx", "process_vm_readv": "dxlxlx", "process_vm_writev": "dxlxlx", "prctl": "dxxxx", "getrandom": "xlx",
	"setpgid": "dd", "prlimit64": "ddxx", "getrusage": "dx", "uname": "x", "sysinfo": "x", "unshare": "x", "setns": "dx", "bpf": "dxd",
	"alarm": "d", "pause": "", "sync": "", "arch_prctl": "dx", "set_tid_address": "x", "set_robust_list": "xl", "rseq": "xdxx",
}

// listed marks a call that is asked for, of trace.bpf.c.
const listed = 0x8000

// spell returns what trace.bpf.c must know to find the texts of a call.
func spell(form string) uint16 {
	ways := map[rune]uint16{asPath: 1, asBytes: 2, asVector: 3, asMessage: 4}
	var first, second int
	way := uint16(0)
	for i, c := range form {
		w := ways[c]
		switch {
		case w == 0:
		case first == 0:
			first, way = i+1, w
		case w == 1 && way == 1 && second == 0:
			second = i + 1
		}
	}
	return way<<4 | uint16(first) | uint16(second)<<8
}

// textArguments returns which arguments the texts of a call stand for, from 0.
func textArguments(form string) [2]int {
	n := spell(form)
	return [2]int{int(n&15) - 1, int(n>>8&15) - 1}
}

// chosen returns for each number of a call how it is told; no names are all
// calls.
func chosen(names []string) ([]uint16, error) {
	out := make([]uint16, calls)
	for i := range out {
		if len(names) == 0 {
			out[i] = listed
		}
	}
	for i, n := range callNames {
		if n != "" && (len(names) == 0 || slices.Contains(names, n)) {
			out[i] = listed | spell(forms[n])
		}
	}
	for _, n := range names {
		if n == "" || !slices.Contains(callNames[:], n) {
			return nil, fmt.Errorf("%w: there is no system call %q here; names are those of the manual, such as write or openat", ErrRefused, n)
		}
	}
	return out, nil
}

// Names returns the names of the calls of this architecture.
func Names() []string {
	var out []string
	for _, n := range callNames {
		if n != "" {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
