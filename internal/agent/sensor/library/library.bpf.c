//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Files that processes map for execution, at the exit of mmap and mprotect.
 *
 * A file of the system (below the usual folders, root's, writable by nobody
 * else) is loaded all the time by the same programs: such a pair of program
 * and library is told ten times at once and then once a second; what comes on
 * top of that is counted, and told together by the sweep. Any other file is
 * told once for each process.
 */
#include "../kernel/bpf/returns.h"
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/open.h"

struct library {
	struct head h;
	struct actor a;
	struct image f;
	u64 address, size;
	u64 first, last;   /* nanoseconds since boot, when several are told of */
	u32 call, protection, count, n_path;
};

#define SCRATCH_HEAD struct library
#include "../kernel/bpf/scratch.h"
#include "../kernel/bpf/hold.h"

struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, RETURN_SLOTS); __type(key, u32); __type(value, u32); } returns SEC(".maps");

#define SECOND 1000000000ULL
#define BURST 10         /* loads of a pair that are told at once */
#define PATH_KEPT 512    /* bytes of path that a pair keeps */
#define S_IFMT 0170000
#define S_IFREG 0100000
#define ZERO_DEVICE (1 << 20 | 5)

/* A library of the system and the program that loads it. */
struct pair { u64 inode; s64 ctime; u64 program; u32 device, program_device; };
struct loads {
	u64 free;          /* when the pair has all of its burst again */
	u64 start;         /* of the process that loaded last */
	u32 pid, reserved;
	struct library r;  /* of the first load that was only counted */
	char path[PATH_KEPT];
};
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4096); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct pair); __type(value, struct loads); } pairs SEC(".maps");
/* What a process loaded that was told of. */
struct once { u64 start, inode; s64 ctime; u32 device, pid; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 16384); __type(key, struct once); __type(value, u8); } told SEC(".maps");

/* A file as processes know it: on overlayfs the one that was opened and not the
 * one of a layer that is mapped in its place. */
struct found { u64 dentry, mnt, inode, number; s64 ctime; u32 mode, device, rdev; bool written; };

#define FMODE_BACKING (LINUX_KERNEL_VERSION >= LINUX(6, 14) ? 1 << 24 : 1 << 25) /* the bit has moved */
struct backing_file { struct path user_path; } CORE; /* since 6.8; before f_path was that already */

static __always_inline void identify(struct inode *in, struct found *at)
{
	struct image times;
	fill_times(in, &times.mtime, &times.ctime);
	at->inode = (u64)in;
	at->number = MEMBER(in, i_ino);
	at->mode = MEMBER(in, i_mode);
	at->rdev = MEMBER(in, i_rdev);
	at->device = MEMBER(in, i_sb, s_dev);
	at->ctime = times.ctime;
}

static __always_inline void look_at(struct file *f, struct found *at)
{
	struct backing_file *b = (void *)f;
	if (bpf_core_field_exists(b->user_path) && (MEMBER(f, f_mode) & FMODE_BACKING)) {
		at->dentry = (u64)BPF_CORE_READ(b, user_path.dentry);
		at->mnt = (u64)BPF_CORE_READ(b, user_path.mnt);
	} else {
		at->dentry = (u64)BPF_CORE_READ(f, f_path.dentry);
		at->mnt = (u64)BPF_CORE_READ(f, f_path.mnt);
	}
	struct dentry *d = (void *)at->dentry;
	identify(BPF_CORE_READ(d, d_inode), at);
}

static long look(struct task_struct *t, struct vm_area_struct *v, struct found *at)
{
	struct file *f = v->vm_file;
	if (!f)
		return 0;
	at->written = v->anon_vma != NULL;
	look_at(f, at);
	return 0;
}

/* Whether the path in the text, last component first, begins with a folder of
 * the system. */
static __always_inline bool in_system_folder(struct scratch *s, u32 off)
{
	u64 v = 0;
	if (off < 8)
		return false;
	for (int i = 0; i < 8; i++) {
		u32 at = off - 8 + i;
		barrier_var(at);
		v |= (u64)(u8)s->text[at & TEXT_MASK] << (8 * i);
	}
#define TOP3(a, b, c) ((u64)a | (u64)b << 8 | (u64)c << 16)
	u64 four = v >> 24, five = v >> 16, six = v >> 8; /* from a zero byte on */
	return four == TOP3('u', 's', 'r') << 8 || four == TOP3('l', 'i', 'b') << 8 || four == TOP3('o', 'p', 't') << 8 ||
	       four == TOP3('b', 'i', 'n') << 8 || four == TOP3('n', 'i', 'x') << 8 ||
	       five == (TOP3('s', 'b', 'i') | (u64)'n' << 24) << 8 || five == (TOP3('s', 'n', 'a') | (u64)'p' << 24) << 8 ||
	       six == (TOP3('l', 'i', 'b') | (u64)'6' << 24 | (u64)'4' << 32) << 8 ||
	       six == (TOP3('l', 'i', 'b') | (u64)'3' << 24 | (u64)'2' << 32) << 8;
}

static __always_inline void describe(struct library *r, struct inode *in, struct pt_regs *regs, u64 address)
{
	__builtin_memset(r, 0, sizeof(*r));
	fill_actor(&r->a, bpf_get_current_task_btf());
	fill_image(&r->f, in);
	r->address = address;
	r->size = ARG2(regs);
	r->protection = ARG3(regs);
	r->call = CALL(regs) == SYS_mmap ? 1 : CALL(regs) == SYS_mprotect ? 2 : 3;
}

/* Whether a load of a known pair is only counted. */
static __always_inline bool is_counted(struct loads *l, struct task_struct *t, struct inode *in, struct pt_regs *regs, u64 address)
{
	u64 now = bpf_ktime_get_boot_ns(), start = t->group_leader->start_boottime;
	if (l->start == start && l->pid == t->tgid)
		return true; /* another part of the same file */
	l->start = start;
	l->pid = t->tgid;
	if (l->free < now)
		l->free = now;
	if (l->free <= now + (BURST - 1) * SECOND) {
		l->free += SECOND;
		return false;
	}
	if (!__sync_fetch_and_add(&l->r.count, 1)) {
		fill_actor(&l->r.a, t);
		l->r.address = address;
		l->r.size = ARG2(regs);
		l->r.first = now;
	}
	l->r.last = now;
	return true;
}

/* Begins to count the loads of the pair in the scratch, whose path has n bytes. */
static __always_inline void remember(struct scratch *s, struct pair *k, struct task_struct *t, u32 n)
{
	/* Built behind the path, where there is room. */
	struct loads *new = (void *)&s->text[TEXT_MASK & 0x7000];
	new->free = bpf_ktime_get_boot_ns() + SECOND;
	new->start = t->group_leader->start_boottime;
	new->pid = t->tgid;
	new->reserved = 0;
	__builtin_memcpy(&new->r, &s->head, sizeof(s->head));
	new->r.n_path = n;
	n &= PATH_KEPT - 1;
	barrier_var(n);
	bpf_probe_read_kernel(new->path, n, s->text);
	bpf_map_update_elem(&pairs, k, new, BPF_NOEXIST); /* full: told once for each process */
}

/* trace_sys_exit(struct pt_regs *regs, long ret), or where programs at functions
 * load long __x64_sys_mmap(const struct pt_regs *regs) and the like, with what
 * it returns; through returns.bpf.c: called at the end of a call that maps a
 * file for execution, or makes memory executable. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_library_return, struct pt_regs *regs, long ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	if ((ret < 0 && ret > -4096) || !in_scope() || is_compat(t))
		return 0;
	bool mapped = CALL(regs) == SYS_mmap;
	u64 address = mapped ? ret : ARG1(regs);
	struct found at = {};
	/* While another thread changes the memory of the process it cannot be
	 * looked at: then the descriptor says which file it is. */
	if (bpf_find_vma(t, address, look, &at, 0) && mapped) {
		struct file *named = open_file(ARG5(regs));
		if (named)
			look_at(named, &at);
	}
	if (!at.inode || (at.written && !mapped))
		return 0; /* without a file, or told as memory_execute */
	struct inode *in = (void *)at.inode, *program = t->mm->exe_file->f_inode;
	if (in == program)
		return 0;
	if ((at.mode & S_IFMT) != S_IFREG) {
		if (at.rdev == ZERO_DEVICE) /* memory without a file after all */
			bpf_tail_call(ctx, &returns, RETURN_CALLS);
		return 0;
	}
	struct pair k = {
		.inode = at.number, .ctime = at.ctime, .program = program->i_ino,
		.device = at.device, .program_device = program->i_sb->s_dev,
	};
	struct loads *l = bpf_map_lookup_elem(&pairs, &k);
	if (l && is_counted(l, t, in, regs, address))
		return 0;
	struct once o = {
		.start = t->group_leader->start_boottime, .inode = k.inode, .ctime = k.ctime, .device = k.device, .pid = t->tgid,
	};
	if (!l && bpf_map_lookup_elem(&told, &o))
		return 0;
	struct scratch *s = my_scratch();
	if (!s || !hold_scratch(SENSOR_LIBRARY))
		return 0;
	describe(&s->head, in, regs, address);
	u32 got = put_path(at.dentry, mount_of(at.mnt), 0), off = got & TEXT_MASK;
	s->head.n_path = off;
	if (!l) {
		if (s->head.f.uid == 0 && !(s->head.f.mode & 022) && s->head.f.links && off < PATH_KEPT && !(got & PATH_CUT) && in_system_folder(s, off))
			remember(s, &k, t, off);
		u8 one = 1;
		bpf_map_update_elem(&told, &o, &one, BPF_ANY);
	}
	release_own_fork();
	give_scratch(s, SENSOR_LIBRARY, LIBRARY_LOAD, got & PATH_CUT ? RECORD_CUT : 0, off);
	let_scratch_go();
	return 0;
}

struct sweep { u64 now, gather; };

static long sweep_one(void *map, struct pair *k, struct loads *l, struct sweep *w)
{
	u32 n = l->r.count, path = l->r.n_path & (PATH_KEPT - 1);
	if (!n) {
		if (l->free + 600 * SECOND < w->now)
			bpf_map_delete_elem(&pairs, k);
		return 0;
	}
	if (w->now - l->r.first < w->gather)
		return 0;
	fill_head(&l->r.h, SENSOR_LIBRARY, LIBRARY_LOAD, sizeof(l->r) + path);
	if (bpf_ringbuf_output(&ring, &l->r, sizeof(l->r) + path, wake(false))) {
		count_drop(SENSOR_LIBRARY, LIBRARY_LOAD);
		return 0; /* they stay counted and are told later */
	}
	__sync_fetch_and_sub(&l->r.count, n);
	return 0;
}

/* Run from user space: tells of the loads that were counted for as long as it
 * says. */
SEC("syscall")
int sweep_libraries(struct sweep *in)
{
	struct sweep w = {.now = bpf_ktime_get_boot_ns(), .gather = in->gather};
	bpf_for_each_map_elem(&pairs, sweep_one, &w, 0);
	return 0;
}
