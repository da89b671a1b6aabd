/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of file.bpf.c: calls that change a file and are seen at their end only.
 */
#pragma once
#include "xattr.h"

struct two { u32 kind; int dirfd, dirfd2; u64 name, name2; };

/* Tells of a call with two names. */
static __noinline int tell_two(struct scratch *s, struct two *n)
{
	u32 off = 0, got = 0, got2, flags;
	if (!(s->head.has & IS_SYMLINK)) {
		got = put_name(s, n->dirfd, n->name, 0, &s->head.n_base, &s->head.n_name);
		off = got & TEXT_MASK;
	} else { /* the first is a text */
		off = put_text(s, n->name, 0);
		s->head.n_name = off;
	}
	flags = (got & PATH_CUT ? RECORD_CUT : 0) | (s->head.n_name ? 0 : RECORD_UNREADABLE);
	got2 = put_name(s, n->dirfd2, n->name2, off, &s->head.n_base2, &s->head.n_name2);
	if (is_window_name(&s->text[(off + s->head.n_base2) & TEXT_MASK]))
		return 0;
	flags |= got2 & PATH_CUT ? RECORD_CUT : 0;
	give_scratch(s, SENSOR_FILE, n->kind, flags, got2 & TEXT_MASK);
	return 0;
}

static __always_inline int renamed(struct scratch *s, int from, u64 name, int to, u64 name2)
{
	struct two n = {.kind = FILE_RENAME, .dirfd = from, .dirfd2 = to, .name = name, .name2 = name2};
	return tell_two(s, &n);
}

static __always_inline int linked(struct scratch *s, u32 how, int from, u64 name, int to, u64 name2)
{
	struct two n = {.kind = FILE_CREATE, .dirfd = from, .dirfd2 = to, .name = name, .name2 = name2};
	s->head.has = how;
	return tell_two(s, &n);
}

/* Calls on open files: what was before was remembered at the entry. */
static __always_inline int changed_open(struct scratch *s, u32 fd, u32 kind)
{
	u64 key = bpf_get_current_pid_tgid();
	struct before *b = bpf_map_lookup_elem(&befores, &key);
	struct file *f = open_file(fd);
	if (!f || is_window(MEMBER(f, f_inode)))
		return 0;
	if (b) {
		s->head.has |= HAS_PREVIOUS;
		s->head.old_mode = b->mode;
		s->head.old_uid = b->uid;
		s->head.old_gid = b->gid;
		bpf_map_delete_elem(&befores, &key);
	}
	return tell_file(s, f, kind);
}

#ifdef SYS_HAS_OLD
static __always_inline int changed_by_old_call(struct scratch *s, struct pt_regs *regs, long id)
{
	switch (id) {
	case SYS_rename:
		return renamed(s, AT_FDCWD, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_rmdir:
		s->head.has = IS_DIR;
		return tell_name(s, FILE_DELETE, AT_FDCWD, ARG1(regs));
	case SYS_unlink:
		return tell_name(s, FILE_DELETE, AT_FDCWD, ARG1(regs));
	case SYS_mkdir:
		s->head.has = IS_DIR;
		return tell_name(s, FILE_CREATE, AT_FDCWD, ARG1(regs));
	case SYS_mknod:
		ask_mode(s, ARG2(regs));
		return tell_name(s, FILE_CREATE, AT_FDCWD, ARG1(regs));
	case SYS_link:
		return linked(s, IS_LINK, AT_FDCWD, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_symlink:
		return linked(s, IS_SYMLINK, 0, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_chmod:
		ask_mode(s, ARG2(regs));
		return tell_name(s, FILE_CHMOD, AT_FDCWD, ARG1(regs));
	case SYS_chown:
	case SYS_lchown:
		ask_owner(s, ARG2(regs), ARG3(regs));
		return tell_name(s, FILE_CHOWN, AT_FDCWD, ARG1(regs));
	}
	return changed_xattr(s, regs, id);
}
#else
#define changed_by_old_call changed_xattr
#endif

static __always_inline int changed_by_call(struct scratch *s, struct pt_regs *regs, long id)
{
	switch (id) {
	case SYS_renameat:
	case SYS_renameat2:
		return renamed(s, ARG1(regs), ARG2(regs), ARG3(regs), ARG4(regs));
	case SYS_unlinkat:
		s->head.has = ARG3(regs) & 0x200 ? IS_DIR : 0;
		return tell_name(s, FILE_DELETE, ARG1(regs), ARG2(regs));
	case SYS_mkdirat:
		s->head.has = IS_DIR;
		return tell_name(s, FILE_CREATE, ARG1(regs), ARG2(regs));
	case SYS_mknodat:
		ask_mode(s, ARG3(regs));
		return tell_name(s, FILE_CREATE, ARG1(regs), ARG2(regs));
	case SYS_linkat:
		return linked(s, IS_LINK, ARG1(regs), ARG2(regs), ARG3(regs), ARG4(regs));
	case SYS_symlinkat:
		return linked(s, IS_SYMLINK, 0, ARG1(regs), ARG2(regs), ARG3(regs));
	case SYS_truncate:
		return tell_name(s, FILE_WRITE, AT_FDCWD, ARG1(regs));
	case SYS_fchmodat:
	case SYS_fchmodat2:
		ask_mode(s, ARG3(regs));
		return tell_name(s, FILE_CHMOD, ARG1(regs), ARG2(regs));
	case SYS_fchownat:
		ask_owner(s, ARG3(regs), ARG4(regs));
		return tell_name(s, FILE_CHOWN, ARG1(regs), ARG2(regs));
	case SYS_fchmod:
		ask_mode(s, ARG2(regs));
		return changed_open(s, ARG1(regs), FILE_CHMOD);
	case SYS_fchown:
		ask_owner(s, ARG2(regs), ARG3(regs));
		return changed_open(s, ARG1(regs), FILE_CHOWN);
	}
	return changed_by_old_call(s, regs, id);
}
