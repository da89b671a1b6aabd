/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What is told when a file was opened.
 */
#pragma once
#include "writer.h"

#define PROC_MAGIC 0x9fa0
#define DEVICE(major, minor) ((major) << 20 | (minor))

static __always_inline bool is_memory_device(struct inode *in)
{
	u32 device = MEMBER(in, i_rdev);
	return device == DEVICE(1, 1) || device == DEVICE(1, 2) || device == DEVICE(1, 4); /* mem, kmem, port */
}

/* Whether a file that only its owner may open is the memory of another process,
 * whose number it returns, or of the kernel (0); else -1. */
static __noinline int memory_of(struct file *f, struct inode *in)
{
	char name[8] = {};
	if (MEMBER(in, i_sb, s_magic) != PROC_MAGIC)
		return -1;
	bpf_probe_read_kernel_str(name, sizeof(name), MEMBER(f, f_path.dentry, d_name.name));
	if (name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && !name[3]) {
		struct task_struct *me = bpf_get_current_task_btf();
		struct proc_inode *p = (void *)in - bpf_core_field_offset(struct proc_inode, vfs_inode);
		struct pid *pid = BPF_CORE_READ(p, pid);
		if (!pid || pid == me->thread_pid || pid == me->group_leader->thread_pid)
			return -1;
		return pid_number(pid);
	}
	if (!(name[0] == 'k' && name[1] == 'c' && name[2] == 'o' && name[3] == 'r' && name[4] == 'e' && !name[5]))
		return -1;
	return 0;
}

/* A file that is open for writing is compared with this when it is closed. */
static __always_inline void remember_writer(struct file *f, struct inode *in, bool emptied)
{
	struct writer w = {};
	stamp(in, number_of(f), &w);
	w.told = bpf_ktime_get_boot_ns();
	if (emptied)
		w.size = -1; /* a change already */
	keep_writer(&w);
}

/* A file was opened. */
static __always_inline int opened(struct file *f, u32 open_flags)
{
	u32 mode = MEMBER(f, f_mode);
	struct inode *in = MEMBER(f, f_inode);
	u32 access = MEMBER(in, i_mode), type = access & S_IFMT;
	if (mode & FMODE_PATH)
		return 0;
	int owner = access == (S_IFREG | 0600) || access == (S_IFREG | 0400) ? memory_of(f, in) : -1;
	if (owner >= 0)
		tell((u64)f, MEMORY_OPEN, open_flags, owner);
	if (type == S_IFBLK || (type == S_IFCHR && is_memory_device(in)))
		tell((u64)f, DEVICE_OPEN, open_flags, 0);
	if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK)
		return 0;
	if (!(mode & FMODE_CREATED) && (mode & FMODE_READ) && is_watched(f))
		tell((u64)f, FILE_OPEN, open_flags, 0);
	if (!(mode & (FMODE_WRITE | FMODE_CREATED)) || type != S_IFREG || is_window(in) || !MEMBER(in, i_nlink))
		return 0;
	if (mode & FMODE_CREATED)
		tell((u64)f, FILE_CREATE, open_flags, 0);
	if (mode & FMODE_WRITE)
		remember_writer(f, in, (open_flags & O_TRUNC) && !(mode & FMODE_CREATED));
	return 0;
}
