/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of hooks.bpf.c: changes of names, modes, owners and sizes. The kernel
 * first asks its security modules, with the mount (CONFIG_SECURITY_PATH), and
 * then does it, without. What was asked is kept by task until it was done, and
 * told when it did not fail. File systems that lie on others, such as overlayfs,
 * do it once more below, with another dentry and without asking; that is not
 * told.
 */
#pragma once
#include "change.h"

struct renamedata { struct dentry *old_dentry; } CORE;
struct iattr { unsigned int ia_valid; } CORE;
#define ATTR_MODE 1
#define ATTR_UID 2
#define ATTR_GID 4
#define ATTR_SIZE 8
#define ATTR_FILE (1 << 13)
#define ATTR_OPEN (1 << 15)
#define EWOULDBLOCK 11

/* What a task asked for last. */
struct ask { u64 dentry, mnt; u32 kind, mode, uid, gid, old_mode, old_uid, old_gid, reserved; };
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct ask); } asks SEC(".maps");
/* The name that it wants to change, which is gone afterwards. */
struct old_name { u64 dir; u32 len; char name[NAME_MAX]; };
struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct old_name); } old_names SEC(".maps");

/* The current task asks for a change of a kind to what a dentry of a mount is. */
static __always_inline struct ask *asked(u32 kind, struct vfsmount *v, struct dentry *d)
{
	if (!in_scope())
		return NULL;
	struct ask *a = bpf_task_storage_get(&asks, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!a) {
		lose(kind);
		return NULL;
	}
	a->dentry = (u64)d;
	a->mnt = (u64)v;
	a->kind = kind;
	return a;
}

/* What the current task asked for, when it is about this dentry and was done. */
static __always_inline struct ask *done(struct dentry *d, int error)
{
	struct ask *a = bpf_task_storage_get(&asks, bpf_get_current_task_btf(), NULL, 0);
	if (!a || a->dentry != (u64)d)
		return NULL;
	if (error == -EWOULDBLOCK) /* it is done again when a lease is broken */
		return NULL;
	a->dentry = 0;
	return error ? NULL : a;
}

static __always_inline int give_names(struct scratch *s, u32 kind, u32 got)
{
	give_scratch(s, SENSOR_FILE, kind, got & PATH_CUT ? RECORD_CUT : 0, got & TEXT_MASK);
	return finish(s);
}

/* Tells of a change of a name. A mode of 0 is none. */
static __noinline int tell_dentry(struct dentry *d, struct ask *a, u32 has, u32 mode)
{
	if (is_window(d->d_parent->d_inode))
		return 0;
	struct scratch *s = begin(a->kind);
	if (!s)
		return 0;
	u32 got = put_known(s, d, a->mnt, 0);
	s->head.has = has;
	s->head.mode = mode;
	s->head.n_base = got & TEXT_MASK;
	return give_names(s, a->kind, got);
}

/* int security_path_unlink(const struct path *dir, struct dentry *dentry) */
SEC("fentry/security_path_unlink")
int BPF_PROG(ask_unlink, struct path *dir, struct dentry *d)
{
	asked(FILE_DELETE, dir->mnt, d);
	return 0;
}

/* int vfs_unlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, struct inode **delegated_inode) */
SEC("fexit/vfs_unlink")
int BPF_PROG(on_unlink, void *idmap, struct inode *dir, struct dentry *d, void *delegated, int error)
{
	struct ask *a = done(d, error);
	return a ? tell_dentry(d, a, 0, 0) : 0;
}

/* int security_path_rmdir(const struct path *dir, struct dentry *dentry) */
SEC("fentry/security_path_rmdir")
int BPF_PROG(ask_rmdir, struct path *dir, struct dentry *d)
{
	asked(FILE_DELETE, dir->mnt, d);
	return 0;
}

/* int vfs_rmdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry) */
SEC("fexit/vfs_rmdir")
int BPF_PROG(on_rmdir, void *idmap, struct inode *dir, struct dentry *d, int error)
{
	struct ask *a = done(d, error);
	return a ? tell_dentry(d, a, IS_DIR, 0) : 0;
}

/* int security_path_mkdir(const struct path *dir, struct dentry *dentry, umode_t mode) */
SEC("fentry/security_path_mkdir")
int BPF_PROG(ask_mkdir, struct path *dir, struct dentry *d)
{
	asked(FILE_CREATE, dir->mnt, d);
	return 0;
}

/* int vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode);
 * since 6.15 it returns a dentry: what it did shows in the one that it was given. */
SEC("fexit/vfs_mkdir")
int BPF_PROG(on_mkdir, void *idmap, struct inode *dir, struct dentry *d)
{
	struct ask *a = done(d, !d->d_inode);
	return a ? tell_dentry(d, a, IS_DIR, 0) : 0;
}

/* Whether the current system call makes a node: else an open makes a file. */
static __always_inline bool calls_mknod(void)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(t);
	long id = CALL(regs);
	if (is_compat(t)) /* of x86 and arm */
		return id == 14 || id == 297 || id == 324;
#ifdef SYS_HAS_OLD
	if (id == SYS_mknod)
		return true;
#endif
	return id == SYS_mknodat;
}

/* int security_path_mknod(const struct path *dir, struct dentry *dentry, umode_t mode, unsigned int dev):
 * also called by an open that makes a file */
SEC("fentry/security_path_mknod")
int BPF_PROG(ask_mknod, struct path *dir, struct dentry *d, u32 mode)
{
	if ((mode & S_IFMT) == S_IFREG && !calls_mknod())
		return 0;
	asked(FILE_CREATE, dir->mnt, d);
	return 0;
}

static __always_inline int made(struct dentry *d, int error)
{
	struct ask *a = done(d, error);
	return a ? tell_dentry(d, a, HAS_MODE, d->d_inode->i_mode) : 0;
}

/* int vfs_mknod(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev) */
SEC("fexit/vfs_mknod")
int BPF_PROG(on_mknod, void *idmap, struct inode *dir, struct dentry *d, u32 mode, u32 dev, int error)
{
	return made(d, error);
}

/* int vfs_create(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode, bool want_excl):
 * mknod of a regular file */
SEC("fexit/vfs_create")
int BPF_PROG(on_create, void *idmap, struct inode *dir, struct dentry *d, u32 mode, u32 excl, int error)
{
	return made(d, error);
}

/* int security_path_symlink(const struct path *dir, struct dentry *dentry, const char *old_name) */
SEC("fentry/security_path_symlink")
int BPF_PROG(ask_symlink, struct path *dir, struct dentry *d)
{
	asked(FILE_CREATE, dir->mnt, d);
	return 0;
}

/* int vfs_symlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, const char *oldname) */
SEC("fexit/vfs_symlink")
int BPF_PROG(on_symlink, void *idmap, struct inode *dir, struct dentry *d, void *target, int error)
{
	struct ask *a = done(d, error);
	struct scratch *s = a ? begin(FILE_CREATE) : NULL;
	if (!s)
		return 0;
	long n = bpf_probe_read_kernel_str(s->text, 4096, target);
	u32 off = n > 0 ? n & TEXT_MASK : 0;
	s->head.has = IS_SYMLINK;
	s->head.n_name = off;
	u32 got = put_known(s, d, a->mnt, off);
	s->head.n_base2 = (got & TEXT_MASK) - off;
	return give_names(s, FILE_CREATE, got);
}

/* int security_path_link(struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry) */
SEC("fentry/security_path_link")
int BPF_PROG(ask_link, void *old, struct path *dir, struct dentry *d)
{
	asked(FILE_CREATE, dir->mnt, d);
	return 0;
}

/* int vfs_link(struct dentry *old_dentry, struct mnt_idmap *idmap, struct inode *dir, struct dentry *new_dentry, struct inode **delegated_inode) */
SEC("fexit/vfs_link")
int BPF_PROG(on_link, struct dentry *old, void *idmap, struct inode *dir, struct dentry *d, void *delegated, int error)
{
	struct ask *a = done(d, error);
	struct scratch *s = a ? begin(FILE_CREATE) : NULL;
	if (!s)
		return 0;
	u32 first = put_known(s, old, a->mnt, 0), off = first & TEXT_MASK;
	s->head.has = IS_LINK;
	s->head.n_base = off;
	u32 got = put_known(s, d, a->mnt, off);
	s->head.n_base2 = (got & TEXT_MASK) - off;
	return give_names(s, FILE_CREATE, got | (first & PATH_CUT));
}

/* int security_path_rename(const struct path *old_dir, struct dentry *old_dentry, const struct path *new_dir, struct dentry *new_dentry, unsigned int flags) */
SEC("fentry/security_path_rename")
int BPF_PROG(ask_rename, struct path *dir, struct dentry *d, void *to, struct dentry *target)
{
	struct inode *replaced = target->d_inode;
	if (replaced && replaced == d->d_inode) /* two names of one file: nothing happens */
		return 0;
	struct ask *a = asked(FILE_RENAME, dir->mnt, d);
	struct old_name *n = a ? bpf_task_storage_get(&old_names, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE) : NULL;
	if (!n) {
		if (a) {
			a->dentry = 0;
			lose(FILE_RENAME);
		}
		return 0;
	}
	n->dir = (u64)dir->dentry;
	n->len = d->d_name.len & (NAME_MAX - 1);
	bpf_probe_read_kernel(n->name, n->len & (NAME_MAX - 1), d->d_name.name);
	return 0;
}

/* A name was changed; the dentry has the new one. */
static __always_inline int renamed_to(struct dentry *d, int error)
{
	struct ask *a = done(d, error);
	struct old_name *n = a ? bpf_task_storage_get(&old_names, bpf_get_current_task_btf(), NULL, 0) : NULL;
	if (!n || is_window(d->d_parent->d_inode))
		return 0;
	struct scratch *s = begin(FILE_RENAME);
	if (!s)
		return 0;
	u32 off = put_component(s, n->name, n->len, 0);
	u32 first = climb(s, n->dir, mount_of(a->mnt), off);
	off = first & TEXT_MASK;
	s->head.n_base = off;
	u32 got = put_known(s, d, a->mnt, off);
	s->head.n_base2 = (got & TEXT_MASK) - off;
	return give_names(s, FILE_RENAME, got | (first & PATH_CUT));
}

/* int vfs_rename(struct renamedata *rd) */
SEC("fexit/vfs_rename")
int BPF_PROG(on_rename, struct renamedata *rd, int error)
{
	return renamed_to(rd->old_dentry, error);
}

/* The file of a path is about to be changed. */
static __always_inline struct ask *asked_file(u32 kind, struct path *p)
{
	struct dentry *d = p->dentry;
	struct inode *in = d->d_inode;
	struct ask *a = asked(kind, p->mnt, d);
	if (!a)
		return NULL;
	a->old_mode = in->i_mode;
	a->old_uid = in->i_uid.val;
	a->old_gid = in->i_gid.val;
	return a;
}

/* int security_path_chmod(const struct path *path, umode_t mode) */
SEC("fentry/security_path_chmod")
int BPF_PROG(ask_chmod, struct path *p, u32 mode)
{
	struct ask *a = asked_file(FILE_CHMOD, p);
	if (a)
		a->mode = (u16)mode;
	return 0;
}

/* int chown_common(const struct path *path, uid_t user, gid_t group): the security
 * module is asked with structures, which not every kernel hands over. */
SEC("fentry/chown_common")
int BPF_PROG(ask_chown, struct path *p, u32 uid, u32 gid)
{
	struct ask *a = asked_file(FILE_CHOWN, p);
	if (a) {
		a->uid = uid;
		a->gid = gid;
	}
	return 0;
}

/* int security_path_truncate(const struct path *path) */
SEC("fentry/security_path_truncate")
int BPF_PROG(ask_truncate, struct path *p)
{
	asked_file(FILE_WRITE, p);
	return 0;
}

/* Whether a change of attributes is of a kind; what is done to an open file is
 * told when it is closed. */
static __always_inline bool is_of(u32 kind, u32 valid)
{
	switch (kind) {
	case FILE_CHMOD:
		return valid & ATTR_MODE;
	case FILE_CHOWN:
		return valid & (ATTR_UID | ATTR_GID);
	}
	return kind == FILE_WRITE && (valid & (ATTR_SIZE | ATTR_FILE | ATTR_OPEN)) == ATTR_SIZE;
}

static __always_inline int changed_attributes(struct dentry *d, u32 valid, int error)
{
	struct inode *in = d->d_inode;
	struct ask *a = done(d, error);
	if (!a || !is_of(a->kind, valid) || is_window(in))
		return 0;
	struct scratch *s = begin(a->kind);
	if (!s)
		return 0;
	put_image(s, in);
	s->head.has = HAS_IMAGE;
	if (a->kind == FILE_CHMOD)
		ask_mode(s, a->mode);
	if (a->kind == FILE_CHOWN)
		ask_owner(s, a->uid, a->gid);
	if (a->kind != FILE_WRITE) {
		s->head.has |= HAS_PREVIOUS;
		s->head.old_mode = a->old_mode;
		s->head.old_uid = a->old_uid;
		s->head.old_gid = a->old_gid;
	}
	u32 got = put_known(s, d, a->mnt, 0);
	s->head.n_path = got & TEXT_MASK;
	return give_names(s, a->kind, got);
}

/* int notify_change(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr, struct inode **delegated_inode) */
SEC("fexit/notify_change")
int BPF_PROG(on_attributes, void *idmap, struct dentry *d, struct iattr *attr, void *delegated, int error)
{
	return changed_attributes(d, attr->ia_valid, error);
}
