/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * System calls with a name: told with the name that the process gave, behind
 * the directory from which it is looked up.
 */
#pragma once
#include "change.h"
#include "../kernel/bpf/open.h"

/* Puts the directory from which a name of the current process is looked up. */
static __noinline int put_base(struct scratch *s, int dirfd, u64 name, u32 off)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(t, fs);
	char first = 0;
	bpf_probe_read_user(&first, 1, (void *)name);
	if (first == '/')
		return put_place(s, &fs->root, off);
	if (dirfd == AT_FDCWD)
		return put_place(s, &fs->pwd, off);
	struct file *f = open_file(dirfd);
	if (!f)
		return off & TEXT_MASK;
	return put_place(s, &f->f_path, off);
}

static __always_inline u32 put_text(struct scratch *s, u64 from, u32 off)
{
	off &= TEXT_MASK;
	barrier_var(off);
	long n = bpf_probe_read_user_str(&s->text[off & TEXT_MASK], 4096, (void *)from);
	return n > 0 ? (off + (u32)n) & TEXT_MASK : off;
}

static __always_inline bool is_window_name(const char *p)
{
	return p[0] == '/' && ((p[1] == 'p' && p[2] == 'r' && p[3] == 'o' && p[4] == 'c' && p[5] == '/') ||
			       (p[1] == 's' && p[2] == 'y' && p[3] == 's' && p[4] == '/'));
}

/* Puts a name behind its directory, with PATH_CUT when that is too deep. */
static __always_inline u32 put_name(struct scratch *s, int dirfd, u64 name, u32 off, u32 *n_base, u32 *n_name)
{
	u32 got = put_base(s, dirfd, name, off), from = off;
	off = got & TEXT_MASK;
	*n_base = off - from;
	from = off;
	off = put_text(s, name, off);
	*n_name = off - from;
	return off | (got & PATH_CUT);
}

/* Tells of a call with one name, behind what the change says already. */
static __noinline int tell_name(struct scratch *s, u32 kind, int dirfd, u64 name)
{
	u32 got = put_name(s, dirfd, name, s->head.n_xattr & TEXT_MASK, &s->head.n_base, &s->head.n_name);
	u32 from = s->head.n_xattr + s->head.n_base;
	if (is_window_name(&s->text[from & TEXT_MASK]))
		return 0;
	give_scratch(s, SENSOR_FILE, kind, (got & PATH_CUT ? RECORD_CUT : 0) | (s->head.n_name ? 0 : RECORD_UNREADABLE), got & TEXT_MASK);
	return 0;
}
