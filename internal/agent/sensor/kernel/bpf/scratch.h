/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Records with text: built in a scratch buffer of the processor and then put
 * into the ring in one piece. Programs that use it run in the context of the
 * acting task and are not preempted by one another. The sensor defines
 * SCRATCH_HEAD, the type of what stands before the text, before it includes this.
 */
#pragma once
#include "vedette.h"

#define TEXT_MASK 32767 /* text begins below it; a piece may reach past it */
#define TEXT_ROOM 65536
#define NAME_MAX 256

struct scratch { SCRATCH_HEAD head; char text[TEXT_ROOM]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct scratch); } scratches SEC(".maps");

static __always_inline struct scratch *my_scratch(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&scratches, &cpu);
}

#define PATH_DEPTH 64
#define PATH_CUT (1 << 16)

/* Where a mount is; read in one piece where the kernel has it so. */
struct place { u64 parent, point, root; };

static __always_inline void read_place(u64 mount, struct place *p)
{
	struct mount *m = (void *)mount;
	if (bpf_core_field_offset(m->mnt_mountpoint) == bpf_core_field_offset(m->mnt_parent) + 8 &&
	    bpf_core_field_offset(m->mnt.mnt_root) == bpf_core_field_offset(m->mnt_parent) + 16) {
		bpf_core_read(p, sizeof(*p), &m->mnt_parent);
		return;
	}
	p->parent = (u64)BPF_CORE_READ(m, mnt_parent);
	p->point = (u64)BPF_CORE_READ(m, mnt_mountpoint);
	p->root = (u64)BPF_CORE_READ(m, mnt.mnt_root);
}

/* Puts one component. A name that changes in this moment may be cut. */
static __always_inline u32 put_component(struct scratch *s, const void *name, u32 len, u32 off)
{
	off &= TEXT_MASK;
	len &= NAME_MAX - 1;
	bpf_probe_read_kernel(&s->text[off], len, name);
	off += len;
	s->text[off] = 0;
	return (off + 1) & TEXT_MASK;
}

/* What a path needs of a dentry; read in one piece where the kernel has it so. */
struct step { u64 parent; u32 hash, len; u64 name; };

static __always_inline void read_step(u64 dentry, struct step *p)
{
	struct dentry *d = (void *)dentry;
	if (bpf_core_field_offset(d->d_name.len) == bpf_core_field_offset(d->d_parent) + 12 &&
	    bpf_core_field_offset(d->d_name.name) == bpf_core_field_offset(d->d_parent) + 16) {
		bpf_core_read(p, sizeof(*p), &d->d_parent);
		return;
	}
	p->parent = (u64)BPF_CORE_READ(d, d_parent);
	p->len = BPF_CORE_READ(d, d_name.len);
	p->name = (u64)BPF_CORE_READ(d, d_name.name);
}

static __always_inline u64 mount_of(u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Puts the components from a dentry of a mount up to the root of the mount
 * namespace into the text at off, last component first, each ended by a zero
 * byte. Returns the new offset, with PATH_CUT when the path was deeper than
 * PATH_DEPTH. */
static __always_inline int put_components(struct scratch *s, u64 dentry, u64 mount, u32 off)
{
	struct place p = {};
	read_place(mount, &p);
	for (int i = 0; i < PATH_DEPTH; i++) {
		struct step d = {};
		if (dentry == p.root) {
			if (p.parent == mount)
				return off & TEXT_MASK;
			dentry = p.point;
			mount = p.parent;
			read_place(mount, &p);
			continue;
		}
		read_step(dentry, &d);
		if (d.parent == dentry && i > 0)
			return off & TEXT_MASK;
		off = put_component(s, (void *)d.name, d.len, off);
		if (d.parent == dentry) /* a name alone, such as a memfd's */
			return off & TEXT_MASK;
		dentry = d.parent;
	}
	return (off & TEXT_MASK) | PATH_CUT;
}

/* The same with the scratch of this processor. A global function with scalar
 * arguments: verified once. */
__noinline int put_path(u64 dentry, u64 mount, u32 off)
{
	struct scratch *s = my_scratch();
	return s ? put_components(s, dentry, mount, off) : off & TEXT_MASK;
}

static __always_inline int put_path_of(struct path *p, u32 off)
{
	struct { u64 mnt, dentry; } at = {};
	if (bpf_core_field_offset(p->dentry) == bpf_core_field_offset(p->mnt) + 8) {
		bpf_core_read(&at, sizeof(at), &p->mnt);
	} else {
		at.mnt = (u64)BPF_CORE_READ(p, mnt);
		at.dentry = (u64)BPF_CORE_READ(p, dentry);
	}
	return put_path(at.dentry, mount_of(at.mnt), off);
}

/* Puts the scratch with n bytes of text into the ring. */
static __always_inline void give_scratch(struct scratch *s, u8 sensor, u8 kind, u16 flags, u32 n)
{
	struct head h;
	n &= TEXT_MASK;
	barrier_var(n);
	u32 size = sizeof(s->head) + n;
	fill_head(&h, sensor, kind, size);
	h.flags = flags;
	__builtin_memcpy(s, &h, sizeof(h));
	if (bpf_ringbuf_output(&ring, s, size, wake(flags & (RECORD_URGENT | RECORD_FIRST))))
		count_drop(sensor, kind);
}
