/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * System calls that set and remove extended attributes: both rungs see them at
 * their end, with the arguments of the call. The object says before how an open
 * file is told (tell_open_xattr).
 */
#pragma once
#include "../kernel/bpf/syscalls.h"
#include "names.h"

static __always_inline void name_xattr(struct scratch *s, u64 name)
{
	long n = bpf_probe_read_user_str(s->text, 256, (void *)name);
	s->head.n_xattr = n > 0 ? n : 0;
}

/* Tells of a call about attributes that did not fail. */
static __always_inline int changed_xattr(struct scratch *s, struct pt_regs *regs, long id)
{
	switch (id) {
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr:
		name_xattr(s, ARG2(regs));
		return tell_name(s, FILE_XATTR, AT_FDCWD, ARG1(regs));
	case SYS_setxattrat:
	case SYS_removexattrat:
		name_xattr(s, ARG4(regs));
		return tell_name(s, FILE_XATTR, ARG1(regs), ARG1(regs));
	case SYS_fsetxattr:
	case SYS_fremovexattr:
		name_xattr(s, ARG2(regs));
		return tell_open_xattr(s, ARG1(regs));
	}
	return 0;
}
