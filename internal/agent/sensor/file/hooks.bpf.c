//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What processes do to files, from the functions of the kernel that do it: the
 * rung for kernels on which programs at functions load.
 *
 * An open file is seen by the function that opens it, whoever calls it (open,
 * io_uring, 32-bit programs), and by the one that every close of a descriptor
 * calls. What happens to names is asked of security_path_*, which knows the
 * mount, and told when the function of the file system layer that does it has
 * ended well (asks.h). No program is at the entry or the exit of system calls,
 * so that a call that is not about files costs nothing.
 */
#define KNOWN_POINTERS
#include "../kernel/bpf/syscalls.h"
#include "record.h"

#define SHARED static __noinline
/* A pointer that the verifier knows becomes a number only as the difference to
 * another; this one is the same for all programs of the object. */
#define number_of(f) ((u64)(f) - (u64)&vedette_since)

#include "hookpath.h"

struct task_struct___in_execve { unsigned in_execve : 1; } CORE;

/* Whether the current task closes what an execution closes. */
static __always_inline bool by_execution(void)
{
	struct task_struct___in_execve *t = (void *)bpf_get_current_task_btf();
	return bpf_core_field_exists(t->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(t, in_execve);
}

#define O_CLOEXEC 02000000

/* The flags of an open with the one that is not the file's but the descriptor's:
 * the function that opens is not given it. Through io_uring it is not known. */
static __always_inline u32 asked_flags(u32 flags)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(t);
	u64 asked = 0;
	if (is_compat(t))
		return flags;
	switch (CALL(regs)) {
	case SYS_openat:
	case SYS_open_by_handle_at:
		asked = ARG3(regs);
		break;
	case SYS_openat2:
		bpf_probe_read_user(&asked, sizeof(asked), (void *)ARG3(regs));
		break;
#ifdef SYS_HAS_OLD
	case SYS_open:
		asked = ARG2(regs);
		break;
#endif
	}
	return flags | (asked & O_CLOEXEC);
}

#include "change.h"
#include "writer.h"
#include "opened.h"

struct open_flags { int open_flag; } CORE;
#define FMODE_EXEC 0x20 /* among the flags of an open: for an execution */

static __always_inline int opened_with(struct file *f, struct open_flags *how)
{
	if ((u64)f >= (u64)-4095) /* an error */
		return 0;
	u32 flags = how->open_flag;
	if ((flags & FMODE_EXEC) || !in_scope())
		return 0;
	return opened(f, flags);
}

/* struct file *do_filp_open(int dfd, struct filename *pathname, const struct open_flags *op) */
SEC("fexit/do_filp_open")
int BPF_PROG(on_open, int dirfd, void *name, struct open_flags *how, struct file *f)
{
	return opened_with(f, how);
}

/* struct file *do_file_open_root(const struct path *root, const char *name, const struct open_flags *op):
 * open_by_handle_at */
SEC("fexit/do_file_open_root")
int BPF_PROG(on_open_root, void *root, void *name, struct open_flags *how, struct file *f)
{
	return opened_with(f, how);
}

/* void locks_remove_posix(struct file *filp, fl_owner_t owner): called for every
 * descriptor that is closed (close, dup2, close_range, the end of a process, an
 * execution, io_uring), after the file system wrote what it held back. Unlike
 * filp_close and filp_flush, no version of the kernel passes it by. */
SEC("fentry/locks_remove_posix")
int BPF_PROG(on_close, struct file *f, void *owner)
{
	if (!(f->f_mode & FMODE_WRITE) || (f->f_inode->i_mode & S_IFMT) != S_IFREG || !in_scope())
		return 0;
	return closing_writer((u64)f);
}

#include "asks.h"
#include "names.h"

/* The file of a descriptor is not one that the verifier knows: its path is told,
 * as that of a call with a name. */
static __always_inline int tell_open_xattr(struct scratch *s, u32 fd)
{
	struct file *f = open_file(fd);
	struct super_block *sb = BPF_CORE_READ(f, f_inode, i_sb);
	if (!f || is_window_system(BPF_CORE_READ(sb, s_flags), BPF_CORE_READ(sb, s_magic)))
		return 0;
	u32 from = s->head.n_xattr & TEXT_MASK, got = put_place(s, &f->f_path, from);
	s->head.n_base = (got & TEXT_MASK) - from;
	give_scratch(s, SENSOR_FILE, FILE_XATTR, got & PATH_CUT ? RECORD_CUT : 0, got & TEXT_MASK);
	return 0;
}

#include "xattr.h"

/* long __x64_sys_setxattr(const struct pt_regs *regs), and those of the other
 * calls about extended attributes. */
SEC("fexit/sys_setxattr")
int BPF_PROG(on_xattr, struct pt_regs *regs, long ret)
{
	if (ret < 0 || !in_scope() || is_compat(bpf_get_current_task_btf()))
		return 0;
	struct scratch *s = begin(FILE_XATTR);
	if (!s)
		return 0;
	changed_xattr(s, regs, CALL(regs));
	return finish(s);
}
