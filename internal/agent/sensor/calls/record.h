/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of calls.bpf.c: the record of a call, and how many like calls become one.
 */
#pragma once

enum { /* kinds of event, see internal/event/kind.go */
	PROCESS_ACCESS = 30, PROCESS_TAMPER = 31, PROCESS_SIGNAL = 32, CREDENTIAL_CHANGE = 33, MODULE_LOAD = 34,
	MODULE_UNLOAD = 35, BPF_LOAD = 36, BPF_ATTACH = 37, MOUNT_CREATE = 38, MOUNT_REMOVE = 39, NAMESPACE_CHANGE = 40,
	MEMFD_CREATE = 41, MEMORY_EXECUTE = 42, KERNEL_LOG_CLEAR = 43, URING_CREATE = 44,
};
enum { /* the names are in names.go */
	CALL_PTRACE = 1, CALL_VM_READV, CALL_VM_WRITEV, CALL_PIDFD_GETFD, CALL_KILL, CALL_TKILL, CALL_TGKILL,
	CALL_SIGQUEUE, CALL_TGSIGQUEUE, CALL_PIDFD_SIGNAL, CALL_SETUID, CALL_SETGID, CALL_SETREUID, CALL_SETREGID,
	CALL_SETRESUID, CALL_SETRESGID, CALL_CAPSET, CALL_INIT_MODULE, CALL_FINIT_MODULE, CALL_DELETE_MODULE, CALL_BPF,
	CALL_IOCTL, CALL_MOUNT, CALL_UMOUNT2, CALL_MOVE_MOUNT, CALL_PIVOT_ROOT, CALL_UNSHARE, CALL_SETNS,
	CALL_MEMFD_CREATE, CALL_MMAP, CALL_MPROTECT, CALL_SYSLOG, CALL_IO_URING_SETUP,
	CALL_SOCKET,
};

struct call {
	struct head h;
	struct actor a;
	u64 args[4];        /* what they are depends on the call */
	s64 result;
	u64 first, last;    /* nanoseconds since boot, when several are told of */
	u64 target_start;   /* nanoseconds since boot; 0 when unknown */
	u64 capabilities;
	u32 target;         /* number of the process acted on; 0: none */
	u32 target_ns;      /* its pid namespace, when it is not a number of the agent's */
	u32 call, op, count;
	u32 n_text[3];
};

#define SCRATCH_HEAD struct call
#include "../kernel/bpf/scratch.h"
#include "../kernel/bpf/hold.h"

/* Calls of a process that are alike. The first is told at once; those that
 * follow are counted, and told in one record by the sweep. */
struct like { u64 start; u32 pid, target, call, op, kind, failed; };
struct likes { struct call c; u64 told; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1024); __type(key, struct like); __type(value, struct likes); } repeats SEC(".maps");

/* Whether a call is only counted. */
static __always_inline bool is_repeat(const struct call *c, u32 kind)
{
	struct like k = {
		.start = c->a.start, .pid = c->a.pid, .target = c->target, .call = c->call, .op = c->op, .kind = kind,
		.failed = c->result < 0,
	};
	u64 now = bpf_ktime_get_boot_ns();
	struct likes *l = bpf_map_lookup_elem(&repeats, &k);
	if (!l) {
		struct scratch *s = my_scratch();
		if (!s)
			return false;
		/* Built behind the record, where there is room. */
		struct likes *new = (void *)&s->text[TEXT_MASK & 0x7000];
		__builtin_memcpy(&new->c, c, sizeof(*c));
		new->c.h.kind = kind;
		new->c.count = 0;
		new->told = now;
		bpf_map_update_elem(&repeats, &k, new, BPF_NOEXIST); /* full: told one by one */
		return false;
	}
	if (!__sync_fetch_and_add(&l->c.count, 1))
		l->c.first = now;
	l->c.last = now;
	return true;
}

struct sweep { u64 now, gather; };

static long sweep_one(void *map, struct like *k, struct likes *l, struct sweep *w)
{
	if (w->now - l->told < w->gather)
		return 0;
	u32 n = l->c.count;
	if (!n) {
		bpf_map_delete_elem(&repeats, k);
		return 0;
	}
	struct call *r = take(SENSOR_CALLS, k->kind, sizeof(*r));
	if (!r)
		return 0; /* counted as lost; the calls stay counted and are told later */
	struct head h = r->h;
	*r = l->c;
	r->h = h;
	r->count = n;
	r->n_text[0] = r->n_text[1] = r->n_text[2] = 0;
	__sync_fetch_and_sub(&l->c.count, n);
	l->told = w->now;
	give(r);
	return 0;
}

/* Run from user space: tells of the calls that were counted for as long as it
 * says. */
SEC("syscall")
int sweep_calls(struct sweep *in)
{
	struct sweep w = {.now = bpf_ktime_get_boot_ns(), .gather = in->gather};
	bpf_for_each_map_elem(&repeats, sweep_one, &w, 0);
	return 0;
}

/* Takes the scratch; who ends lets it go. */
static __always_inline struct scratch *begin(u32 call, long result)
{
	struct scratch *s = my_scratch();
	if (!s || !hold_scratch(SENSOR_CALLS))
		return NULL;
	struct call *c = &s->head;
	__builtin_memset(c, 0, sizeof(*c));
	fill_actor(&c->a, bpf_get_current_task_btf());
	c->call = call;
	c->result = result;
	c->count = 1;
	return s;
}

/* Tells of the call in the scratch, with off bytes of text. */
static __always_inline int tell(struct scratch *s, u32 kind, u16 flags, u32 off)
{
	release_own_fork();
	give_scratch(s, SENSOR_CALLS, kind, flags, off);
	return 0;
}

/* The same for a call without text that may come often. */
static __always_inline int tell_once(struct scratch *s, u32 kind)
{
	return is_repeat(&s->head, kind) ? 0 : tell(s, kind, 0, 0);
}

/* Puts a text of the process at off; returns the new offset. */
static __always_inline u32 put_text(struct scratch *s, u64 from, u32 size, u32 off)
{
	off &= TEXT_MASK;
	barrier_var(off);
	long n = from ? bpf_probe_read_user_str(&s->text[off & TEXT_MASK], size, (void *)from) : 0;
	return n > 0 ? (off + (u32)n) & TEXT_MASK : off;
}

/* Puts a text of the kernel at off. */
static __always_inline u32 put_own(struct scratch *s, const void *from, u32 size, u32 off)
{
	off &= TEXT_MASK;
	barrier_var(off);
	long n = from ? bpf_probe_read_kernel_str(&s->text[off & TEXT_MASK], size, from) : 0;
	return n > 0 ? (off + (u32)n) & TEXT_MASK : off;
}
