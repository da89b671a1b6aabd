/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Names that are asked for through the C library. A call is told when it
 * returns; what it was given is still in the memory of the caller then.
 */
#pragma once
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/probe.h"

enum { GETADDRINFO = 1, GETHOSTBYNAME = 2, GETHOSTBYNAME2 = 3 }; /* cookies of the places */
enum { AF_INET = 2, AF_INET6 = 10, ERANGE = 34 };
enum { RECORD_LIBRARY = 1 << 8 };

struct pt_regs___stack { unsigned long sp; } CORE;
#define STACK(r) (((struct pt_regs___stack *)(r))->sp)

#define NAME_ROOM 256
#define ADDRESSES 8

/* A call that has not returned, by thread. The functions may call one another:
 * the outermost counts, which has the highest stack. */
struct call { u64 stack, name, result, function; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 4096); __type(key, u64); __type(value, struct call); } calls SEC(".maps");

struct address { u32 family; u8 bytes[16]; };
struct lookup {
	struct head h;
	struct actor a;
	s32 code; /* as the function returns it; -1 for one that found nothing */
	u32 count, function, reserved;
	struct address addresses[ADDRESSES];
	char name[NAME_ROOM];
};

/* Of the C ABI with 64 bits, the same in glibc and musl. */
struct addrinfo { s32 flags, family, type, protocol; u32 length, pad; u64 address, canonical, next; };
struct hostent { u64 name, aliases; s32 family, length; u64 list; };

SEC("uprobe")
int on_lookup(struct pt_regs *r)
{
	if (!in_scope())
		return 0;
	u64 fourth = USER_ARG4(r), fifth = USER_ARG5(r), sixth = USER_ARG6(r);
	barrier_var(fourth); /* else the place is chosen and then read, which the verifier refuses */
	barrier_var(fifth);
	barrier_var(sixth);
	u64 id = bpf_get_current_pid_tgid();
	struct call c = { .stack = STACK(r), .name = USER_ARG1(r), .function = bpf_get_attach_cookie(r) };
	struct call *outer = bpf_map_lookup_elem(&calls, &id);
	if (!c.name || (outer && c.stack < outer->stack))
		return 0;
	c.result = c.function == GETADDRINFO ? fourth : c.function == GETHOSTBYNAME ? fifth : sixth;
	bpf_map_update_elem(&calls, &id, &c, BPF_ANY);
	return 0;
}

/* An address as text asks nobody. */
static __always_inline bool is_address(const char *name, long n)
{
	bool digits = true;
	for (int i = 0; i < 47; i++) {
		char c = name[i];
		if (!c || i >= n)
			break;
		if (c == ':')
			return true;
		if (c != '.' && (c < '0' || c > '9'))
			digits = false;
	}
	return digits;
}

static __always_inline void add_address(struct lookup *l, u32 i, u32 family, const void *from)
{
	i &= ADDRESSES - 1;
	l->addresses[i].family = family;
	if (bpf_probe_read_user(l->addresses[i].bytes, family == AF_INET6 ? 16 : 4, from))
		l->addresses[i].family = 0;
}

static __always_inline u32 add_infos(struct lookup *l, u64 next)
{
	struct addrinfo a;
	u32 n = 0;
	for (int i = 0; i < 24 && n < ADDRESSES && next; i++) {
		if (bpf_probe_read_user(&a, sizeof(a), (void *)next))
			break;
		/* The same address comes for each type of socket. */
		bool first = a.type == 1 || !a.type || i == 0;
		if (first && a.family == AF_INET)
			add_address(l, n++, AF_INET, (void *)(a.address + 4));
		else if (first && a.family == AF_INET6)
			add_address(l, n++, AF_INET6, (void *)(a.address + 8));
		next = a.next;
	}
	return n;
}

static __always_inline u32 add_host(struct lookup *l, u64 at)
{
	struct hostent h;
	u64 address;
	u32 n = 0;
	if (bpf_probe_read_user(&h, sizeof(h), (void *)at) || (h.family != AF_INET && h.family != AF_INET6))
		return 0;
	for (int i = 0; i < ADDRESSES; i++) {
		if (bpf_probe_read_user(&address, 8, (void *)(h.list + i * 8)) || !address)
			break;
		add_address(l, n++, h.family, (void *)address);
	}
	return n;
}

static __always_inline void tell_lookup(const struct call *c, s32 code)
{
	u64 result = 0;
	release_own_fork();
	struct lookup *l = take(SENSOR_DNS, DNS_QUERY, sizeof(*l));
	if (!l)
		return;
	__builtin_memset(&l->a, 0, sizeof(*l) - sizeof(l->h));
	fill_actor(&l->a, bpf_get_current_task_btf());
	l->h.flags = RECORD_LIBRARY;
	l->function = c->function;
	if (bpf_probe_read_user_str(l->name, NAME_ROOM, (void *)c->name) < 0)
		l->h.flags |= RECORD_UNREADABLE;
	if (!code && !bpf_probe_read_user(&result, 8, (void *)c->result) && result)
		l->count = c->function == GETADDRINFO ? add_infos(l, result) : add_host(l, result);
	if (!code && !result)
		code = -1;
	l->code = code;
	give(l);
}

SEC("uretprobe")
int on_lookup_return(struct pt_regs *r)
{
	char name[48];
	u64 id = bpf_get_current_pid_tgid();
	struct call *c = bpf_map_lookup_elem(&calls, &id), copy;
	/* What stands at the top of the stack at the beginning may be gone. */
	if (!c || STACK(r) - c->stack > 8)
		return 0;
	copy = *c;
	bpf_map_delete_elem(&calls, &id);
	if (!in_scope())
		return 0;
	long n = bpf_probe_read_user_str(name, sizeof(name), (void *)copy.name);
	if (n >= 0 && is_address(name, n))
		return 0;
	s32 code = USER_RETURN(r);
	if (copy.function != GETADDRINFO && code == ERANGE)
		return 0; /* the caller comes again with more room */
	tell_lookup(&copy, code);
	return 0;
}
