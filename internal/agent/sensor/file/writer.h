/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Files that are open for writing, as they were when opened or last told, and
 * what is told of them when a descriptor is closed.
 */
#pragma once
#include "change.h"

#define SECOND 1000000000ULL
#define WRITER_BITS 14

volatile const s64 vedette_since = 0; /* wall clock at load, nanoseconds */

/* A table in which each file has two places, so that looking is a read and
 * putting is a write: a hash map would cost ten times as much. Who finds both
 * taken puts out the one that was told longer ago; of a file that was put out,
 * as of one that was open before we came, a change since we came is told. */
struct writer { u64 file, inode; s64 mtime, size; u64 told; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1 << WRITER_BITS); __type(key, u32); __type(value, struct writer); } writers SEC(".maps");

static __always_inline struct writer *place_of(u64 file, u32 way)
{
	u32 i = (file * 0x9e3779b97f4a7c15ULL >> (64 - WRITER_BITS)) ^ way;
	return bpf_map_lookup_elem(&writers, &i);
}

static __always_inline struct writer *find_writer(u64 file)
{
	struct writer *w = place_of(file, 0);
	if (w && w->file == file)
		return w;
	w = place_of(file, 1);
	return w && w->file == file ? w : NULL;
}

static __always_inline void keep_writer(struct writer *new)
{
	struct writer *w = place_of(new->file, 0), *other = place_of(new->file, 1);
	if (!w || !other)
		return;
	if (w->file != new->file && w->file && (other->file == new->file || !other->file || other->told < w->told))
		w = other;
	*w = *new;
}

static __always_inline void stamp(struct inode *in, u64 file, struct writer *w)
{
	s64 ctime;
	fill_times(in, &w->mtime, &ctime);
	w->file = file;
	w->inode = MEMBER(in, i_ino);
	w->size = MEMBER(in, i_size);
}

static __always_inline bool is_last(struct file *f)
{
	struct file___6_13 *new = (void *)f;
	if (bpf_core_field_exists(new->f_ref))
		return MEMBER(new, f_ref.refcnt.counter) == 0;
	return MEMBER(f, f_count.counter) == 1;
}

/* A descriptor of a file that is open for writing is about to be closed. While
 * others refer to it too, a change is told once a second at most, and not when
 * the execution of a child closes it: that has not written. */
SHARED int closing_writer(u64 pointer)
{
	struct file *f = (void *)pointer;
	struct inode *in = MEMBER(f, f_inode);
	if ((MEMBER(in, i_mode) & S_IFMT) != S_IFREG || !MEMBER(in, i_nlink) || is_window(in))
		return 0;
	u64 file = number_of(f);
	struct writer now = {}, *was = find_writer(file);
	bool last = is_last(f), changed;
	stamp(in, file, &now);
	if (was && was->inode == now.inode)
		changed = was->mtime != now.mtime || was->size != now.size;
	else
		changed = now.mtime > vedette_since; /* opened before we came */
	if (changed && !last) {
		now.told = bpf_ktime_get_boot_ns();
		if ((was && now.told - was->told < SECOND) || by_execution())
			return 0;
		keep_writer(&now);
	}
	if (last && was)
		was->file = 0;
	return changed ? tell(pointer, FILE_WRITE, 0, 0) : 0;
}

static __always_inline int closing(struct file *f)
{
	if (!f || !(MEMBER(f, f_mode) & FMODE_WRITE))
		return 0;
	return closing_writer((u64)f);
}
