//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What processes do to files, from the entry and the exit of system calls: the
 * rung for kernels on which neither LSM nor function hooks can be had.
 *
 * An open file is described from the kernel's own struct file after the call
 * has returned. A call with a name (rename, unlink, chmod ...) is described by
 * the name in the process's memory, read after the kernel read it, and the path
 * of the directory it starts from. How a file was changed shows when it is
 * closed: modification time and size are compared with those at its opening.
 */
#include "../kernel/bpf/syscalls.h"
#include "record.h"

#define SHARED __noinline
#define borrow_scratch my_scratch
#define return_scratch(s)
#define put_place(s, p, off) put_path_of(p, off)
#define put_file(s, f, off) put_path_of(&(f)->f_path, off)
#define number_of(f) ((u64)(f))
#define by_execution() false /* close_all sorts these out */
#define asked_flags(flags) (flags)
#define put_image(s, in) fill_image(&(s)->head.f, in)
#define tell_own_fork(s, a) release_own_fork()

#include "change.h"
#include "writer.h"
#include "opened.h"
#include "closeall.h"
#include "names.h"

/* Owner and mode before a call on an open file, by thread. */
struct before { u32 mode, uid, gid; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, u64); __type(value, struct before); } befores SEC(".maps");

static __always_inline int remember(u32 fd)
{
	struct file *f = open_file(fd);
	struct inode *in = MEMBER(f, f_inode);
	u64 key = bpf_get_current_pid_tgid();
	struct before b = {
		.mode = MEMBER(in, i_mode), .uid = MEMBER(in, i_uid.val), .gid = MEMBER(in, i_gid.val),
	};
	if (f)
		bpf_map_update_elem(&befores, &key, &b, BPF_ANY);
	return 0;
}

#include "entry.h"

/* trace_sched_process_exit: see exec.bpf.c; the descriptors are still open. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_files, struct task_struct *t)
{
	struct files_struct *files = t->files;
	if (!files || files->count.counter != 1 || !in_scope())
		return 0;
	close_all(t, 0, ~0U, false);
	return 0;
}

/* trace_sched_prepare_exec(struct task_struct *task, struct linux_binprm *bprm),
 * since 6.10: called by begin_new_exec before descriptors are closed. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(on_prepare_exec, struct task_struct *t)
{
	struct files_struct *files = t->files;
	if (files && in_scope())
		close_all(t, 0, ~0U, true);
	return 0;
}

static __always_inline int tell_open_xattr(struct scratch *s, u32 fd)
{
	struct file *f = open_file(fd);
	if (!f || is_window(MEMBER(f, f_inode)))
		return 0;
	return tell_file(s, f, FILE_XATTR);
}

#include "callnames.h"

/* trace_sys_exit(struct pt_regs *regs, long ret), through returns.bpf.c: called
 * at the end of a system call about files that did not fail. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	if (!in_scope() || is_compat(t))
		return 0;
	u64 flags = ARG3(regs);
	long id = CALL(regs);
	switch (id) {
	case SYS_openat:
	case SYS_open_by_handle_at:
		break;
	case SYS_openat2:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)ARG3(regs));
		break;
#ifdef SYS_HAS_OLD
	case SYS_open:
		flags = ARG2(regs);
		break;
	case SYS_creat:
		flags = O_CREAT | O_WRONLY | O_TRUNC;
		break;
#endif
	default: {
		struct scratch *s = begin(0);
		return s ? changed_by_call(s, regs, id) : 0;
	}
	}
	struct file *f = open_file(ret);
	return f ? opened(f, flags) : 0;
}
