/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The watch list: files and folders by inode and device, and names in folders.
 */
#pragma once
#include "vedette.h"

enum { WATCH_FILE = 1, WATCH_FOLDER = 2, WATCH_NAMES = 4 };
struct watch_key { u64 inode; u32 device, reserved; };
struct watch_name { u64 inode; u32 device, reserved; char name[64]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 65536); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct watch_key); __type(value, u8); } watch SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16384); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct watch_name); __type(value, u8); } watch_names SEC(".maps");

static __always_inline u8 watch_flags(struct inode *in)
{
	struct watch_key k = {.inode = MEMBER(in, i_ino), .device = MEMBER(in, i_sb, s_dev)};
	u8 *flags = bpf_map_lookup_elem(&watch, &k);
	return flags ? *flags : 0;
}

/* Whether an open file is on the list: two lookups for one that is not. */
static __always_inline bool is_watched(struct file *f)
{
	struct inode *in = MEMBER(f, f_inode);
	if (watch_flags(in) & WATCH_FILE)
		return true;
	struct dentry *d = MEMBER(f, f_path.dentry);
	struct inode *dir = MEMBER(d, d_parent, d_inode);
	u8 flags = watch_flags(dir);
	if (flags & WATCH_FOLDER)
		return true;
	if (!(flags & WATCH_NAMES))
		return false;
	struct watch_name k = {.inode = MEMBER(dir, i_ino), .device = MEMBER(dir, i_sb, s_dev)};
	bpf_probe_read_kernel_str(k.name, sizeof(k.name), MEMBER(d, d_name.name));
	return bpf_map_lookup_elem(&watch_names, &k) != NULL;
}
