//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Connections of processes.
 *
 * TCP is told by changes of the state of a socket. A connect begins in the
 * context of the process (SYN_SENT) and is decided in any context, where the
 * answer of the other side is handled; so the process is kept in the socket.
 * A listening socket keeps who called listen, and the kernel hands that on to
 * each socket it makes for an incoming connection (BPF_F_CLONE).
 *
 * The same socket tells what went over a connection when it ends.
 *
 * UDP has no states: hooks of the cgroup see connect and bind, and what is sent
 * without connect, of which the first datagram of a process to an address is
 * told.
 */
#include "../kernel/bpf/vedette.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10 };
enum { AF_INET = 2, AF_INET6 = 10, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { SOCK_DONE = 1 };
enum { UNKNOWN = 0, SUCCESS = 1, FAILURE = 2 };

struct owner { struct actor a; u64 since; u32 listens, reserved; }; /* since: established, nanoseconds since boot; 0: not */
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE); __type(key, int); __type(value, struct owner); } owners SEC(".maps");

struct conn {
	struct head h;
	struct actor a;
	u8 local[16], remote[16]; /* IPv4 in the first four bytes */
	u16 local_port, remote_port;
	u16 family;
	u8 protocol, outcome;
	u32 error, accepted;
	u64 sent, received, duration;
};

static __always_inline void fill_addresses(struct conn *r, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	r->family = BPF_CORE_READ(c, skc_family);
	r->local_port = BPF_CORE_READ(c, skc_num);
	if (!r->local_port) /* given up already */
		r->local_port = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	r->remote_port = __builtin_bswap16(BPF_CORE_READ(c, skc_dport));
	if (r->family == AF_INET6 && bpf_core_field_exists(c->skc_v6_daddr)) {
		bpf_core_read(r->remote, 16, &c->skc_v6_daddr);
		bpf_core_read(r->local, 16, &c->skc_v6_rcv_saddr);
		return;
	}
	bpf_core_read(r->remote, 4, &c->skc_daddr);
	bpf_core_read(r->local, 4, &c->skc_rcv_saddr);
}

static __always_inline struct conn *describe(struct sock *sk, u8 kind, const struct actor *a, u8 outcome)
{
	struct conn *r = take(SENSOR_NET, kind, sizeof(*r));
	if (!r)
		return NULL;
	__builtin_memcpy(&r->a, a, sizeof(*a));
	__builtin_memset(r->local, 0, sizeof(*r) - __builtin_offsetof(struct conn, local));
	fill_addresses(r, sk);
	r->protocol = IPPROTO_TCP;
	r->outcome = outcome;
	if (outcome == FAILURE)
		r->error = BPF_CORE_READ(sk, sk_err);
	return r;
}

static __always_inline void tell(struct sock *sk, u8 kind, const struct actor *a, u8 outcome)
{
	struct conn *r = describe(sk, kind, a, outcome);
	if (r)
		give(r);
}

/* Tells of the end of a connection that stood. What is sent again counts once. */
static __always_inline void tell_end(struct sock *sk, const struct owner *o)
{
	struct tcp_sock *tp = (void *)sk;
	struct conn *r = describe(sk, NET_CLOSE, &o->a, BPF_CORE_READ(sk, sk_err) ? FAILURE : SUCCESS);
	if (!r)
		return;
	r->accepted = o->listens;
	r->sent = BPF_CORE_READ(tp, bytes_sent) - BPF_CORE_READ(tp, bytes_retrans);
	r->received = BPF_CORE_READ(tp, bytes_received);
	if (r->received && (BPF_CORE_READ(sk, __sk_common.skc_flags) & (1 << SOCK_DONE)))
		r->received--; /* the end of the other side counts as a byte */
	r->duration = bpf_ktime_get_boot_ns() - o->since;
	give(r);
}

/* Keeps the current process in the socket when it may be seen. */
static __always_inline struct owner *own(struct sock *sk, u32 listens)
{
	if (!in_scope())
		return NULL;
	struct owner *o = bpf_sk_storage_get(&owners, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!o)
		return NULL;
	release_own_fork();
	fill_actor(&o->a, bpf_get_current_task_btf());
	o->listens = listens;
	o->since = 0;
	return o;
}

/* trace_inet_sock_set_state(const struct sock *sk, const int oldstate, const int newstate),
 * called by tcp_set_state and inet_sk_state_store before the state changes. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int before, int after)
{
	struct owner *o;
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (after == TCP_SYN_SENT) {
		own(sk, 0);
		return 0;
	}
	if (after == TCP_LISTEN) {
		o = own(sk, 1);
		if (o)
			tell(sk, NET_LISTEN, &o->a, SUCCESS);
		return 0;
	}
	if (after == TCP_ESTABLISHED && (before == TCP_SYN_SENT || before == TCP_SYN_RECV)) {
		o = bpf_sk_storage_get(&owners, sk, 0, 0);
		if (o) {
			o->since = bpf_ktime_get_boot_ns();
			tell(sk, o->listens ? NET_ACCEPT : NET_CONNECT, &o->a, SUCCESS);
		}
		return 0;
	}
	if (after != TCP_CLOSE)
		return 0;
	o = bpf_sk_storage_get(&owners, sk, 0, 0);
	if (!o)
		return 0;
	if (before == TCP_SYN_SENT)
		tell(sk, NET_CONNECT, &o->a, FAILURE);
	else if (o->since)
		tell_end(sk, o);
	o->since = 0;
	return 0;
}

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
	release_own_fork();
	struct conn *r = take(SENSOR_NET, kind, sizeof(*r));
	if (!r)
		return NULL;
	__builtin_memset(&r->a, 0, sizeof(*r) - sizeof(r->h));
	fill_actor(&r->a, bpf_get_current_task_btf());
	r->protocol = IPPROTO_UDP;
	r->family = family;
	return r;
}

/* Called before connect(2) does its work: the outcome is not known. */
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
