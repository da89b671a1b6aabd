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

/* Puts the components of a path into the text at off, last component first,
 * each ended by a zero byte, crossing mounts up to the root of the mount
 * namespace. Returns the new offset, with PATH_CUT when the path was deeper
 * than PATH_DEPTH. A global function with scalar arguments: verified once. */
__noinline int put_path(u64 dentry, u64 vfsmount, u32 off)
{
	struct scratch *s = my_scratch();
	struct dentry *d = (void *)dentry;
	struct vfsmount *v = (void *)vfsmount;
	struct mount *m = (void *)v - bpf_core_field_offset(struct mount, mnt);
	struct dentry *root = BPF_CORE_READ(v, mnt_root);
	if (!s)
		return off & TEXT_MASK;
	for (int i = 0; i < PATH_DEPTH; i++) {
		if (d == root) {
			struct mount *up = BPF_CORE_READ(m, mnt_parent);
			if (up == m)
				return off & TEXT_MASK;
			d = BPF_CORE_READ(m, mnt_mountpoint);
			m = up;
			root = BPF_CORE_READ(m, mnt.mnt_root);
			continue;
		}
		struct dentry *parent = BPF_CORE_READ(d, d_parent);
		if (parent == d && i > 0)
			return off & TEXT_MASK;
		off &= TEXT_MASK;
		barrier_var(off);
		long n = bpf_probe_read_kernel_str(&s->text[off & TEXT_MASK], NAME_MAX, BPF_CORE_READ(d, d_name.name));
		if (n > 0)
			off = (off + (u32)n) & TEXT_MASK;
		if (parent == d) /* a name alone, such as a memfd's */
			return off & TEXT_MASK;
		d = parent;
	}
	return (off & TEXT_MASK) | PATH_CUT;
}

/* The same for the names of a cgroup. */
__noinline int put_cgroup(u64 node, u32 off)
{
	struct scratch *s = my_scratch();
	struct kernfs_node *k = (void *)node;
	if (!s)
		return off & TEXT_MASK;
	for (int i = 0; i < 16; i++) {
		struct kernfs_node *up;
		if (bpf_core_field_exists(struct kernfs_node___6_15, __parent))
			up = BPF_CORE_READ((struct kernfs_node___6_15 *)k, __parent);
		else
			up = BPF_CORE_READ(k, parent);
		if (!up)
			break;
		off &= TEXT_MASK;
		barrier_var(off);
		long n = bpf_probe_read_kernel_str(&s->text[off & TEXT_MASK], NAME_MAX, BPF_CORE_READ(k, name));
		if (n > 0)
			off = (off + (u32)n) & TEXT_MASK;
		k = up;
	}
	return off & TEXT_MASK;
}

static __always_inline int put_path_of(struct path *p, u32 off)
{
	return put_path((u64)BPF_CORE_READ(p, dentry), (u64)BPF_CORE_READ(p, mnt), off);
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
