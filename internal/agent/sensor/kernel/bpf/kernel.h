/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The types of the kernel that our programs read, and of those only the
 * members that they read: offsets are relocated at load (CO-RE), so order and
 * size here mean nothing. A type that changed over kernel versions has a
 * flavour with a suffix after three underscores.
 */
#pragma once

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
typedef int pid_t;
typedef __u16 umode_t;
typedef __u32 dev_t;

#define true 1
#define false 0
#define NULL ((void *)0)
#define CORE __attribute__((preserve_access_index))

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { BPF_F_NO_PREALLOC = 1, BPF_F_CLONE = 1 << 9, BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1, BPF_SK_STORAGE_GET_F_CREATE = 1 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2, BPF_RB_AVAIL_DATA = 0 };

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic_long_t;
typedef struct { u32 val; } kuid_t;
typedef struct { u32 val; } kgid_t;
typedef struct { u64 val; } kernel_cap_t; /* two u32 before 6.3: the same bytes */
struct list_head { struct list_head *next, *prev; } CORE;

/* files */
struct qstr { u32 len; const unsigned char *name; } CORE;
struct file_system_type { const char *name; } CORE;
struct super_block { dev_t s_dev; unsigned long s_magic; unsigned long s_flags; struct file_system_type *s_type; } CORE;
struct timespec64 { s64 tv_sec; long tv_nsec; } CORE;
struct inode {
	umode_t i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned long i_ino;
	unsigned int i_nlink;
	void *i_private;
	dev_t i_rdev;
	struct super_block *i_sb;
	s64 i_size;
	s64 i_ctime_sec, i_mtime_sec; /* since 6.11 */
	u32 i_ctime_nsec, i_mtime_nsec;
} CORE;
struct inode___6_6 { struct timespec64 __i_ctime, __i_mtime; } CORE; /* 6.6 (i_mtime: 6.7) to 6.10 */
struct inode___6_1 { struct timespec64 i_ctime, i_mtime; } CORE; /* before */
struct dentry { struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; } CORE;
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; } CORE;
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; } CORE;
struct path { struct vfsmount *mnt; struct dentry *dentry; } CORE;
typedef struct { atomic_long_t refcnt; } file_ref_t;
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_mode, f_flags;
	s64 f_pos;
	void *private_data;
	atomic_long_t f_count; /* before 6.13: references */
} CORE;
struct file___6_13 { file_ref_t f_ref; } CORE; /* references less one */
struct fdtable { unsigned int max_fds; struct file **fd; unsigned long *open_fds, *close_on_exec; } CORE;
struct files_struct { atomic_t count; struct fdtable *fdt; } CORE;
struct fs_struct { struct path root, pwd; } CORE;

/* tasks */
struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	unsigned int securebits;
} CORE;
struct proc_ns_operations { const char *name; } CORE;
struct ns_common { unsigned int inum; const struct proc_ns_operations *ops; } CORE;
struct pid_namespace { struct ns_common ns; unsigned int level; } CORE;
struct mnt_namespace { struct ns_common ns; } CORE;
struct net { struct ns_common ns; } CORE;
struct uts_namespace { struct ns_common ns; } CORE;
struct nsproxy { struct uts_namespace *uts_ns; struct mnt_namespace *mnt_ns; struct net *net_ns; } CORE;
struct upid { int nr; struct pid_namespace *ns; } CORE;
struct pid { unsigned int level; struct upid numbers[1]; } CORE;
struct tty_struct { int index; char name[64]; } CORE;
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID };
struct signal_struct {
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	unsigned int flags;
	struct pid *pids[4];
	struct tty_struct *tty;
} CORE;
struct mm_struct { unsigned long arg_start, arg_end, env_start, env_end; struct file *exe_file; } CORE;
struct kernfs_node { const char *name; struct kernfs_node *parent; } CORE;
struct kernfs_node___6_15 { struct kernfs_node *__parent; } CORE;
struct cgroup { struct kernfs_node *kn; } CORE;
struct css_set { struct cgroup *dfl_cgrp; } CORE;
struct thread_info { unsigned long flags; u32 status; } CORE;
struct task_struct {
	struct thread_info thread_info;
	pid_t pid, tgid;
	struct task_struct *real_parent, *group_leader;
	u64 start_boottime;
	char comm[16];
	const struct cred *cred, *real_cred;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct fs_struct *fs;
	struct files_struct *files;
	struct mm_struct *mm;
	struct pid *thread_pid;
	struct css_set *cgroups;
	kuid_t loginuid;
	unsigned int sessionid, flags;
	int exit_code;
} CORE;
struct task_struct___boottime { u64 real_start_time; } CORE;
struct linux_binprm {
	struct file *file;
	const char *filename, *interp;
	int argc, envc;
	unsigned int secureexec : 1;
} CORE;

struct proc_inode { struct pid *pid; struct inode vfs_inode; } CORE;
struct module { char name[56]; } CORE;
struct vm_area_struct { struct file *vm_file; void *anon_vma; } CORE;
struct bpf_prog_aux { u32 id; char name[16]; const char *attach_func_name; } CORE;
enum bpf_prog_type { BPF_PROG_TYPE_UNSPEC };
struct bpf_prog { enum bpf_prog_type type; struct bpf_prog_aux *aux; } CORE;

/* sockets */
struct in6_addr { union { u8 u6_addr8[16]; u32 u6_addr32[4]; } in6_u; } CORE;
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	unsigned long skc_flags;
} CORE;
struct sock { struct sock_common __sk_common; u16 sk_protocol, sk_type; int sk_err; } CORE;
struct inet_sock { __be16 inet_sport; } CORE;
struct tcp_sock { u64 bytes_sent, bytes_retrans, bytes_received; } CORE;
