/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Numbers and arguments of system calls. The only part that differs between
 * architectures; programs that use it have one object for each. Calls of 32-bit
 * programs have other numbers: is_compat tells them.
 */
#pragma once
#include "kernel.h"

#if defined(__TARGET_ARCH_x86)

#define SYS_HAS_OLD 1 /* the calls without a directory */
struct pt_regs { unsigned long di, si, dx, cx, r10, r8, r9, ax, orig_ax, sp; } CORE;
#define CALL(r) ((long)(r)->orig_ax)
#define ARG1(r) ((r)->di)
#define ARG2(r) ((r)->si)
#define ARG3(r) ((r)->dx)
#define ARG4(r) ((r)->r10)
#define ARG5(r) ((r)->r8)
#define TS_COMPAT 2
#define is_compat(t) ((t)->thread_info.status & TS_COMPAT)
enum {
	SYS_open = 2, SYS_close = 3, SYS_dup2 = 33, SYS_truncate = 76, SYS_rename = 82, SYS_mkdir = 83, SYS_rmdir = 84,
	SYS_creat = 85, SYS_link = 86, SYS_unlink = 87, SYS_symlink = 88, SYS_chmod = 90, SYS_fchmod = 91, SYS_chown = 92,
	SYS_fchown = 93, SYS_lchown = 94, SYS_mknod = 133, SYS_setxattr = 188, SYS_lsetxattr = 189, SYS_fsetxattr = 190,
	SYS_removexattr = 197, SYS_lremovexattr = 198, SYS_fremovexattr = 199, SYS_openat = 257, SYS_mkdirat = 258,
	SYS_mknodat = 259, SYS_fchownat = 260, SYS_unlinkat = 263, SYS_renameat = 264, SYS_linkat = 265, SYS_symlinkat = 266,
	SYS_fchmodat = 268, SYS_dup3 = 292, SYS_open_by_handle_at = 304, SYS_renameat2 = 316,

	SYS_socket = 41, SYS_mmap = 9, SYS_mprotect = 10, SYS_ioctl = 16, SYS_kill = 62, SYS_ptrace = 101, SYS_syslog = 103, SYS_setuid = 105,
	SYS_setgid = 106, SYS_setreuid = 113, SYS_setregid = 114, SYS_setresuid = 117, SYS_setresgid = 119, SYS_capset = 126,
	SYS_rt_sigqueueinfo = 129, SYS_pivot_root = 155, SYS_mount = 165, SYS_umount2 = 166, SYS_init_module = 175,
	SYS_delete_module = 176, SYS_tkill = 200, SYS_tgkill = 234, SYS_unshare = 272, SYS_rt_tgsigqueueinfo = 297,
	SYS_setns = 308, SYS_process_vm_readv = 310, SYS_process_vm_writev = 311, SYS_finit_module = 313,
	SYS_memfd_create = 319, SYS_bpf = 321, SYS_pkey_mprotect = 329,
};

#elif defined(__TARGET_ARCH_arm64)

struct pt_regs { u64 regs[31]; u64 orig_x0; s32 syscallno; } CORE;
#define CALL(r) ((long)(r)->syscallno)
#define ARG1(r) ((r)->orig_x0)
#define ARG2(r) ((r)->regs[1])
#define ARG3(r) ((r)->regs[2])
#define ARG4(r) ((r)->regs[3])
#define ARG5(r) ((r)->regs[4])
#define TIF_32BIT (1 << 22)
#define is_compat(t) ((t)->thread_info.flags & TIF_32BIT)
enum {
	SYS_setxattr = 5, SYS_lsetxattr = 6, SYS_fsetxattr = 7, SYS_removexattr = 14, SYS_lremovexattr = 15,
	SYS_fremovexattr = 16, SYS_dup3 = 24, SYS_mknodat = 33, SYS_mkdirat = 34, SYS_unlinkat = 35, SYS_symlinkat = 36,
	SYS_linkat = 37, SYS_renameat = 38, SYS_truncate = 45, SYS_fchmod = 52, SYS_fchmodat = 53, SYS_fchownat = 54,
	SYS_fchown = 55, SYS_openat = 56, SYS_close = 57, SYS_open_by_handle_at = 265, SYS_renameat2 = 276,

	SYS_ioctl = 29, SYS_umount2 = 39, SYS_mount = 40, SYS_pivot_root = 41, SYS_capset = 91, SYS_unshare = 97,
	SYS_init_module = 105, SYS_delete_module = 106, SYS_syslog = 116, SYS_ptrace = 117, SYS_kill = 129, SYS_tkill = 130,
	SYS_tgkill = 131, SYS_rt_sigqueueinfo = 138, SYS_setregid = 143, SYS_setgid = 144, SYS_setreuid = 145,
	SYS_setuid = 146, SYS_setresuid = 147, SYS_setresgid = 149, SYS_socket = 198, SYS_mmap = 222, SYS_mprotect = 226,
	SYS_rt_tgsigqueueinfo = 240, SYS_setns = 268, SYS_process_vm_readv = 270, SYS_process_vm_writev = 271,
	SYS_finit_module = 273, SYS_memfd_create = 279, SYS_bpf = 280, SYS_pkey_mprotect = 288,
};

#else
#error "no numbers of system calls for this architecture"
#endif

enum {
	SYS_pidfd_send_signal = 424, SYS_io_uring_setup = 425, SYS_move_mount = 429, SYS_pidfd_getfd = 438,
};
enum { SYS_close_range = 436, SYS_openat2 = 437, SYS_fchmodat2 = 452, SYS_setxattrat = 463, SYS_removexattrat = 466 };
