//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The exit of a system call: which sensor wants to see it. Attached either at
 * the exit of every call, or in copies at the kernel's functions of those that
 * some sensor asks for (calls.go), where the rest of the choice is the same.
 */
#include "bpf/vedette.h"
#include "bpf/returns.h"

struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, RETURN_SLOTS); __type(key, u32); __type(value, u32); } returns SEC(".maps");

/* trace_sys_exit(struct pt_regs *regs, long ret), called at the end of every
 * system call while a program is attached; or at the end of
 * long __x64_sys_*(const struct pt_regs *regs), with what it returns. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_any_return, struct pt_regs *regs, long ret)
{
	u32 slot = RETURN_CALLS;
	switch (CALL(regs)) {
	case SYS_openat: case SYS_openat2: case SYS_open_by_handle_at: case SYS_renameat: case SYS_renameat2:
	case SYS_unlinkat: case SYS_mkdirat: case SYS_mknodat: case SYS_linkat: case SYS_symlinkat: case SYS_truncate:
	case SYS_fchmodat: case SYS_fchmodat2: case SYS_fchownat: case SYS_setxattr: case SYS_lsetxattr:
	case SYS_removexattr: case SYS_lremovexattr: case SYS_setxattrat: case SYS_removexattrat: case SYS_fchmod:
	case SYS_fchown: case SYS_fsetxattr: case SYS_fremovexattr:
#ifdef SYS_HAS_OLD
	case SYS_open: case SYS_creat: case SYS_rename: case SYS_rmdir: case SYS_unlink: case SYS_mkdir: case SYS_mknod:
	case SYS_link: case SYS_symlink: case SYS_chmod: case SYS_chown: case SYS_lchown:
#endif
		if (ret < 0)
			return 0;
		slot = RETURN_FILE;
		break;
	case SYS_mmap:
		if (!(ARG3(regs) & PROT_EXEC))
			return 0;
		if (!(ARG4(regs) & MAP_ANONYMOUS))
			slot = RETURN_LIBRARY;
		break;
	case SYS_mprotect: case SYS_pkey_mprotect:
		if (!(ARG3(regs) & PROT_EXEC))
			return 0;
		bpf_tail_call(ctx, &returns, RETURN_CALLS); /* goes on when it is a file */
		slot = RETURN_LIBRARY;
		break;
	case SYS_ioctl:
		if ((u32)ARG2(regs) != PERF_EVENT_IOC_SET_BPF)
			return 0;
		break;
	case SYS_socket:
		if (ARG1(regs) == AF_PACKET)
			break;
		if ((ARG2(regs) & 15) != SOCK_RAW || (ARG1(regs) != AF_INET && ARG1(regs) != AF_INET6))
			return 0;
		break;
	case SYS_ptrace: case SYS_process_vm_readv: case SYS_process_vm_writev: case SYS_pidfd_getfd: case SYS_kill:
	case SYS_tkill: case SYS_tgkill: case SYS_rt_sigqueueinfo: case SYS_rt_tgsigqueueinfo: case SYS_pidfd_send_signal:
	case SYS_setuid: case SYS_setgid: case SYS_setreuid: case SYS_setregid: case SYS_setresuid: case SYS_setresgid:
	case SYS_capset: case SYS_init_module: case SYS_finit_module: case SYS_delete_module: case SYS_bpf: case SYS_mount:
	case SYS_umount2: case SYS_move_mount: case SYS_pivot_root: case SYS_unshare: case SYS_setns:
	case SYS_memfd_create: case SYS_syslog: case SYS_io_uring_setup:
		break;
	default:
		return 0;
	}
	bpf_tail_call(ctx, &returns, slot);
	return 0;
}
