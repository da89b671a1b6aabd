/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What all programs share: the ring, the scope, the numbers and drop counters,
 * the head of every record and the section on who acted. The Go side of it is
 * in the package kernel; a map here is the map of that name there.
 */
#pragma once
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define SENSORS 16
#define KINDS 128

enum { SENSOR_EXEC = 1, SENSOR_FILE = 2, SENSOR_NET = 3, SENSOR_CALLS = 4, SENSOR_SHELL = 5, SENSOR_DNS = 6, SENSOR_AUTH = 7, SENSOR_LIBRARY = 8, SENSOR_SYSCTL = 9, SENSOR_TRACE = 10 };
enum { /* numbers of event.Kind */
	PROCESS_START = 1, PROCESS_END = 2, PROCESS_FORK = 3,
	FILE_CREATE = 10, FILE_WRITE = 11, FILE_RENAME = 12, FILE_DELETE = 13,
	FILE_OPEN = 14, FILE_CHMOD = 15, FILE_CHOWN = 16, FILE_XATTR = 17,
	NET_CONNECT = 20, NET_ACCEPT = 21, NET_LISTEN = 22, NET_RAW = 23, NET_CLOSE = 116,
	DEVICE_OPEN = 45, MEMORY_OPEN = 46, SHELL_COMMAND = 95, LIBRARY_LOAD = 96,
	DNS_QUERY = 97, DNS_ANSWER = 98, TLS_HELLO = 99, SYSCTL_CHANGE = 117,
};
enum { /* flags of a record */
	RECORD_URGENT = 1, RECORD_CUT = 2, RECORD_SECURE = 4, RECORD_MEMORY = 8, RECORD_UNREADABLE = 16,
	RECORD_FIRST = 32, /* wakes the reader, as the first after a rest */
};

/* Set before load. */
volatile const bool vedette_scoped = false; /* the scope slot is filled */
volatile const u32 vedette_pidns = 0;       /* agent's pid namespace; 0 is the first */
volatile const u32 vedette_fill = 0;        /* bytes in the ring that wake the reader */

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 23); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } scope SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, SENSORS); __uint(map_flags, BPF_F_MMAPABLE); __type(key, u32); __type(value, u64); } numbers SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, SENSORS * KINDS); __uint(map_flags, BPF_F_MMAPABLE); __type(key, u32); __type(value, u64); } drops SEC(".maps");

struct head {
	u8 sensor, kind;
	u16 flags;
	u32 size;   /* of the whole record */
	u64 time;   /* nanoseconds since boot */
	u64 number; /* of the sensor, from 1 */
};

/* The thread group that acted. */
struct actor {
	u64 start; /* nanoseconds since boot */
	u32 pid;   /* in the agent's pid namespace */
	u32 uid, gid, euid, egid;
	u32 mntns;
};

/* Reads a member of what a pointer points to, or of what that points to. Where
 * the verifier knows the pointer, it is read in place, which costs a tenth of a
 * call of a helper. ANY_MEMBER is for any pointer: a newer kernel lets us say of
 * what type it is; the choice is made at load, and what is not taken falls away.
 * MEMBER is that too, but in place in an object that defines KNOWN_POINTERS,
 * because the kernel hands all its pointers to its programs. */
extern int LINUX_KERNEL_VERSION __kconfig;
extern void *bpf_rdonly_cast(const void *object, u32 type) __ksym __weak;
#define LINUX(major, minor) ((major) << 16 | (minor) << 8)
#define CAN_CAST (LINUX_KERNEL_VERSION >= LINUX(6, 12) && bpf_rdonly_cast)
#define CAST(p) ((typeof(p))bpf_rdonly_cast((p), bpf_core_type_id_kernel(typeof(*(p)))))
#define ANY_MEMBER(p, a, ...) (CAN_CAST ? ___arrow(CAST(p), a, ##__VA_ARGS__) : BPF_CORE_READ(p, a, ##__VA_ARGS__))
#ifdef KNOWN_POINTERS
#define MEMBER(p, a, ...) ___arrow((p), a, ##__VA_ARGS__)
#else
#define MEMBER ANY_MEMBER
#endif

/* Whether the current task is one that the agent may see. */
static __always_inline bool in_scope(void)
{
	return !vedette_scoped || bpf_current_task_under_cgroup(&scope, 0) == 1;
}

/* The number of p in the agent's pid namespace; 0 when it is not seen there. */
static __always_inline u32 pid_number(struct pid *p)
{
	if (vedette_pidns) {
		u32 level = ANY_MEMBER(p, level);
		for (u32 i = 1; i < 8; i++) {
			struct upid u;
			if (i > level)
				break;
			if (bpf_core_read(&u, sizeof(u), &p->numbers[i]))
				break;
			if (ANY_MEMBER(u.ns, ns.inum) == vedette_pidns)
				return u.nr;
		}
		return 0;
	}
	return ANY_MEMBER(p, numbers[0].nr);
}

/* The number of p in its own pid namespace. */
static __always_inline u32 own_number(struct pid *p)
{
	struct upid u;
	u32 level = ANY_MEMBER(p, level);
	if (!level)
		return ANY_MEMBER(p, numbers[0].nr);
	if (bpf_core_read(&u, sizeof(u), &p->numbers[level & 31]))
		return 0;
	return u.nr;
}

static __always_inline u32 process_number(struct task_struct *t)
{
	if (!vedette_pidns)
		return t->tgid;
	return pid_number(t->group_leader->thread_pid);
}

/* t is a pointer that the verifier knows: its members are read in place, which
 * costs a tenth of a call of a helper. */
static __always_inline void fill_actor(struct actor *a, struct task_struct *t)
{
	const struct cred *c = t->cred;
	a->start = t->group_leader->start_boottime;
	a->pid = process_number(t);
	if (!a->pid)
		a->pid = t->tgid; /* not seen in the agent's namespace */
	a->uid = c->uid.val;
	a->gid = c->gid.val;
	a->euid = c->euid.val;
	a->egid = c->egid.val;
	struct nsproxy *ns = t->nsproxy;
	a->mntns = ns ? ns->mnt_ns->ns.inum : 0;
}

/* What is known of a file from its inode. */
struct image {
	u64 inode, size;
	s64 mtime, ctime; /* nanoseconds since 1970 */
	u32 device, mode, uid, gid, links, reserved;
	char filesystem[16];
};

/* Modification and change, nanoseconds since 1970. */
static __always_inline void fill_times(struct inode *in, s64 *mtime, s64 *ctime)
{
	if (bpf_core_field_exists(in->i_ctime_sec)) {
		/* Bit 31 of the nanoseconds is a mark of the kernel's since 6.13. */
		*ctime = MEMBER(in, i_ctime_sec) * 1000000000LL + (MEMBER(in, i_ctime_nsec) & 0x7fffffff);
		*mtime = MEMBER(in, i_mtime_sec) * 1000000000LL + (MEMBER(in, i_mtime_nsec) & 0x7fffffff);
		return;
	}
	struct inode___6_6 *i = (void *)in;
	struct inode___6_1 *old = (void *)in;
	if (bpf_core_field_exists(i->__i_ctime))
		*ctime = MEMBER(i, __i_ctime.tv_sec) * 1000000000LL + MEMBER(i, __i_ctime.tv_nsec);
	else
		*ctime = MEMBER(old, i_ctime.tv_sec) * 1000000000LL + MEMBER(old, i_ctime.tv_nsec);
	if (bpf_core_field_exists(i->__i_mtime))
		*mtime = MEMBER(i, __i_mtime.tv_sec) * 1000000000LL + MEMBER(i, __i_mtime.tv_nsec);
	else
		*mtime = MEMBER(old, i_mtime.tv_sec) * 1000000000LL + MEMBER(old, i_mtime.tv_nsec);
}

static __always_inline void fill_inode(struct image *f, struct inode *in)
{
	f->inode = MEMBER(in, i_ino);
	f->size = MEMBER(in, i_size);
	f->device = MEMBER(in, i_sb, s_dev);
	f->mode = MEMBER(in, i_mode);
	f->uid = MEMBER(in, i_uid.val);
	f->gid = MEMBER(in, i_gid.val);
	f->links = MEMBER(in, i_nlink);
	fill_times(in, &f->mtime, &f->ctime);
}

static __always_inline void fill_image(struct image *f, struct inode *in)
{
	fill_inode(f, in);
	bpf_probe_read_kernel_str(f->filesystem, sizeof(f->filesystem), MEMBER(in, i_sb, s_type, name));
}

/* Takes the next number of the sensor: before the ring is asked for room, so
 * that a record that finds none leaves a gap. */
static __always_inline void fill_head(struct head *h, u8 sensor, u8 kind, u32 size)
{
	u32 i = sensor;
	u64 *n = bpf_map_lookup_elem(&numbers, &i);
	h->sensor = sensor;
	h->kind = kind;
	h->flags = 0;
	h->size = size;
	h->time = bpf_ktime_get_boot_ns();
	h->number = n ? __sync_fetch_and_add(n, 1) + 1 : 0;
}

static __always_inline void count_drop(u8 sensor, u8 kind)
{
	u32 i = sensor * KINDS + kind;
	u64 *n = bpf_map_lookup_elem(&drops, &i);
	if (n)
		__sync_fetch_and_add(n, 1);
}

/* How to wake the reader: a wake-up costs more than all else, so only what is
 * urgent and a filling ring do; the reader looks by itself every few
 * milliseconds. No record may use the default flag 0: the kernel's own rule
 * for waking breaks when the two are mixed. */
static __always_inline u64 wake(bool urgent)
{
	if (urgent || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= vedette_fill)
		return BPF_RB_FORCE_WAKEUP;
	return BPF_RB_NO_WAKEUP;
}

/* Room for a record of fixed size, with its head filled; NULL is counted. */
static __always_inline void *take(u8 sensor, u8 kind, u64 size)
{
	struct head h, *r;
	fill_head(&h, sensor, kind, size);
	r = bpf_ringbuf_reserve(&ring, size, 0);
	if (!r) {
		count_drop(sensor, kind);
		return NULL;
	}
	*r = h; /* not by memcpy to void: without a known alignment that is byte by byte */
	return r;
}

static __always_inline void give(void *record)
{
	bpf_ringbuf_submit(record, wake(false));
}

/* Forks that were not told yet. Most are followed by an execution at once, and
 * an event of its own for them would say nothing: a fork is told when the child
 * does something else that is told, ends, or has executed nothing for a second
 * (sweep_forks in exec.bpf.c). It takes its number when it is told. */
struct forked { struct actor a; u64 child_start; u32 child_pid, nspid; char name[16]; };
struct pending { u64 time; struct forked f; };
struct fork { struct head h; struct forked f; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4096); __type(key, u32); __type(value, struct pending); } forks SEC(".maps");

static __always_inline void tell_fork(const struct pending *p)
{
	struct fork *r = take(SENSOR_EXEC, PROCESS_FORK, sizeof(*r));
	if (!r)
		return;
	r->h.time = p->time;
	r->f = p->f;
	give(r);
}

/* Tells of the fork of a thread group that was not told: to be called before
 * anything else of it is told. */
static __always_inline void release_fork(u32 tgid)
{
	struct pending *p = bpf_map_lookup_elem(&forks, &tgid), copy;
	if (!p)
		return;
	copy = *p;
	if (!bpf_map_delete_elem(&forks, &tgid)) /* else another was faster */
		tell_fork(&copy);
}

static __always_inline void release_own_fork(void)
{
	release_fork(bpf_get_current_pid_tgid() >> 32);
}

#define PF_FORKNOEXEC 0x40 /* of a task: it has executed nothing since it was made */

/* The same for a task that the verifier knows, for programs which the kernel
 * does not call on the way of an execution: there the mark is gone before the
 * execution is told. */
static __always_inline void release_task_fork(struct task_struct *t)
{
	if (t->group_leader->flags & PF_FORKNOEXEC)
		release_fork(t->tgid);
}
