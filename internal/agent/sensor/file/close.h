/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of file.bpf.c: what a descriptor wrote, told when it is closed.
 */
#pragma once

static __always_inline void stamp(struct inode *in, struct writer *w)
{
	struct image f;
	fill_times(in, &f.mtime, &f.ctime);
	w->inode = BPF_CORE_READ(in, i_ino);
	w->mtime = f.mtime;
	w->size = BPF_CORE_READ(in, i_size);
	w->told = bpf_ktime_get_boot_ns();
}

/* A descriptor of a file is about to be closed. While others refer to it too, a
 * change is told once a second at most. */
__noinline int closing(u64 file)
{
	struct file *f = (void *)file;
	if (!f || !(BPF_CORE_READ(f, f_mode) & FMODE_WRITE))
		return 0;
	struct inode *in = BPF_CORE_READ(f, f_inode);
	if ((BPF_CORE_READ(in, i_mode) & S_IFMT) != S_IFREG || !BPF_CORE_READ(in, i_nlink) || is_window(in))
		return 0;
	struct writer now = {}, *was = bpf_map_lookup_elem(&writers, &file);
	bool last = is_last(f), changed;
	stamp(in, &now);
	if (was && was->inode == now.inode)
		changed = was->mtime != now.mtime || was->size != now.size;
	else
		changed = now.mtime > vedette_since; /* opened before we came */
	if (!changed) {
		if (last && was)
			bpf_map_delete_elem(&writers, &file);
		return 0;
	}
	if (last) {
		bpf_map_delete_elem(&writers, &file);
	} else {
		if (was && now.told - was->told < SECOND)
			return 0;
		bpf_map_update_elem(&writers, &file, &now, BPF_ANY);
	}
	return tell_file(file, FILE_WRITE, 0, 0, 0);
}

struct range { u32 first, last; u64 *open, **files, *only; /* NULL, or bits that must be set too */ };

static long close_word(u32 i, struct range *r)
{
	u64 bits = 0, before = 0;
	u32 fd = i * 64;
	if (fd > r->last)
		return 1;
	if (fd + 63 < r->first)
		return 0;
	bpf_probe_read_kernel(&bits, sizeof(bits), r->open + i);
	if (r->only) {
		u64 also = 0;
		bpf_probe_read_kernel(&also, sizeof(also), r->only + i);
		bits &= also;
	}
	for (int n = 0; n < 64; n++, fd++, bits >>= 1) {
		u64 f = 0;
		if (!bits)
			break;
		if (!(bits & 1) || fd < r->first || fd > r->last)
			continue;
		bpf_probe_read_kernel(&f, sizeof(f), r->files + fd);
		/* A terminal or a pipe is often there three times. What a child closes by
		 * executing and its parent still has, the child has not written. */
		if (f != before && (!r->only || is_last((struct file *)f)))
			closing(f);
		before = f;
	}
	return 0;
}

/* The descriptors from first to last are about to be closed; with on_exec only
 * those that an execution closes. */
static __always_inline void close_all(struct task_struct *t, u32 first, u32 last, bool on_exec)
{
	struct fdtable *table = t->files->fdt;
	u32 max = table->max_fds;
	struct range r = {.first = first, .last = last};
	if (!max)
		return;
	if (r.last > max - 1)
		r.last = max - 1;
	r.open = (u64 *)table->open_fds;
	r.files = (u64 **)table->fd;
	if (on_exec)
		r.only = (u64 *)table->close_on_exec;
	if (r.last < 64)
		close_word(0, &r);
	else
		bpf_loop(r.last / 64 + 1, close_word, &r, 0);
}
