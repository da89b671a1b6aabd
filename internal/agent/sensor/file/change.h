/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * How both rungs tell of files. An object that includes it says before how
 * members are read (KNOWN_POINTERS, see vedette.h), what a function is that many
 * places call (SHARED), how a scratch buffer is borrowed and given back, how a
 * path is put into it, how a file is numbered, and what an execution closes.
 */
#pragma once
#include "record.h"

/* File systems that hold no files but windows into the kernel, or things
 * without a name (anonymous inodes, memfds, sockets). */
static __always_inline bool is_window_system(u64 flags, u64 magic)
{
	if (flags & SB_NOUSER)
		return true;
	switch (magic) {
	case 0x9fa0:     /* proc */
	case 0x62656572: /* sysfs */
	case 0x63677270: /* cgroup2 */
	case 0x27e0eb:   /* cgroup */
	case 0x74726163: /* tracefs */
	case 0x64626720: /* debugfs */
	case 0x73636673: /* securityfs */
	case 0xcafe4a11: /* bpf */
	case 0x19800202: /* mqueue */
	case 0x6165676c: /* pstore */
	case 0x62656570: /* configfs */
	case 0x42494e4d: /* binfmt_misc */
	case 0xf97cff8c: /* selinux */
		return true;
	}
	return false;
}

static __always_inline bool is_window(struct inode *in)
{
	struct super_block *sb = MEMBER(in, i_sb);
	return is_window_system(MEMBER(sb, s_flags), MEMBER(sb, s_magic));
}

/* Counts a change that cannot be told, under a number of its own. */
static __always_inline void lose(u32 kind)
{
	struct head h;
	fill_head(&h, SENSOR_FILE, kind, 0);
	count_drop(SENSOR_FILE, kind);
}

/* Begins a change in a scratch that is the program's until finish; NULL is
 * counted. */
static __always_inline struct scratch *begin(u32 kind)
{
	struct scratch *s = borrow_scratch();
	if (!s) {
		lose(kind);
		return NULL;
	}
	__builtin_memset(&s->head, 0, sizeof(s->head));
	fill_actor(&s->head.a, bpf_get_current_task_btf());
	tell_own_fork(s, &s->head.a);
	return s;
}

static __always_inline int finish(struct scratch *s)
{
	return_scratch(s);
	return 0;
}

/* Puts an open file behind what the change says already, and tells it. */
static __noinline int tell_file(struct scratch *s, struct file *f, u32 kind)
{
	put_image(s, MEMBER(f, f_inode));
	s->head.has |= HAS_IMAGE;
	u32 from = s->head.n_xattr & TEXT_MASK;
	u32 got = put_file(s, f, from);
	u32 off = got & TEXT_MASK;
	s->head.n_path = off - from;
	give_scratch(s, SENSOR_FILE, kind, got & PATH_CUT ? RECORD_CUT : 0, off);
	return 0;
}

/* Tells of an open file. A target is the process whose memory the file is. */
SHARED int tell(u64 file, u32 kind, u32 open_flags, u32 target)
{
	struct scratch *s = begin(kind);
	if (!s)
		return 0;
	s->head.open_flags = kind == FILE_WRITE ? 0 : asked_flags(open_flags);
	if (target) {
		s->head.has = HAS_TARGET;
		s->head.uid = target;
	}
	tell_file(s, (struct file *)file, kind);
	return finish(s);
}

static __always_inline void ask_mode(struct scratch *s, u32 mode)
{
	s->head.has |= HAS_MODE;
	s->head.mode = mode;
}

static __always_inline void ask_owner(struct scratch *s, u32 uid, u32 gid)
{
	s->head.has |= (uid == ~0U ? 0 : HAS_UID) | (gid == ~0U ? 0 : HAS_GID);
	s->head.uid = uid;
	s->head.gid = gid;
}
