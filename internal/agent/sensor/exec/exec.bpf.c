//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Execution, fork and end of processes, from typed tracepoints. All is read
 * from the kernel's memory in the context of the task itself, so that also a
 * process that ends at once is described whole.
 */
#include "../kernel/bpf/urgent.h"
#include "../kernel/bpf/vedette.h"

#define ARGS_MAX 28672
#define ENV_MAX 8192

/* Ends that were told, of processes with more than one thread. */
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 4096); __type(key, u64); __type(value, u64); } ended SEC(".maps");

struct start {
	struct head h;
	struct actor a;
	struct image f;
	u64 parent_start, cgroup, capabilities;
	u32 parent_pid, nspid, session, group;
	u32 loginuid, sessionid;
	u32 ns_pid, ns_net, ns_uts;
	u32 args_count, args_size;
	u32 env_size; /* of the whole environment, bytes */
	char parent_name[16], tty[16];
	u32 n_filename, n_interp, n_exe, n_cwd, n_cgroup, n_args, n_env; /* bytes of text each */
	u32 reserved;
};
struct end { struct head h; struct actor a; s32 code; u32 reserved; char name[16]; };

#define SCRATCH_HEAD struct start
#include "../kernel/bpf/scratch.h"

/* Puts n bytes of the task's own memory into the text at off; stops where the
 * memory cannot be read. Page by page, as a page may be gone. */
__noinline int put_user(u64 from, u32 n, u32 off)
{
	struct scratch *s = my_scratch();
	if (!s)
		return off & TEXT_MASK;
	if (n > ARGS_MAX)
		n = ARGS_MAX;
	for (int i = 0; i < 9; i++) {
		u32 chunk = 4096 - (u32)(from & 4095);
		if (n == 0)
			break;
		if (chunk > n)
			chunk = n;
		off &= TEXT_MASK;
		barrier_var(off);
		chunk &= 8191;
		barrier_var(chunk);
		if (chunk > 4096)
			break;
		if (bpf_probe_read_user(&s->text[off & TEXT_MASK], chunk, (void *)from))
			break;
		off = (off + chunk) & TEXT_MASK;
		from += chunk;
		n -= chunk;
		barrier_var(n);
	}
	return off & TEXT_MASK;
}

/* Puts the whole of the executed file's name and the interpreter's. */
static __always_inline u32 put_string(struct scratch *s, const char *from, u32 off)
{
	off &= TEXT_MASK;
	barrier_var(off);
	long n = bpf_probe_read_kernel_str(&s->text[off & TEXT_MASK], 4096, from);
	return n > 0 ? (off + (u32)n) & TEXT_MASK : off;
}

/* Puts the names of a cgroup and of those above it, as put_path does. */
__noinline int put_cgroup(u64 node, u32 off)
{
	struct scratch *s = my_scratch();
	struct kernfs_node *k = (void *)node;
	if (!s)
		return off & TEXT_MASK;
	for (int i = 0; i < 16; i++) {
		struct kernfs_node___6_15 *new = (void *)k;
		struct kernfs_node *up;
		if (bpf_core_field_exists(new->__parent))
			up = MEMBER(new, __parent);
		else
			up = MEMBER(k, parent);
		if (!up)
			break;
		off &= TEXT_MASK;
		barrier_var(off);
		long n = bpf_probe_read_kernel_str(&s->text[off & TEXT_MASK], NAME_MAX, MEMBER(k, name));
		if (n > 0)
			off = (off + (u32)n) & TEXT_MASK;
		k = up;
	}
	return off & TEXT_MASK;
}

static __always_inline void fill_process(struct start *r, struct task_struct *t)
{
	struct task_struct *parent = t->real_parent;
	r->parent_start = parent->group_leader->start_boottime;
	r->parent_pid = process_number(parent);
	__builtin_memcpy(r->parent_name, parent->group_leader->comm, sizeof(r->parent_name));
	r->capabilities = t->cred->cap_effective.val;
	r->loginuid = t->loginuid.val;
	r->sessionid = t->sessionid;
	r->cgroup = bpf_get_current_cgroup_id();

	struct pid *pid = t->thread_pid;
	u32 level = pid->level & 31;
	r->nspid = own_number(pid);
	r->ns_pid = level ? BPF_CORE_READ(pid, numbers[level].ns, ns.inum) : MEMBER(pid, numbers[0].ns, ns.inum);
	struct signal_struct *sig = t->signal;
	r->session = pid_number(sig->pids[PIDTYPE_SID]);
	r->group = pid_number(sig->pids[PIDTYPE_PGID]);
	struct nsproxy *ns = t->nsproxy;
	r->ns_net = ns->net_ns->ns.inum;
	r->ns_uts = ns->uts_ns->ns.inum;
	struct tty_struct *tty = sig->tty;
	if (tty)
		bpf_core_read_str(r->tty, sizeof(r->tty), &tty->name);
}

/* fold writes the letters of ASCII small, as the list of urgent names has them:
 * rules compare without case. */
static __always_inline void fold(struct name_key *k)
{
	for (u32 i = 0; i < sizeof(k->name); i++) {
		u8 c = k->name[i];
		k->name[i] = c + (((u8)(c - 'A') < 26) << 5);
	}
}

static __always_inline bool is_urgent(struct start *r, struct file *f, u32 on)
{
	u32 flags = r->h.flags;
	if ((on & URGENT_MEMORY) && (flags & RECORD_MEMORY))
		return true;
	if ((on & URGENT_USER) && ((flags & RECORD_SECURE) || r->a.uid != r->a.euid))
		return true;
	if (on & URGENT_FILES) {
		struct file_key k = {.inode = r->f.inode, .device = r->f.device};
		if (bpf_map_lookup_elem(&urgent_files, &k))
			return true;
	}
	if (on & URGENT_NAMES) {
		struct name_key k = {};
		bpf_probe_read_kernel_str(k.name, sizeof(k.name), f->f_path.dentry->d_name.name);
		fold(&k);
		if (bpf_map_lookup_elem(&urgent_names, &k))
			return true;
	}
	return false;
}

/* An execution after a rest is told at once: a program that removes itself is
 * still there to be hashed then. A little shorter than the interval of the
 * reader, so that under load this wakes it and the interval does not, too. */
#define REST 190000000 /* nanoseconds */
static u64 told_at_once;

static __always_inline bool rested(void)
{
	u64 now = bpf_ktime_get_boot_ns();
	if (now - told_at_once < REST)
		return false;
	told_at_once = now;
	return true;
}

/* trace_sched_process_exec(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm),
 * called by exec_binprm when the new program is in place and has not run. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *t, pid_t old, struct linux_binprm *bprm)
{
	if (!in_scope())
		return 0;
	u32 tgid = t->tgid;
	bpf_map_delete_elem(&forks, &tgid); /* needs no telling any more */
	struct scratch *s = my_scratch();
	if (!s)
		return 0;
	struct start *r = &s->head;
	__builtin_memset(r, 0, sizeof(*r));
	fill_actor(&r->a, t);
	fill_process(r, t);
	struct file *f = bprm->file;
	fill_image(&r->f, f->f_inode);
	r->args_count = bprm->argc;
	u16 flags = 0;
	if (r->f.links == 0)
		flags |= RECORD_MEMORY;
	if (BPF_CORE_READ_BITFIELD(bprm, secureexec))
		flags |= RECORD_SECURE;

	const char *filename = bprm->filename, *interp = bprm->interp;
	u32 off = 0, from = 0, got;
	off = put_string(s, filename, off);
	r->n_filename = off;
	if (interp != filename) {
		from = off;
		off = put_string(s, interp, off);
		r->n_interp = off - from;
	}
	from = off;
	got = put_path_of(&f->f_path, off);
	flags |= got & PATH_CUT ? RECORD_CUT : 0;
	off = got & TEXT_MASK;
	r->n_exe = off - from;
	from = off;
	got = put_path_of(&t->fs->pwd, off);
	flags |= got & PATH_CUT ? RECORD_CUT : 0;
	off = got & TEXT_MASK;
	r->n_cwd = off - from;
	from = off;
	struct cgroup *group = t->cgroups->dfl_cgrp;
	off = put_cgroup((u64)BPF_CORE_READ(group, kn), off) & TEXT_MASK;
	r->n_cgroup = off - from;

	struct mm_struct *mm = t->mm;
	u64 start = mm->arg_start, size = mm->arg_end - start;
	r->args_size = size;
	if (size > ARGS_MAX) {
		size = ARGS_MAX;
		flags |= RECORD_CUT;
	}
	/* Names of 32 kB and arguments of 28 kB do not go together. */
	if (off + size > TEXT_MASK) {
		size = TEXT_MASK - off;
		flags |= RECORD_CUT;
	}
	from = off;
	off = put_user(start, size, off) & TEXT_MASK;
	r->n_args = off - from;
	if (r->n_args < size)
		flags |= RECORD_UNREADABLE;

	/* The beginning of the environment as it is: to look for names here would
	 * cost more than to hand on what is mostly a kilobyte. */
	start = mm->env_start;
	size = mm->env_end - start;
	r->env_size = size;
	if (size > ENV_MAX)
		size = ENV_MAX;
	if (off + size > TEXT_MASK)
		size = TEXT_MASK - off;
	from = off;
	off = put_user(start, size, off) & TEXT_MASK;
	r->n_env = off - from;

	u32 zero = 0, *on = bpf_map_lookup_elem(&urgent_on, &zero);
	r->h.flags = flags;
	if (on && *on && is_urgent(r, f, *on))
		flags |= RECORD_URGENT;
	if (rested())
		flags |= RECORD_FIRST;
	give_scratch(s, SENSOR_EXEC, PROCESS_START, flags, off);
	return 0;
}

/* trace_sched_process_fork(struct task_struct *parent, struct task_struct *child),
 * called by kernel_clone before the child runs. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->pid != child->tgid || !in_scope())
		return 0;
	release_own_fork();
	struct pending p = {.time = bpf_ktime_get_boot_ns()};
	struct forked *f = &p.f;
	u32 tgid = child->tgid;
	fill_actor(&f->a, parent);
	f->child_start = child->start_boottime;
	f->child_pid = process_number(child);
	if (!f->child_pid)
		f->child_pid = tgid;
	f->nspid = own_number(child->thread_pid);
	__builtin_memcpy(f->name, child->comm, sizeof(f->name));
	if (bpf_map_update_elem(&forks, &tgid, &p, BPF_ANY))
		tell_fork(&p); /* no room to wait */
	return 0;
}

struct sweep { u64 older; /* nanoseconds */ u64 now; };

static long sweep_one(void *map, u32 *tgid, struct pending *p, struct sweep *c)
{
	if (c->now - p->time >= c->older)
		release_fork(*tgid);
	return 0;
}

/* Run from user space: tells of the forks that wait for longer than it says. */
SEC("syscall")
int sweep_forks(struct sweep *in)
{
	struct sweep c = {.older = in->older, .now = bpf_ktime_get_boot_ns()};
	bpf_for_each_map_elem(&forks, sweep_one, &c, 0);
	return 0;
}

#define SIGNAL_GROUP_EXIT 4

/* trace_sched_process_exit(struct task_struct *p[, bool group_dead since 6.16]),
 * called by do_exit after the task left the count of live threads. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *t)
{
	struct signal_struct *sig = t->signal;
	if (sig->live.counter != 0 || !in_scope())
		return 0;
	struct task_struct *leader = t->group_leader;
	/* The last threads may come here together: one tells of the end. It finds
	 * another of its process and says so in ended; the others look, even when
	 * the first is gone and the last of them stands alone. */
	u64 key = (u64)leader, start = leader->start_boottime;
	u64 *told = bpf_map_lookup_elem(&ended, &key);
	if (told && *told == start)
		return 0;
	if (sig->nr_threads > 1) {
		if (told)
			bpf_map_delete_elem(&ended, &key);
		if (bpf_map_update_elem(&ended, &key, &start, BPF_NOEXIST))
			return 0;
	}
	release_own_fork();
	struct end *r = take(SENSOR_EXEC, PROCESS_END, sizeof(*r));
	if (!r)
		return 0;
	fill_actor(&r->a, t);
	r->code = leader->exit_code;
	if (sig->flags & SIGNAL_GROUP_EXIT)
		r->code = sig->group_exit_code;
	r->reserved = 0;
	__builtin_memcpy(r->name, leader->comm, sizeof(r->name));
	give(r);
	return 0;
}
