/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of hooks.bpf.c: its scratch buffers, and paths of names that the verifier
 * knows, put as put_path of scratch.h puts them.
 */
#pragma once
#include "record.h"

/* Unlike those at tracepoints, a program at a function may be interrupted by
 * another task on the same processor. Each borrows one of two slots of its
 * processor for as long as it needs it. */
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct scratch); } slots SEC(".maps");

/* What is kept in a slot behind all text: what the last record that was built
 * there had, and this one probably has too. */
struct note {
	u32 taken, pid;      /* its number and one while it is borrowed; of whom a fork is told */
	u64 start;           /* of that process */
	u64 system, name[2]; /* a type of file systems, and its name */
	u64 number;
};

static __always_inline struct note *note_of(struct scratch *s)
{
	return (struct note *)&s->text[TEXT_ROOM - sizeof(struct note)];
}

static __always_inline struct scratch *borrow_slot(u32 slot)
{
	struct scratch *s = bpf_map_lookup_elem(&slots, &slot);
	return s && !__sync_lock_test_and_set(&note_of(s)->taken, slot + 1) ? s : NULL;
}

static __always_inline struct scratch *borrow_scratch(void)
{
	u32 slot = bpf_get_smp_processor_id() * 2;
	struct scratch *s = borrow_slot(slot);
	return s ? s : borrow_slot(slot + 1);
}

static __always_inline void return_scratch(struct scratch *s)
{
	*(volatile u32 *)&note_of(s)->taken = 0;
}

/* Puts the components from a dentry of a mount up to the root of the mount
 * namespace. A global function with scalar arguments: verified once. */
__noinline int put_climb(u32 slot, u64 dentry, u64 mount, u32 off)
{
	struct scratch *s = bpf_map_lookup_elem(&slots, &slot);
	return s ? put_components(s, dentry, mount, off) : off & TEXT_MASK;
}

static __always_inline int climb(struct scratch *s, u64 dentry, u64 mount, u32 off)
{
	return put_climb(note_of(s)->taken - 1, dentry, mount, off);
}

/* Makes a number of a pointer that the verifier knows: by way of memory. */
static __always_inline u64 as_number(struct scratch *s, u64 pointer)
{
	volatile u64 *n = &note_of(s)->number;
	*n = pointer;
	return *n;
}

/* The same from a dentry that the verifier knows: in place as far as its mount
 * goes. */
static __noinline int put_known(struct scratch *s, struct dentry *d, u64 vfsmount, u32 off)
{
	struct place p = {};
	u64 mount = mount_of(vfsmount);
	read_place(mount, &p);
	for (int i = 0; i < PATH_DEPTH; i++) {
		if ((u64)d == p.root)
			return p.parent == mount ? off & TEXT_MASK : climb(s, p.point, p.parent, off);
		struct dentry *parent = d->d_parent;
		if (parent == d && i > 0)
			return off & TEXT_MASK;
		off = put_component(s, d->d_name.name, d->d_name.len, off);
		if (parent == d)
			return off & TEXT_MASK;
		d = parent;
	}
	return (off & TEXT_MASK) | PATH_CUT;
}

/* Of a place that the verifier does not know. */
static __always_inline int put_place(struct scratch *s, struct path *p, u32 off)
{
	return climb(s, (u64)BPF_CORE_READ(p, dentry), mount_of((u64)BPF_CORE_READ(p, mnt)), off);
}

static __always_inline int put_file(struct scratch *s, struct file *f, u32 off)
{
	return put_known(s, f->f_path.dentry, as_number(s, (u64)f->f_path.mnt), off);
}

/* Tells of the fork of the current process before anything else of it is told:
 * once, as long as it is the same one here. */
static __always_inline void tell_own_fork(struct scratch *s, struct actor *a)
{
	struct note *n = note_of(s);
	if (n->start == a->start && n->pid == a->pid)
		return;
	n->start = a->start;
	n->pid = a->pid;
	release_own_fork();
}

/* What is known of a file; most are in one file system, whose name is kept. */
static __always_inline void put_image(struct scratch *s, struct inode *in)
{
	struct note *n = note_of(s);
	struct file_system_type *system = in->i_sb->s_type;
	fill_inode(&s->head.f, in);
	if (n->system != (u64)system) {
		bpf_probe_read_kernel_str(n->name, sizeof(n->name), system->name);
		n->system = (u64)system;
	}
	__builtin_memcpy(s->head.f.filesystem, n->name, sizeof(n->name));
}
