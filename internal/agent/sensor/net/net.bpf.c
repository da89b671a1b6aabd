//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Connections of processes.
 *
 * TCP is told by changes of the state of a socket. A connect begins in the
 * context of the process (SYN_SENT) and is decided in any context, where the
 * answer of the other side is handled; so the process is kept with the socket.
 * A listening socket keeps who called listen, and that is handed on to each
 * socket that the kernel makes for an incoming connection: by a program at the
 * function that makes it, or where there is none by the kernel (BPF_F_CLONE).
 *
 * The same socket tells what went over a connection when it ends.
 */
#include "owner.h"
#include "udp.h"

enum { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10 };
enum { SOCK_DONE = 1 };

static __always_inline void copy_v6(u8 *to, const struct in6_addr *from)
{
	u32 *a = (u32 *)to;
	a[0] = from->in6_u.u6_addr32[0];
	a[1] = from->in6_u.u6_addr32[1];
	a[2] = from->in6_u.u6_addr32[2];
	a[3] = from->in6_u.u6_addr32[3];
}

static __always_inline void copy_v4(u8 *to, u32 address)
{
	((u64 *)to)[0] = address;
	((u64 *)to)[1] = 0;
}

/* Members are read in place, which costs a tenth of a call of a helper. */
static __always_inline void fill_addresses(struct conn *r, struct sock *sk)
{
	struct sock_common *c = &sk->__sk_common;
	r->family = c->skc_family;
	r->local_port = c->skc_num;
	if (!r->local_port) /* given up already */
		r->local_port = __builtin_bswap16(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
	r->remote_port = __builtin_bswap16(c->skc_dport);
	if (r->family == AF_INET6 && bpf_core_field_exists(c->skc_v6_daddr)) {
		copy_v6(r->remote, &c->skc_v6_daddr);
		copy_v6(r->local, &c->skc_v6_rcv_saddr);
		return;
	}
	copy_v4(r->remote, c->skc_daddr);
	copy_v4(r->local, c->skc_rcv_saddr);
}

static __always_inline struct conn *describe(struct sock *sk, u8 kind, const struct owner *o, u8 outcome)
{
	struct conn *r = take(SENSOR_NET, kind, sizeof(*r));
	if (!r)
		return NULL;
	r->a = o->a;
	fill_addresses(r, sk);
	r->protocol = IPPROTO_TCP;
	r->outcome = outcome;
	r->error = outcome == FAILURE ? sk->sk_err : 0;
	r->accepted = 0;
	r->sent = 0;
	r->received = 0;
	r->duration = 0;
	return r;
}

/* Asks only now and then whether the ring fills, which is as good. */
static __always_inline void hand_over(struct conn *r)
{
	bpf_ringbuf_submit(r, r->h.number & 7 ? BPF_RB_NO_WAKEUP : wake(false));
}

static __always_inline void tell(struct sock *sk, u8 kind, const struct owner *o, u8 outcome)
{
	struct conn *r = describe(sk, kind, o, outcome);
	if (r)
		hand_over(r);
}

/* Tells of a connection that stands, and since when. */
static __always_inline void tell_begin(struct sock *sk, struct owner *o)
{
	struct conn *r = describe(sk, o->listens ? NET_ACCEPT : NET_CONNECT, o, SUCCESS);
	if (!r) {
		o->since = bpf_ktime_get_boot_ns();
		return;
	}
	o->since = r->h.time;
	hand_over(r);
}

/* Tells of the end of a connection that stood. What is sent again counts once. */
static __always_inline void tell_end(struct sock *sk, const struct owner *o)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct conn *r = describe(sk, NET_CLOSE, o, sk->sk_err ? FAILURE : SUCCESS);
	if (!r)
		return;
	r->accepted = o->listens;
	r->duration = r->h.time - o->since;
	if (tp) {
		u64 received = tp->bytes_received;
		r->sent = tp->bytes_sent - tp->bytes_retrans;
		if (received && (sk->__sk_common.skc_flags & (1 << SOCK_DONE)))
			received--; /* the end of the other side counts as a byte */
		r->received = received;
	}
	hand_over(r);
}

/* Notes the current process as the owner. */
static __always_inline void fill_owner(struct owner *o, u32 listens)
{
	struct task_struct *t = bpf_get_current_task_btf();
	release_task_fork(t);
	fill_actor(&o->a, t);
	o->listens = listens;
	o->since = 0;
}

/* trace_inet_sock_set_state(const struct sock *sk, const int oldstate, const int newstate),
 * called by tcp_set_state and inet_sk_state_store before the state changes. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int before, int after)
{
	struct place *p;
	struct owner *o;
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	switch (after) {
	case TCP_ESTABLISHED:
		if (before != TCP_SYN_SENT && before != TCP_SYN_RECV)
			return 0;
		o = find_owner(sk);
		if (o)
			tell_begin(sk, o);
		return 0;
	case TCP_CLOSE:
		p = find_place(number_of(sk));
		o = p ? &p->o : bpf_sk_storage_get(&owners, sk, 0, 0);
		if (!o)
			return 0;
		if (before == TCP_SYN_SENT)
			tell(sk, NET_CONNECT, o, FAILURE);
		else if (o->since)
			tell_end(sk, o);
		o->since = 0;
		if (p)
			p->socket = 0;
		return 0;
	case TCP_SYN_RECV:
		if (!vedette_hands_on && before != TCP_SYN_SENT)
			forget_other(sk);
		return 0;
	case TCP_SYN_SENT:
		if (!in_scope())
			return 0;
		o = keep_owner(sk);
		if (o)
			fill_owner(o, 0);
		return 0;
	case TCP_LISTEN:
		if (!in_scope())
			return 0;
		o = vedette_hands_on ? keep_owner(sk) : keep_in_socket(sk);
		if (!o)
			return 0;
		fill_owner(o, 1);
		tell(sk, NET_LISTEN, o, SUCCESS);
	}
	return 0;
}

/* struct sock *inet_csk_clone_lock(const struct sock *sk, const struct request_sock *req, const gfp_t priority):
 * makes the socket of an incoming connection of one that listens. */
SEC("fexit/inet_csk_clone_lock")
int BPF_PROG(on_clone, struct sock *listening, void *request, u32 priority, struct sock *sk)
{
	struct owner *from, *o;
	if (!sk || listening->sk_protocol != IPPROTO_TCP)
		return 0;
	from = find_owner(listening);
	if (!from) {
		forget_other(sk);
		return 0;
	}
	o = keep_owner(sk);
	if (o)
		*o = *from;
	return 0;
}
