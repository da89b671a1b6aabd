/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The record of a change of a file, and numbers of the kernel's.
 */
#pragma once
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/watch.h"

enum { HAS_IMAGE = 1, HAS_MODE = 2, HAS_UID = 4, HAS_GID = 8, HAS_PREVIOUS = 16, IS_DIR = 32, IS_LINK = 64, IS_SYMLINK = 128, HAS_TARGET = 256 };

struct change {
	struct head h;
	struct actor a;
	struct image f;
	u32 has, open_flags;
	u32 mode, uid, gid; /* asked for; uid with HAS_TARGET: the process whose memory it is */
	u32 old_mode, old_uid, old_gid;
	u32 n_path;              /* bytes: components of the open file */
	u32 n_base, n_name;      /* components of the directory, name as given */
	u32 n_base2, n_name2;    /* the second name of a call */
	u32 n_xattr;
};

#define SCRATCH_HEAD struct change
#include "../kernel/bpf/scratch.h"

#define AT_FDCWD -100
#define O_TRUNC 01000
#define O_CREAT 0100
#define O_WRONLY 01
#define FMODE_READ 1
#define FMODE_WRITE 2
#define FMODE_PATH (1 << 14)
#define FMODE_CREATED (1 << 20)
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFCHR 0020000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define SB_NOUSER (1UL << 31)
