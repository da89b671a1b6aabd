//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Messages of DNS and the first message of TLS connections, from the functions of
 * the kernel through which processes send and get them: the rung for kernels on
 * which programs at functions load. A packet that carries nothing for a process
 * (the begin and the end of a connection, what confirms others) costs nothing,
 * where the hooks of a cgroup are called for each.
 *
 * A datagram is read where the kernel hands it on to be sent. All else is read in
 * the memory of the process, once the kernel has taken it from there or put it
 * there: what an iterator over it has just passed.
 */
#include "lookup.h"
#include "message.h"
#include "passed.h"
#include "question.h"
#include "tell.h"

struct sk_buff {
	struct sock *sk;
	unsigned char *head;
	u32 tail;
	u16 transport_header, network_header;
} CORE;
struct udp { __be16 source, destination, length, sum; };
enum { UDP_HEAD = 8 };

/* Reads the addresses of the head of a packet; false for what is not UDP. */
static __always_inline bool read_ends(const void *head, u16 version, struct bytes *s)
{
	u8 ip[40] = {};
	if (version == 4) {
		if (bpf_probe_read_kernel(ip, 20, head) || ip[9] != IPPROTO_UDP)
			return false;
		__builtin_memcpy(s->source, ip + 12, 4);
		__builtin_memcpy(s->destination, ip + 16, 4);
		return true;
	}
	if (bpf_probe_read_kernel(ip, 40, head) || ip[6] != IPPROTO_UDP)
		return false;
	__builtin_memcpy(s->source, ip + 8, 16);
	__builtin_memcpy(s->destination, ip + 24, 16);
	return true;
}

static __always_inline int datagram_out(struct sk_buff *skb, u16 version)
{
	struct sock *sk = skb->sk;
	u64 head = (u64)skb->head, socket = number_of(sk);
	u32 at = skb->transport_header, tail = skb->tail;
	struct bytes s = { .kernel = true };
	struct flow f = { .version = version, .protocol = IPPROTO_UDP };
	struct actor a;
	struct udp u;
	u8 bits;
	if (!sk || bpf_probe_read_kernel(&u, sizeof(u), (void *)(head + at)))
		return 0;
	f.source_port = __builtin_bswap16(u.source);
	f.destination_port = __builtin_bswap16(u.destination);
	f.length = __builtin_bswap16(u.length) - UDP_HEAD;
	if (!is_name_port(f.destination_port) || !in_scope() || __builtin_bswap16(u.length) <= UDP_HEAD ||
	    !read_ends((void *)(head + skb->network_header), version, &s))
		return 0;
	s.main = head + at + UDP_HEAD;
	s.main_size = tail - at - UDP_HEAD;
	/* Answers to a question of the local network are no question. */
	if (f.destination_port != DNS && (load(&s, 2, &bits, 1) || bits & 0x80))
		return 0;
	fill_current(&a);
	keep_question(socket, &a, &f, &s);
	tell(&s, &f, &a, DNS_QUERY, 0);
	return 0;
}

/* int ip_send_skb(struct net *net, struct sk_buff *skb): sends a datagram that is
 * complete. */
SEC("fentry/ip_send_skb")
int BPF_PROG(on_datagram_out, void *net, struct sk_buff *skb)
{
	return datagram_out(skb, 4);
}

/* int ip6_send_skb(struct sk_buff *skb) */
SEC("fentry/ip6_send_skb")
int BPF_PROG(on_datagram_out6, struct sk_buff *skb)
{
	return datagram_out(skb, 6);
}

struct port { u16 family, number; };
struct address4 { u16 family; u16 port; u8 at[4]; };
struct address6 { u16 family; u16 port; u32 flow; u8 at[16]; };
enum { MSG_PEEK = 2, MSG_ERRQUEUE = 0x2000 };

/* Writes who sent a datagram that came over a socket without connect; without a
 * name that can only be who was asked. */
static __always_inline void read_sender(struct msghdr *msg, u16 version, struct bytes *s)
{
	struct address4 v4;
	struct address6 v6;
	if (!msg->msg_name || bpf_probe_read_kernel(&v4, sizeof(v4), msg->msg_name))
		return;
	if (v4.family == AF_INET) {
		__builtin_memcpy(s->source, v4.at, 4);
		return;
	}
	if (bpf_probe_read_kernel(&v6, sizeof(v6), msg->msg_name))
		return;
	if (version == 4) /* of IPv4 in the form of IPv6 */
		__builtin_memcpy(s->source, v6.at + 12, 4);
	else
		__builtin_memcpy(s->source, v6.at, 16);
}

static __always_inline int datagram_in(struct sock *sk, struct msghdr *msg, u32 room, int flags, int got)
{
	u16 port = __builtin_bswap16(sk->__sk_common.skc_dport);
	struct bytes s = {};
	struct port from = {};
	u64 socket = number_of(sk);
	u8 bits;
	if (got < DNS_HEAD || (flags & (MSG_PEEK | MSG_ERRQUEUE)))
		return 0;
	if (!port && msg->msg_name && !bpf_probe_read_kernel(&from, sizeof(from), msg->msg_name))
		port = __builtin_bswap16(from.number);
	if (port && !is_name_port(port))
		return 0;
	struct question *q = find_question(socket);
	if (!q)
		return 0;
	u32 n = got; /* of a datagram for which there was no room it may be the size */
	if (n > room)
		n = room;
	if (!find_passed(msg, n, &s) || load(&s, 2, &bits, 1) || !(bits & 0x80))
		return 0;
	struct flow f = { .length = got, .version = q->version, .protocol = IPPROTO_UDP };
	f.source_port = port ? port : q->port;
	f.destination_port = sk->__sk_common.skc_num;
	__builtin_memcpy(s.source, q->destination, 16);
	__builtin_memcpy(s.destination, q->source, 16);
	if (!sk->__sk_common.skc_dport)
		read_sender(msg, q->version, &s);
	tell(&s, &f, &q->a, DNS_ANSWER, 0);
	return 0;
}

/* int udp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len) */
SEC("fexit/udp_recvmsg")
int BPF_PROG(on_datagram_in, struct sock *sk, struct msghdr *msg, u64 room, int flags, int *size, int got)
{
	return datagram_in(sk, msg, room, flags, got);
}

/* int udpv6_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len) */
SEC("fexit/udpv6_recvmsg")
int BPF_PROG(on_datagram_in6, struct sock *sk, struct msghdr *msg, u64 room, int flags, int *size, int got)
{
	return datagram_in(sk, msg, room, flags, got);
}

/* Writes the addresses of a connection. One of IPv4 over a socket of IPv6 is one
 * of IPv4. */
static __always_inline u16 read_sides(struct sock *sk, u8 *local, u8 *remote)
{
	struct sock_common *c = &sk->__sk_common;
	if (c->skc_family != AF_INET6 || !bpf_core_field_exists(c->skc_v6_daddr)) {
		*(u32 *)local = c->skc_rcv_saddr;
		*(u32 *)remote = c->skc_daddr;
		return 4;
	}
	u32 *l = (u32 *)local, *r = (u32 *)remote;
	r[0] = c->skc_v6_daddr.in6_u.u6_addr32[0];
	r[1] = c->skc_v6_daddr.in6_u.u6_addr32[1];
	r[2] = c->skc_v6_daddr.in6_u.u6_addr32[2];
	r[3] = c->skc_v6_daddr.in6_u.u6_addr32[3];
	l[3] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[3];
	if (!r[0] && !r[1] && r[2] == __builtin_bswap32(0xffff)) {
		r[0] = r[3];
		l[0] = l[3];
		return 4;
	}
	l[0] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[0];
	l[1] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[1];
	l[2] = c->skc_v6_rcv_saddr.in6_u.u6_addr32[2];
	return 6;
}

/* Tells n bytes of a stream of DNS that the iterator has passed. */
static __always_inline void tell_passed(struct sock *sk, struct msghdr *msg, u32 n, struct asker *k, const u32 way)
{
	struct bytes s = {};
	struct flow f = { .length = n, .protocol = IPPROTO_TCP, .seq = k->seen[way] };
	u16 port = sk->__sk_common.skc_num;
	k->seen[way] += n;
	if (!find_passed(msg, n, &s))
		return;
	if (way == OUT) {
		f.version = read_sides(sk, s.source, s.destination);
		f.source_port = port;
		f.destination_port = DNS;
		tell_segment(&s, &f, k, DNS_QUERY, OUT);
	} else {
		f.version = read_sides(sk, s.destination, s.source);
		f.source_port = DNS;
		f.destination_port = port;
		tell_segment(&s, &f, k, DNS_ANSWER, IN);
	}
}

static __always_inline u16 remote_port(struct sock *sk)
{
	return __builtin_bswap16(sk->__sk_common.skc_dport);
}

struct tcp_sock___queue { u32 write_seq, snd_una; u64 bytes_acked; } CORE;

/* int tcp_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size): has
 * taken what a process sends. The socket is locked, so that the counters agree;
 * the SYN may be among what was confirmed. */
SEC("fexit/tcp_sendmsg_locked")
int BPF_PROG(on_stream_out, struct sock *sk, struct msghdr *msg, u64 size, int took)
{
	if (took <= 0)
		return 0;
	if (remote_port(sk) == DNS) {
		if (!in_scope())
			return 0;
		struct asker *k = bpf_sk_storage_get(&askers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!k)
			return 0;
		fill_current(&k->a);
		tell_passed(sk, msg, took, k, OUT);
		return 0;
	}
	if (took <= 42)
		return 0;
	struct tcp_sock___queue *t = (void *)bpf_skc_to_tcp_sock(sk);
	if (!t || t->write_seq - t->snd_una + (u32)t->bytes_acked - took > 1 || !in_scope())
		return 0;
	struct bytes s = {};
	struct flow f = { .length = took, .protocol = IPPROTO_TCP, .destination_port = remote_port(sk) };
	if (!find_passed(msg, took, &s) || !is_hello(&s, &f))
		return 0;
	struct actor a;
	f.version = read_sides(sk, s.source, s.destination);
	f.source_port = sk->__sk_common.skc_num;
	fill_current(&a);
	tell(&s, &f, &a, TLS_HELLO, 0);
	return 0;
}

/* int tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags, int *addr_len) */
SEC("fexit/tcp_recvmsg")
int BPF_PROG(on_stream_in, struct sock *sk, struct msghdr *msg, u64 room, int flags, int *size, int got)
{
	if (got <= 0 || remote_port(sk) != DNS || (flags & (MSG_PEEK | MSG_ERRQUEUE)))
		return 0;
	struct asker *k = bpf_sk_storage_get(&askers, sk, 0, 0);
	if (k)
		tell_passed(sk, msg, got, k, IN);
	return 0;
}
