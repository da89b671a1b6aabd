package calls

import (
	"fmt"
	swap "math/bits"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

const callIoctl = 22 // CALL_IOCTL

// The texts of the numbers in records; immutable.
var (
	// callNames are the calls of record.h.
	callNames = [...]string{
		"", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kill", "tkill", "tgkill",
		"rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "setuid", "setgid", "setreuid", "setregid",
		"setresuid", "setresgid", "capset", "init_module", "finit_module", "delete_module", "bpf",
		"ioctl", "mount", "umount2", "move_mount", "pivot_root", "unshare", "setns",
		"memfd_create", "mmap", "mprotect", "syslog", "io_uring_setup",
		"socket",
	}
	memoryNames = [...]string{"", "anonymous", "written"}
	logNames    = [...]string{4: "SYSLOG_ACTION_READ_CLEAR", 5: "SYSLOG_ACTION_CLEAR", 6: "SYSLOG_ACTION_CONSOLE_OFF"}
	bpfCommands = [...]string{5: "BPF_PROG_LOAD", 8: "BPF_PROG_ATTACH", 17: "BPF_RAW_TRACEPOINT_OPEN", 28: "BPF_LINK_CREATE"}

	// programTypes are those of enum bpf_prog_type.
	programTypes = [...]string{
		"unspec", "socket_filter", "kprobe", "sched_cls", "sched_act", "tracepoint", "xdp", "perf_event", "cgroup_skb",
		"cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb", "cgroup_device", "sk_msg", "raw_tracepoint",
		"cgroup_sock_addr", "lwt_seg6local", "lirc_mode2", "sk_reuseport", "flow_dissector", "cgroup_sysctl",
		"raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops", "ext", "lsm", "sk_lookup", "syscall", "netfilter",
	}
	// attachTypes are those of enum bpf_attach_type.
	attachTypes = [...]string{
		"cgroup_inet_ingress", "cgroup_inet_egress", "cgroup_inet_sock_create", "cgroup_sock_ops", "sk_skb_stream_parser",
		"sk_skb_stream_verdict", "cgroup_device", "sk_msg_verdict", "cgroup_inet4_bind", "cgroup_inet6_bind",
		"cgroup_inet4_connect", "cgroup_inet6_connect", "cgroup_inet4_post_bind", "cgroup_inet6_post_bind",
		"cgroup_udp4_sendmsg", "cgroup_udp6_sendmsg", "lirc_mode2", "flow_dissector", "cgroup_sysctl",
		"cgroup_udp4_recvmsg", "cgroup_udp6_recvmsg", "cgroup_getsockopt", "cgroup_setsockopt", "trace_raw_tp",
		"trace_fentry", "trace_fexit", "modify_return", "lsm_mac", "trace_iter", "cgroup_inet4_getpeername",
		"cgroup_inet6_getpeername", "cgroup_inet4_getsockname", "cgroup_inet6_getsockname", "xdp_devmap",
		"cgroup_inet_sock_release", "xdp_cpumap", "sk_lookup", "xdp", "sk_skb_verdict", "sk_reuseport_select",
		"sk_reuseport_select_or_migrate", "perf_event", "trace_kprobe_multi", "lsm_cgroup", "struct_ops", "netfilter",
		"tcx_ingress", "tcx_egress", "trace_uprobe_multi",
	}
	requests = map[uint32]string{
		0: "PTRACE_TRACEME", 1: "PTRACE_PEEKTEXT", 2: "PTRACE_PEEKDATA", 3: "PTRACE_PEEKUSR", 4: "PTRACE_POKETEXT",
		5: "PTRACE_POKEDATA", 6: "PTRACE_POKEUSR", 12: "PTRACE_GETREGS", 13: "PTRACE_SETREGS", 14: "PTRACE_GETFPREGS",
		15: "PTRACE_SETFPREGS", 16: "PTRACE_ATTACH", 0x4204: "PTRACE_GETREGSET", 0x4205: "PTRACE_SETREGSET",
		0x4206: "PTRACE_SEIZE",
	}
	moduleFlags    = [...]flag{{1, "MODULE_INIT_IGNORE_MODVERSIONS"}, {2, "MODULE_INIT_IGNORE_VERMAGIC"}, {4, "MODULE_INIT_COMPRESSED_FILE"}}
	deleteFlags    = [...]flag{{unix.O_NONBLOCK, "O_NONBLOCK"}, {unix.O_TRUNC, "O_TRUNC"}}
	namespaceFlags = [...]flag{
		{unix.CLONE_NEWTIME, "CLONE_NEWTIME"}, {unix.CLONE_NEWNS, "CLONE_NEWNS"}, {unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP"},
		{unix.CLONE_NEWUTS, "CLONE_NEWUTS"}, {unix.CLONE_NEWIPC, "CLONE_NEWIPC"}, {unix.CLONE_NEWUSER, "CLONE_NEWUSER"},
		{unix.CLONE_NEWPID, "CLONE_NEWPID"}, {unix.CLONE_NEWNET, "CLONE_NEWNET"},
	}
	memfdFlags = [...]flag{
		{unix.MFD_CLOEXEC, "MFD_CLOEXEC"}, {unix.MFD_ALLOW_SEALING, "MFD_ALLOW_SEALING"}, {unix.MFD_HUGETLB, "MFD_HUGETLB"},
		{unix.MFD_NOEXEC_SEAL, "MFD_NOEXEC_SEAL"}, {unix.MFD_EXEC, "MFD_EXEC"},
	}
	protections = [...]flag{{unix.PROT_READ, "PROT_READ"}, {unix.PROT_WRITE, "PROT_WRITE"}, {unix.PROT_EXEC, "PROT_EXEC"}}
	mountFlags  = [...]flag{
		{unix.MS_RDONLY, "MS_RDONLY"}, {unix.MS_NOSUID, "MS_NOSUID"}, {unix.MS_NODEV, "MS_NODEV"}, {unix.MS_NOEXEC, "MS_NOEXEC"},
		{unix.MS_REMOUNT, "MS_REMOUNT"}, {unix.MS_BIND, "MS_BIND"}, {unix.MS_MOVE, "MS_MOVE"}, {unix.MS_REC, "MS_REC"},
		{unix.MS_UNBINDABLE, "MS_UNBINDABLE"}, {unix.MS_PRIVATE, "MS_PRIVATE"}, {unix.MS_SLAVE, "MS_SLAVE"},
		{unix.MS_SHARED, "MS_SHARED"},
	}
	socketTypes  = [...]string{1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 10: "SOCK_PACKET"}
	unmountFlags = [...]flag{{1, "MNT_FORCE"}, {2, "MNT_DETACH"}, {4, "MNT_EXPIRE"}, {8, "UMOUNT_NOFOLLOW"}}
	uringFlags   = [...]flag{{1, "IORING_SETUP_IOPOLL"}, {2, "IORING_SETUP_SQPOLL"}, {4, "IORING_SETUP_SQ_AFF"}, {8, "IORING_SETUP_CQSIZE"}}
)

type flag struct {
	bit  uint64
	name string
}

// bits names the bits of n; those without a name are told as one number.
func bits(n uint64, names []flag) string {
	var out []string
	for _, f := range names {
		if n&f.bit != 0 {
			out = append(out, f.name)
			n &^= f.bit
		}
	}
	if n != 0 {
		out = append(out, "0x"+strconv.FormatUint(n, 16))
	}
	return strings.Join(out, "|")
}

// pick returns the name of n, or its digits when it has none.
func pick(names []string, n uint32) string {
	if uint64(n) < uint64(len(names)) && (names[n] != "" || n == 0) {
		return names[n]
	}
	return strconv.FormatUint(uint64(n), 10)
}

func requestName(n uint32) string {
	if s, ok := requests[n]; ok {
		return s
	}
	return fmt.Sprintf("0x%x", n)
}

func signalName(n uint32) string {
	if s := unix.SignalName(unix.Signal(n)); s != "" {
		return s
	}
	return strconv.FormatUint(uint64(n), 10)
}

// groupName says to whom a signal goes that has no single target.
func groupName(number int32, target *event.Target) string {
	switch {
	case target != nil || number > 0:
		return ""
	case number == -1:
		return "all processes"
	case number == 0:
		return "own process group"
	}
	return "process group " + strconv.Itoa(-int(number))
}

// mountNames names the flags of a call about mounts.
func mountNames(name string, n uint64) string {
	switch name {
	case "mount":
		if n&0xffff0000 == 0xC0ED0000 { // a mark of old programs
			n &= 0xffff
		}
		return bits(n, mountFlags[:])
	case "umount2":
		return bits(n, unmountFlags[:])
	}
	return ""
}

// socket writes what a raw socket is for.
func socket(e *event.Event, n call) {
	e.Call.Operation = pick(socketTypes[:], uint32(n.args[0]&0xf))
	e.Net = &event.Net{Transport: "raw", Type: "ipv4", Protocol: strconv.FormatUint(n.args[1]&0xffff, 10)}
	switch n.op {
	case unix.AF_INET6:
		e.Net.Type = "ipv6"
	case unix.AF_PACKET: // the type of frames is in the order of the network
		e.Net.Transport, e.Net.Type = "packet", ""
		e.Net.Protocol = strconv.Itoa(int(swap.ReverseBytes16(uint16(n.args[1]))))
	}
}
