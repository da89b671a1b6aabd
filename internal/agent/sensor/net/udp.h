/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * UDP, which has no states: connect and bind, and what is sent without connect,
 * of which the first datagram of a process to an address is told.
 */
#pragma once
#include "record.h"

/* Contexts of the cgroup hooks, fixed by the kernel's interface. */
struct bpf_sock {
	u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port;
};
struct bpf_sock_addr {
	u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4];
	struct bpf_sock *sk __attribute__((aligned(8)));
};

static __always_inline struct conn *take_udp(u8 kind, u16 family)
{
	struct task_struct *t = bpf_get_current_task_btf();
	release_task_fork(t);
	struct conn *r = take(SENSOR_NET, kind, sizeof(*r));
	if (!r)
		return NULL;
	__builtin_memset(r->local, 0, sizeof(*r) - __builtin_offsetof(struct conn, local));
	fill_actor(&r->a, t);
	r->protocol = IPPROTO_UDP;
	r->family = family;
	return r;
}

/* Called before connect(2) does its work: the outcome is not known. They are
 * called for TCP too. */
SEC("cgroup/connect4")
int udp_connect4(struct bpf_sock_addr *c)
{
	if (c->protocol != IPPROTO_UDP)
		return 1;
	struct conn *r = take_udp(NET_CONNECT, AF_INET);
	if (!r)
		return 1;
	*(u32 *)r->remote = c->user_ip4;
	r->remote_port = __builtin_bswap16(c->user_port);
	give(r);
	return 1;
}

SEC("cgroup/connect6")
int udp_connect6(struct bpf_sock_addr *c)
{
	if (c->protocol != IPPROTO_UDP)
		return 1;
	struct conn *r = take_udp(NET_CONNECT, AF_INET6);
	if (!r)
		return 1;
	u32 *to = (u32 *)r->remote;
	to[0] = c->user_ip6[0];
	to[1] = c->user_ip6[1];
	to[2] = c->user_ip6[2];
	to[3] = c->user_ip6[3];
	r->remote_port = __builtin_bswap16(c->user_port);
	give(r);
	return 1;
}

enum { SOCK_DGRAM = 2, V4_SIZE = 16, V6_SIZE = 24 }; /* the least that the kernel takes */
struct address4 { u16 family; u16 port; u32 to; };
struct address6 { u16 family; u16 port; u32 flow; u32 to[4]; };

static __always_inline bool is_datagrams(struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_UDP && sk->sk_type == SOCK_DGRAM && in_scope();
}

/* int __ip4_datagram_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len):
 * the same where programs at functions load; TCP does not come here. */
SEC("fentry/__ip4_datagram_connect")
int BPF_PROG(on_connect4, struct sock *sk, void *at, int size)
{
	struct address4 a;
	if (size < V4_SIZE || !is_datagrams(sk) || bpf_probe_read_kernel(&a, sizeof(a), at) || a.family != AF_INET)
		return 0;
	struct conn *r = take_udp(NET_CONNECT, AF_INET);
	if (!r)
		return 0;
	*(u32 *)r->remote = a.to;
	r->remote_port = __builtin_bswap16(a.port);
	give(r);
	return 0;
}

/* int __ip6_datagram_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len):
 * goes on to the one above with an address of IPv4. */
SEC("fentry/__ip6_datagram_connect")
int BPF_PROG(on_connect6, struct sock *sk, void *at, int size)
{
	struct address6 a;
	if (size < V6_SIZE || !is_datagrams(sk) || bpf_probe_read_kernel(&a, sizeof(a), at) || a.family != AF_INET6)
		return 0;
	if (!a.to[0] && !a.to[1] && a.to[2] == __builtin_bswap32(0xffff))
		return 0;
	struct conn *r = take_udp(NET_CONNECT, AF_INET6);
	if (!r)
		return 0;
	u32 *to = (u32 *)r->remote;
	to[0] = a.to[0];
	to[1] = a.to[1];
	to[2] = a.to[2];
	to[3] = a.to[3];
	r->remote_port = __builtin_bswap16(a.port);
	give(r);
	return 0;
}

/* Where a process sent datagrams without connect, and when that was told. */
struct flow { u64 start; u32 to[4]; u32 pid, port; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 8192); __type(key, struct flow); __type(value, u64); } flows SEC(".maps");

#define FLOW_REST (60 * 1000000000ULL) /* a flow that rests so long is told again */

/* Called for each datagram that is sent without connect: a look-up for all but
 * the first of a flow. */
static __always_inline int sent(struct bpf_sock_addr *c, struct flow *f, u16 family)
{
	struct task_struct *t = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_boot_ns(), *last;
	f->start = t->group_leader->start_boottime;
	f->pid = t->tgid;
	f->port = c->user_port;
	last = bpf_map_lookup_elem(&flows, f);
	if (last) {
		u64 before = *last;
		*last = now;
		if (now - before < FLOW_REST)
			return 1;
	} else {
		bpf_map_update_elem(&flows, f, &now, BPF_ANY);
	}
	struct conn *r = take_udp(NET_CONNECT, family);
	if (!r)
		return 1;
	__builtin_memcpy(r->remote, f->to, sizeof(f->to));
	r->remote_port = __builtin_bswap16(c->user_port);
	struct bpf_sock *sk = c->sk;
	if (sk)
		r->local_port = sk->src_port;
	give(r);
	return 1;
}

SEC("cgroup/sendmsg4")
int udp_sendmsg4(struct bpf_sock_addr *c)
{
	struct flow f = {.to = {c->user_ip4}};
	return sent(c, &f, AF_INET);
}

SEC("cgroup/sendmsg6")
int udp_sendmsg6(struct bpf_sock_addr *c)
{
	struct flow f = {.to = {c->user_ip6[0], c->user_ip6[1], c->user_ip6[2], c->user_ip6[3]}};
	return sent(c, &f, AF_INET6);
}

/* Called when bind(2) has given an address: a UDP socket then takes datagrams. */
SEC("cgroup/post_bind4")
int udp_bind4(struct bpf_sock *c)
{
	if (c->protocol != IPPROTO_UDP)
		return 1;
	struct conn *r = take_udp(NET_LISTEN, AF_INET);
	if (!r)
		return 1;
	*(u32 *)r->local = c->src_ip4;
	r->local_port = c->src_port;
	r->outcome = SUCCESS;
	give(r);
	return 1;
}

SEC("cgroup/post_bind6")
int udp_bind6(struct bpf_sock *c)
{
	if (c->protocol != IPPROTO_UDP)
		return 1;
	struct conn *r = take_udp(NET_LISTEN, AF_INET6);
	if (!r)
		return 1;
	u32 *to = (u32 *)r->local;
	to[0] = c->src_ip6[0];
	to[1] = c->src_ip6[1];
	to[2] = c->src_ip6[2];
	to[3] = c->src_ip6[3];
	r->local_port = c->src_port;
	r->outcome = SUCCESS;
	give(r);
	return 1;
}
