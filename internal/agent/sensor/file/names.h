/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of file.bpf.c: system calls with names.
 */
#pragma once

/* Puts the directory from which a name of the current process is looked up. */
__noinline int put_base(int dirfd, u64 name, u32 off)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct fs_struct *fs = BPF_CORE_READ(t, fs);
	char first = 0;
	bpf_probe_read_user(&first, 1, (void *)name);
	if (first == '/')
		return put_path_of(&fs->root, off);
	if (dirfd == AT_FDCWD)
		return put_path_of(&fs->pwd, off);
	struct file *f = open_file(dirfd);
	if (!f)
		return off & TEXT_MASK;
	return put_path_of(&f->f_path, off);
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

/* Tells of a call with one or two names; the head of the scratch was begun by
 * the caller. A second name of 0 is none. */
__noinline int tell_names(u32 kind, u64 first, u64 first_name, u64 second, u64 second_name)
{
	struct scratch *s = my_scratch();
	u32 off, got, from, flags = 0;
	if (!s)
		return 0;
	off = s->head.n_xattr & TEXT_MASK;
	from = off;
	if (!(s->head.has & IS_SYMLINK)) {
		got = put_base((int)first, first_name, off);
		flags |= got & PATH_CUT ? RECORD_CUT : 0;
		off = got & TEXT_MASK;
	}
	s->head.n_base = off - from;
	from = off;
	off = put_text(s, first_name, off);
	s->head.n_name = off - from;
	if (!second_name && is_window_name(&s->text[from & TEXT_MASK]))
		return 0;
	if (s->head.n_name == 0)
		flags |= RECORD_UNREADABLE;
	if (second_name) {
		from = off;
		got = put_base((int)second, second_name, off);
		flags |= got & PATH_CUT ? RECORD_CUT : 0;
		off = got & TEXT_MASK;
		s->head.n_base2 = off - from;
		from = off;
		off = put_text(s, second_name, off);
		s->head.n_name2 = off - from;
		if (is_window_name(&s->text[from & TEXT_MASK]))
			return 0;
	}
	give_scratch(s, SENSOR_FILE, kind, flags, off);
	return 0;
}
