//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Logons as the library of PAM sees them: the calls of its functions and what
 * they returned. The facts (service, user, where from) are read from the
 * handle when the function returns, because the user may be asked for in
 * between.
 *
 * The handle is the library's own. In every Linux-PAM since 1.0 its first
 * members are those of ITEMS_AT below; at pam_start, whose arguments are
 * public, the place is checked, looked for when it is another, and noted with
 * the handle.
 *
 * Passwords are never read.
 */
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/probe.h"

enum { /* cookies of the places, of attach.go */
	PAM_START = 1, PAM_START_CONFDIR = 2, PAM_AUTHENTICATE = 3, PAM_ACCOUNT = 4, PAM_OPEN = 5, PAM_CLOSE = 6, PAM_ASK = 7,
};
enum { AUTH_LOGIN = 90, AUTH_LOGOUT = 91, AUTH_FAIL = 92 }; /* numbers of event.Kind */
enum { PAM_ASKED = 1, PAM_UNCHECKED = 2, PAM_BLIND = 4 };

/* struct pam_handle: authtok, caller_is, pam_conversation, oldauthtok, prompt,
 * then service_name, user, rhost, ruser, tty. */
#define ITEMS_AT 40
#define ITEMS_END 192
#define ITEMS_NONE 0xffffffff

/* A call that has not returned. */
struct call_key { u64 task; u64 function; };
struct call { u64 handle; u32 flags; u32 reserved; char service[32]; char user[128]; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, struct call_key); __type(value, struct call); } calls SEC(".maps");

/* A handle whose pam_start was seen. */
struct handle_key { u64 handle; u64 tgid; };
struct handle { u32 items; u32 reserved; char service[32]; char user[128]; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 1024); __type(key, struct handle_key); __type(value, struct handle); } handles SEC(".maps");

/* What a function would not fit on the stack with. */
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct call); } call_room SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct handle); } handle_room SEC(".maps");

struct pam {
	struct head h;
	struct actor a;
	u64 handle;
	s32 result;
	u32 function, flags;
	u32 parent; /* thread group, in the agent's pid namespace */
	u32 sessionid;
	char service[32], user[128], rhost[256], ruser[128], tty[64];
};

static __always_inline void put_text(char *to, u32 size, u64 from)
{
	to[0] = 0;
	if (from && bpf_probe_read_user_str(to, size, (void *)from) < 0)
		to[0] = 0;
}

SEC("uprobe")
int on_pam_call(struct pt_regs *regs)
{
	if (!in_scope())
		return 0;
	u32 zero = 0;
	struct call_key key = { bpf_get_current_pid_tgid(), bpf_get_attach_cookie(regs) };
	if (key.function == PAM_ASK) {
		/* pam_get_authtok(pam_handle_t *, int item, const char **authtok,
		 * const char *prompt): a module asks for a password. */
		key.function = PAM_AUTHENTICATE;
		struct call *asking = bpf_map_lookup_elem(&calls, &key);
		if (asking)
			asking->flags |= PAM_ASKED;
		return 0;
	}
	struct call *c = bpf_map_lookup_elem(&call_room, &zero);
	if (!c)
		return 0;
	c->flags = 0;
	c->service[0] = c->user[0] = 0;
	switch (key.function) {
	case PAM_START:
		/* pam_start(const char *service_name, const char *user,
		 * const struct pam_conv *, pam_handle_t **pamh) */
		c->handle = USER_ARG4(regs);
		break;
	case PAM_START_CONFDIR:
		/* the same with const char *confdir before pamh */
		c->handle = USER_ARG5(regs);
		key.function = PAM_START;
		break;
	default: /* int pam_authenticate(pam_handle_t *, int flags) and others like it */
		c->handle = USER_ARG1(regs);
	}
	if (key.function == PAM_START) {
		put_text(c->service, sizeof(c->service), USER_ARG1(regs));
		put_text(c->user, sizeof(c->user), USER_ARG2(regs));
	}
	bpf_map_update_elem(&calls, &key, c, BPF_ANY);
	return 0;
}

/* The first eight characters of a text, of which n with its end were read; the
 * library keeps services in lower case, so that case does not count. */
static __always_inline u64 begin_of(u64 text, long n)
{
	if (n < 2) /* none */
		return 0;
	if (n < 9)
		text &= (1ULL << ((n - 1) * 8)) - 1;
	return text | 0x2020202020202020;
}

/* Notes where the items of a new handle are. */
static __always_inline void started(struct call *c)
{
	u32 zero = 0;
	struct handle_key key = { 0, bpf_get_current_pid_tgid() >> 32 };
	struct handle *n = bpf_map_lookup_elem(&handle_room, &zero);
	if (!n || bpf_probe_read_user(&key.handle, sizeof(key.handle), (void *)c->handle) || !key.handle)
		return;
	__builtin_memcpy(n->service, c->service, sizeof(n->service));
	__builtin_memcpy(n->user, c->user, sizeof(n->user));
	n->items = ITEMS_NONE;
	u64 want[2] = {};
	long size = bpf_probe_read_kernel_str(want, 9, c->service);
	want[0] = begin_of(want[0], size);
	/* Unrolled: the verifier of 6.1 refuses a loop whose end falls into its
	 * beginning, as clang lays it out behind a call. */
#pragma unroll
	for (int i = -1; i < ITEMS_END / 8; i++) {
		u32 place = i < 0 ? ITEMS_AT : i * 8;
		u64 at = 0, text[2] = {};
		bpf_probe_read_user(&at, sizeof(at), (void *)(key.handle + place));
		if (!at)
			continue;
		size = bpf_probe_read_user_str(text, 9, (void *)at);
		if (want[0] && begin_of(text[0], size) == want[0]) {
			n->items = place;
			break;
		}
	}
	bpf_map_update_elem(&handles, &key, n, BPF_ANY);
}

/* The handle as its pam_start was seen: by this process or by the one that
 * forked it. */
static __always_inline struct handle *known(u64 handle, u32 parent)
{
	struct handle_key key = { handle, bpf_get_current_pid_tgid() >> 32 };
	struct handle *n = bpf_map_lookup_elem(&handles, &key);
	if (n)
		return n;
	key.tgid = parent;
	return bpf_map_lookup_elem(&handles, &key);
}

static __always_inline void fill_items(struct pam *r, u32 parent)
{
	struct handle *n = known(r->handle, parent);
	u64 items[5] = {}; /* service, user, rhost, ruser, tty */
	u32 place = n ? n->items : ITEMS_AT;
	if (!n)
		r->flags |= PAM_UNCHECKED;
	if (place == ITEMS_NONE || bpf_probe_read_user(items, sizeof(items), (void *)(r->handle + place)))
		r->flags |= PAM_BLIND;
	put_text(r->service, sizeof(r->service), items[0]);
	put_text(r->user, sizeof(r->user), items[1]);
	put_text(r->rhost, sizeof(r->rhost), items[2]);
	put_text(r->ruser, sizeof(r->ruser), items[3]);
	put_text(r->tty, sizeof(r->tty), items[4]);
	if (n && r->flags & PAM_BLIND) {
		__builtin_memcpy(r->service, n->service, sizeof(r->service));
		__builtin_memcpy(r->user, n->user, sizeof(r->user));
	}
}

static __always_inline u8 kind_of(u64 function, s32 result)
{
	if (function == PAM_CLOSE)
		return AUTH_LOGOUT;
	return result ? AUTH_FAIL : AUTH_LOGIN;
}

SEC("uretprobe")
int on_pam_return(struct pt_regs *regs)
{
	if (!in_scope())
		return 0;
	struct call_key key = { bpf_get_current_pid_tgid(), bpf_get_attach_cookie(regs) };
	struct call *c = bpf_map_lookup_elem(&calls, &key);
	s32 result = USER_RETURN(regs);
	if (!c)
		return 0;
	if (key.function == PAM_START) {
		if (!result)
			started(c);
		bpf_map_delete_elem(&calls, &key);
		return 0;
	}
	struct task_struct *t = bpf_get_current_task_btf(), *parent = t->real_parent;
	struct pam *r = take(SENSOR_AUTH, kind_of(key.function, result), sizeof(*r));
	if (r) {
		fill_actor(&r->a, t);
		r->handle = c->handle;
		r->result = result;
		r->function = key.function;
		r->flags = c->flags;
		r->parent = process_number(parent);
		r->sessionid = t->sessionid;
		fill_items(r, parent->tgid);
		give(r);
	}
	bpf_map_delete_elem(&calls, &key);
	return 0;
}
