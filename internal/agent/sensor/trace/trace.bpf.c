//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The system calls of one process, each told when it ends. Attached only while
 * somebody asks; the first test of a call of any other process is one number.
 */
#include "../kernel/bpf/syscalls.h"
#include "../kernel/bpf/vedette.h"

#if defined(__TARGET_ARCH_x86)
#define ARG6(r) ((r)->r9)
#else
#define ARG6(r) ((r)->regs[5])
#endif

#define CALLS 512
#define TEXT 256
#define SECOND 1000000000ULL

/* How the text of a call is found, of form.go: a way in the upper and the
 * number of an argument in the lower half; of the second text behind it. */
enum { WAY_PATH = 1, WAY_BYTES = 2, WAY_VECTOR = 3, WAY_MESSAGE = 4, LISTED = 0x8000 };

/* Set before load. */
volatile const u32 trace_process = 0; /* in the agent's pid namespace */
volatile const u32 trace_rate = 0;    /* records a second */
volatile const u16 trace_forms[CALLS] = {};

/* What was not told; read at the end. */
struct counts { u64 second, taken, limited, full, compat; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct counts); } untold SEC(".maps");

struct call {
	struct head h;
	u64 args[6];
	s64 result;
	u32 thread, number;
	s32 size[2]; /* of the texts; negative: could not be read */
};
struct call_1 { struct call c; char text[TEXT]; };
struct call_2 { struct call c; char text[2 * TEXT]; };

static __always_inline u64 argument(struct pt_regs *regs, u32 n)
{
	switch (n) {
	case 1: return ARG1(regs);
	case 2: return ARG2(regs);
	case 3: return ARG3(regs);
	case 4: return ARG4(regs);
	case 5: return ARG5(regs);
	case 6: return ARG6(regs);
	}
	return 0;
}

/* Whether one more record may be told in this second. Threads that come at the
 * same time may each begin the second: a few more are told then. */
static __always_inline bool may_tell(struct counts *n)
{
	u64 now = bpf_ktime_get_boot_ns();
	if (now - n->second >= SECOND) {
		n->second = now;
		n->taken = 0;
	}
	if (__sync_fetch_and_add(&n->taken, 1) < trace_rate)
		return true;
	__sync_fetch_and_add(&n->limited, 1);
	return false;
}

/* Room in the ring, of which the events of the sensors keep the half. */
static __always_inline void *room(struct counts *n, u64 size)
{
	void *r = NULL;
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < 4 * (u64)vedette_fill)
		r = bpf_ringbuf_reserve(&ring, size, 0);
	if (!r)
		__sync_fetch_and_add(&n->full, 1);
	return r;
}

static __always_inline void fill(struct call *c, struct pt_regs *regs, long ret, u32 size)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct head h;
	fill_head(&h, SENSOR_TRACE, 0, size);
	c->h = h;
	c->args[0] = ARG1(regs);
	c->args[1] = ARG2(regs);
	c->args[2] = ARG3(regs);
	c->args[3] = ARG4(regs);
	c->args[4] = ARG5(regs);
	c->args[5] = ARG6(regs);
	c->result = ret;
	c->thread = vedette_pidns ? pid_number(BPF_CORE_READ(t, thread_pid)) : t->pid;
	c->number = CALL(regs);
	c->size[0] = c->size[1] = 0;
}

static __always_inline s32 path(char *to, u64 from)
{
	if (!from)
		return 0;
	return bpf_probe_read_user_str(to, TEXT, (void *)from);
}

static __always_inline s32 bytes(char *to, u64 from, long n)
{
	if (n <= 0)
		return 0;
	if (n > TEXT)
		n = TEXT;
	long err = bpf_probe_read_user(to, n, (void *)from);
	return err ? err : n;
}

/* The first bytes of those that an iovec names, up to total; to has 2 * TEXT. */
static __always_inline s32 vector(char *to, u64 from, u64 pieces, long total)
{
	struct { u64 base, size; } v;
	u32 off = 0;
	if (total > TEXT)
		total = TEXT;
	for (u32 i = 0; i < 8; i++) {
		if (i >= pieces || off >= total)
			break;
		long err = bpf_probe_read_user(&v, sizeof(v), (void *)(from + i * sizeof(v)));
		if (err)
			return err;
		u64 n = v.size;
		if (n > total - off)
			n = total - off;
		if (n > TEXT)
			n = TEXT;
		off &= TEXT - 1;
		barrier_var(off);
		if (n && (err = bpf_probe_read_user(to + (off & (TEXT - 1)), n, (void *)v.base)))
			return err;
		off += n;
	}
	return off;
}

static __always_inline int tell_plain(struct counts *n, struct pt_regs *regs, long ret)
{
	struct call *r = room(n, sizeof(*r));
	if (!r)
		return 0;
	fill(r, regs, ret, sizeof(*r));
	give(r);
	return 0;
}

static __always_inline int tell_text(struct counts *n, struct pt_regs *regs, long ret, u32 way, u64 from)
{
	struct call_1 *r = room(n, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->c, regs, ret, sizeof(*r));
	r->c.size[0] = way == WAY_PATH ? path(r->text, from) : bytes(r->text, from, ret);
	give(r);
	return 0;
}

static __always_inline int tell_paths(struct counts *n, struct pt_regs *regs, long ret, u64 first, u64 second)
{
	struct call_2 *r = room(n, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->c, regs, ret, sizeof(*r));
	r->c.size[0] = path(r->text, first);
	r->c.size[1] = path(r->text + TEXT, second);
	give(r);
	return 0;
}

static __always_inline int tell_vector(struct counts *n, struct pt_regs *regs, long ret, u64 from, u64 pieces)
{
	struct call_2 *r = room(n, sizeof(*r));
	if (!r)
		return 0;
	fill(&r->c, regs, ret, sizeof(*r));
	r->c.size[0] = vector(r->text, from, pieces, ret);
	give(r);
	return 0;
}

/* trace_sys_exit(struct pt_regs *regs, long ret), called at the end of every
 * system call while the program is attached. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_traced_return, struct pt_regs *regs, long ret)
{
	struct task_struct *t = bpf_get_current_task_btf();
	if (process_number(t) != trace_process || !in_scope())
		return 0;
	u32 zero = 0;
	struct counts *n = bpf_map_lookup_elem(&untold, &zero);
	if (!n)
		return 0;
	if (is_compat(t)) {
		__sync_fetch_and_add(&n->compat, 1);
		return 0;
	}
	u64 number = CALL(regs);
	if (number >= CALLS)
		return 0;
	u16 form = trace_forms[number];
	if (!(form & LISTED) || !may_tell(n))
		return 0;
	u32 way = form >> 4 & 7;
	u64 from = argument(regs, form & 15);
	switch (way) {
	case WAY_PATH:
		if (form >> 8 & 15)
			return tell_paths(n, regs, ret, from, argument(regs, form >> 8 & 15));
		return tell_text(n, regs, ret, way, from);
	case WAY_BYTES:
		if (ret > 0)
			return tell_text(n, regs, ret, way, from);
		break;
	case WAY_VECTOR:
		if (ret > 0)
			return tell_vector(n, regs, ret, from, argument(regs, (form & 15) + 1));
		break;
	case WAY_MESSAGE: {
		struct { u64 name, length, vector, pieces; } m;
		if (ret > 0 && !bpf_probe_read_user(&m, sizeof(m), (void *)from))
			return tell_vector(n, regs, ret, m.vector, m.pieces);
		break;
	}
	}
	return tell_plain(n, regs, ret);
}
