/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of file.bpf.c: many descriptors of a process that are closed at once.
 */
#pragma once
#include "writer.h"

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
			closing((struct file *)f);
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
