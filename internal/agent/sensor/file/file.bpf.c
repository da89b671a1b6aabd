//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What processes do to files, from the entry and the exit of system calls: the
 * rung for kernels on which neither LSM nor function hooks can be had.
 *
 * An open file is described from the kernel's own struct file after the call
 * has returned. A call with a name (rename, unlink, chmod ...) is described by
 * the name in the process's memory, read after the kernel read it, and the path
 * of the directory it starts from. How a file was changed shows when it is
 * closed: modification time and size are compared with those at its opening.
 */
#include "../kernel/bpf/syscalls.h"
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/watch.h"
#include "../kernel/bpf/open.h"

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
#define SB_NOUSER (1UL << 31)
#define SECOND 1000000000ULL

volatile const s64 vedette_since = 0; /* wall clock at load, nanoseconds */

/* Files that are open for writing, as they were when opened or last told. */
struct writer { u64 inode; s64 mtime, size; u64 told; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 16384); __type(key, u64); __type(value, struct writer); } writers SEC(".maps");
/* Owner and mode before a call on an open file, by thread. */
struct before { u32 mode, uid, gid; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, u64); __type(value, struct before); } befores SEC(".maps");

static __always_inline bool is_last(struct file *f)
{
	struct file___6_13 *new = (void *)f;
	if (bpf_core_field_exists(new->f_ref))
		return BPF_CORE_READ(new, f_ref.refcnt.counter) == 0;
	return BPF_CORE_READ(f, f_count.counter) == 1;
}

/* File systems that hold no files but windows into the kernel, or things
 * without a name (anonymous inodes, memfds, sockets). */
static __always_inline bool is_window(struct inode *in)
{
	struct super_block *sb = BPF_CORE_READ(in, i_sb);
	if (BPF_CORE_READ(sb, s_flags) & SB_NOUSER)
		return true;
	switch (BPF_CORE_READ(sb, s_magic)) {
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

static __always_inline struct scratch *begin(void)
{
	struct scratch *s = my_scratch();
	if (!s)
		return NULL;
	release_own_fork();
	__builtin_memset(&s->head, 0, sizeof(s->head));
	fill_actor(&s->head.a, bpf_get_current_task_btf());
	return s;
}

/* Tells of an open file; what stands in the head of the scratch is kept when
 * keep is set. A target is the process whose memory the file is. */
__noinline int tell_file(u64 file, u32 kind, u32 open_flags, u32 keep, u32 target)
{
	struct file *f = (void *)file;
	struct scratch *s = keep ? my_scratch() : begin();
	if (!s)
		return 0;
	fill_image(&s->head.f, BPF_CORE_READ(f, f_inode));
	s->head.has |= HAS_IMAGE;
	s->head.open_flags = open_flags;
	if (target) {
		s->head.has |= HAS_TARGET;
		s->head.uid = target;
	}
	u32 from = keep ? s->head.n_xattr & TEXT_MASK : 0;
	u32 got = put_path_of(&f->f_path, from);
	u32 off = got & TEXT_MASK;
	s->head.n_path = off - from;
	give_scratch(s, SENSOR_FILE, kind, got & PATH_CUT ? RECORD_CUT : 0, off);
	return 0;
}

#include "names.h"

#include "close.h"

#define PROC_MAGIC 0x9fa0
#define DEVICE(major, minor) ((major) << 20 | (minor))

static __always_inline bool is_memory_device(struct inode *in)
{
	u32 device = BPF_CORE_READ(in, i_rdev);
	return device == DEVICE(1, 1) || device == DEVICE(1, 2) || device == DEVICE(1, 4); /* mem, kmem, port */
}

/* Whether a file that only its owner may open is the memory of another process,
 * whose number it returns, or of the kernel (0); else -1. */
__noinline int memory_of(u64 file)
{
	struct file *f = (void *)file;
	struct inode *in = BPF_CORE_READ(f, f_inode);
	char name[8] = {};
	if (BPF_CORE_READ(in, i_sb, s_magic) != PROC_MAGIC)
		return -1;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(f, f_path.dentry, d_name.name));
	if (name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && !name[3]) {
		struct task_struct *me = bpf_get_current_task_btf();
		struct proc_inode *p = (void *)in - bpf_core_field_offset(struct proc_inode, vfs_inode);
		struct pid *pid = BPF_CORE_READ(p, pid);
		if (!pid || pid == me->thread_pid || pid == me->group_leader->thread_pid)
			return -1;
		return pid_number(pid);
	}
	if (!(name[0] == 'k' && name[1] == 'c' && name[2] == 'o' && name[3] == 'r' && name[4] == 'e' && !name[5]))
		return -1;
	return 0;
}

/* A file was opened. */
__noinline int opened(u32 fd, u32 open_flags)
{
	struct file *f = open_file(fd);
	if (!f)
		return 0;
	u32 mode = BPF_CORE_READ(f, f_mode);
	struct inode *in = BPF_CORE_READ(f, f_inode);
	u32 access = BPF_CORE_READ(in, i_mode), type = access & S_IFMT;
	if (mode & FMODE_PATH)
		return 0;
	int owner = access == (S_IFREG | 0600) || access == (S_IFREG | 0400) ? memory_of((u64)f) : -1;
	if (owner >= 0)
		tell_file((u64)f, MEMORY_OPEN, open_flags, 0, owner);
	if (type == S_IFBLK || (type == S_IFCHR && is_memory_device(in)))
		tell_file((u64)f, DEVICE_OPEN, open_flags, 0, 0);
	if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK)
		return 0;
	if (!(mode & FMODE_CREATED) && (mode & FMODE_READ) && is_watched(f))
		tell_file((u64)f, FILE_OPEN, open_flags, 0, 0);
	if (!(mode & (FMODE_WRITE | FMODE_CREATED)) || type != S_IFREG || is_window(in) || !BPF_CORE_READ(in, i_nlink))
		return 0;
	if (mode & FMODE_CREATED)
		tell_file((u64)f, FILE_CREATE, open_flags, 0, 0);
	struct writer w = {};
	u64 key = (u64)f;
	stamp(in, &w);
	if ((open_flags & O_TRUNC) && !(mode & FMODE_CREATED))
		w.size = -1; /* emptied: a change already */
	if (mode & FMODE_WRITE)
		bpf_map_update_elem(&writers, &key, &w, BPF_ANY);
	return 0;
}

static __always_inline int remember(u32 fd)
{
	struct file *f = open_file(fd);
	struct inode *in = BPF_CORE_READ(f, f_inode);
	u64 key = bpf_get_current_pid_tgid();
	struct before b = {
		.mode = BPF_CORE_READ(in, i_mode), .uid = BPF_CORE_READ(in, i_uid.val), .gid = BPF_CORE_READ(in, i_gid.val),
	};
	if (f)
		bpf_map_update_elem(&befores, &key, &b, BPF_ANY);
	return 0;
}

#include "entry.h"

/* trace_sched_process_exit: see exec.bpf.c; the descriptors are still open. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_files, struct task_struct *t)
{
	struct files_struct *files = t->files;
	if (!files || files->count.counter != 1 || !in_scope())
		return 0;
	close_all(t, 0, ~0U, false);
	return 0;
}

/* trace_sched_prepare_exec(struct task_struct *task, struct linux_binprm *bprm),
 * since 6.10: called by begin_new_exec before descriptors are closed. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(on_prepare_exec, struct task_struct *t)
{
	struct files_struct *files = t->files;
	if (files && in_scope())
		close_all(t, 0, ~0U, true);
	return 0;
}

enum { NONE, OPEN, NAME, TWO };

static __always_inline void tell_open_file(struct scratch *s, u32 fd, u32 kind)
{
	u64 key = bpf_get_current_pid_tgid();
	struct before *b = bpf_map_lookup_elem(&befores, &key);
	struct file *f = open_file(fd);
	if (!f)
		return;
	struct inode *in = BPF_CORE_READ(f, f_inode);
	if (is_window(in))
		return;
	if (b && kind != FILE_XATTR) {
		s->head.has |= HAS_PREVIOUS;
		s->head.old_mode = b->mode;
		s->head.old_uid = b->uid;
		s->head.old_gid = b->gid;
		bpf_map_delete_elem(&befores, &key);
	}
	tell_file((u64)f, kind, 0, 1, 0);
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

static __always_inline void name_xattr(struct scratch *s, u64 name)
{
	long n = bpf_probe_read_user_str(s->text, 256, (void *)name);
	s->head.n_xattr = n > 0 ? n : 0;
}

static __always_inline int changed_by_call(struct pt_regs *regs, long id)
{
	struct scratch *s = begin();
	if (!s)
		return 0;
	switch (id) {
	case SYS_renameat:
	case SYS_renameat2:
		return tell_names(FILE_RENAME, ARG1(regs), ARG2(regs), ARG3(regs), ARG4(regs));
	case SYS_unlinkat:
		s->head.has = ARG3(regs) & 0x200 ? IS_DIR : 0;
		return tell_names(FILE_DELETE, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_mkdirat:
		s->head.has = IS_DIR;
		return tell_names(FILE_CREATE, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_mknodat:
		ask_mode(s, ARG3(regs));
		return tell_names(FILE_CREATE, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_linkat:
		s->head.has = IS_LINK;
		return tell_names(FILE_CREATE, ARG1(regs), ARG2(regs), ARG3(regs), ARG4(regs));
	case SYS_symlinkat:
		s->head.has = IS_SYMLINK;
		return tell_names(FILE_CREATE, 0, ARG1(regs), ARG2(regs), ARG3(regs));
	case SYS_truncate:
		return tell_names(FILE_WRITE, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_fchmodat:
	case SYS_fchmodat2:
		ask_mode(s, ARG3(regs));
		return tell_names(FILE_CHMOD, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_fchownat:
		ask_owner(s, ARG3(regs), ARG4(regs));
		return tell_names(FILE_CHOWN, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr:
		name_xattr(s, ARG2(regs));
		return tell_names(FILE_XATTR, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_setxattrat:
	case SYS_removexattrat:
		name_xattr(s, ARG4(regs));
		return tell_names(FILE_XATTR, ARG1(regs), ARG2(regs), 0, 0);
	case SYS_fchmod:
		ask_mode(s, ARG2(regs));
		tell_open_file(s, ARG1(regs), FILE_CHMOD);
		return 0;
	case SYS_fchown:
		ask_owner(s, ARG2(regs), ARG3(regs));
		tell_open_file(s, ARG1(regs), FILE_CHOWN);
		return 0;
	case SYS_fsetxattr:
	case SYS_fremovexattr:
		name_xattr(s, ARG2(regs));
		tell_open_file(s, ARG1(regs), FILE_XATTR);
		return 0;
#ifdef SYS_HAS_OLD
	case SYS_rename:
		return tell_names(FILE_RENAME, AT_FDCWD, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_rmdir:
		s->head.has = IS_DIR;
		return tell_names(FILE_DELETE, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_unlink:
		return tell_names(FILE_DELETE, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_mkdir:
		s->head.has = IS_DIR;
		return tell_names(FILE_CREATE, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_mknod:
		ask_mode(s, ARG2(regs));
		return tell_names(FILE_CREATE, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_link:
		s->head.has = IS_LINK;
		return tell_names(FILE_CREATE, AT_FDCWD, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_symlink:
		s->head.has = IS_SYMLINK;
		return tell_names(FILE_CREATE, 0, ARG1(regs), AT_FDCWD, ARG2(regs));
	case SYS_chmod:
		ask_mode(s, ARG2(regs));
		return tell_names(FILE_CHMOD, AT_FDCWD, ARG1(regs), 0, 0);
	case SYS_chown:
	case SYS_lchown:
		ask_owner(s, ARG2(regs), ARG3(regs));
		return tell_names(FILE_CHOWN, AT_FDCWD, ARG1(regs), 0, 0);
#endif
	}
	return 0;
}

/* trace_sys_exit(struct pt_regs *regs, long ret), through returns.bpf.c: called
 * at the end of a system call about files that did not fail. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	if (!in_scope() || is_compat(t))
		return 0;
	u64 flags = ARG3(regs);
	long id = CALL(regs);
	switch (id) {
	case SYS_openat:
	case SYS_open_by_handle_at:
		break;
	case SYS_openat2:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)ARG3(regs));
		break;
#ifdef SYS_HAS_OLD
	case SYS_open:
		flags = ARG2(regs);
		break;
	case SYS_creat:
		flags = O_CREAT | O_WRONLY | O_TRUNC;
		break;
#endif
	default:
		return changed_by_call(regs, id);
	}
	return opened(ret, flags);
}
