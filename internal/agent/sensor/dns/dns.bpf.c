//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Messages of DNS and the first message of TLS connections.
 *
 * Hooks of the cgroup see each packet that a socket of it sends or gets. Nearly
 * all packets leave after a few comparisons: over UDP by their ports, over TCP
 * by the count of bytes that the connection has sent, which is the length of a
 * packet only for the first that carries any. Nothing is ever held back: the
 * answer of the hooks is always 1.
 *
 * A packet is sent in the context of the process that sends it, so that is who
 * asks; it is kept in the socket for the answers, which come in any context.
 */
#include "lookup.h"

enum { ETH_P_IP = 0x0800, ETH_P_IPV6 = 0x86dd, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { DNS = 53, MDNS = 5353, LLMNR = 5355, DNS_HEAD = 12 };
enum { PASS = 1 };
enum { IN = 0, OUT = 1 };
enum { HEADLESS = 1 }; /* of a packet: the length of the message came before it */

/* Context of the hooks and the sockets in it, fixed by the kernel's interface. */
struct bpf_sock;
struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
	u32 ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id;
	u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
	u64 flow_keys;
	u64 tstamp;
	u32 wire_len, gso_segs;
	struct bpf_sock *sk __attribute__((aligned(8)));
};
struct tcp_sock___sent { u64 bytes_sent; } CORE;

/* Who asked over a socket. For TCP also where the next message begins. */
struct asker {
	struct actor a;
	u32 next[2];   /* sequence number, by direction */
	u8 known[2];   /* next is known */
	u16 length[2]; /* of the message at next, when its length came alone; else 0 */
};
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, struct asker); } askers SEC(".maps");

struct packet {
	struct head h;
	struct actor a;
	u8 source[16], destination[16]; /* IPv4 in the first four bytes */
	u16 source_port, destination_port;
	u8 version, protocol;
	u16 flags;
	u32 length; /* of the payload */
	u32 kept;   /* bytes of it that follow */
	u8 payload[];
};

/* Where things are in a packet, and its ends. */
struct flow {
	u32 at, length; /* the payload */
	u32 seq;        /* TCP */
	u16 source_port, destination_port;
	u8 version, protocol;
};

/* Reads the heads of a packet; false for what is neither UDP nor TCP. */
static __always_inline bool read_flow(struct __sk_buff *skb, struct flow *f)
{
	u8 *p = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u32 at = 40;
	if (p + 20 > end)
		return false;
	f->version = *p >> 4;
	if (f->version == 4) {
		f->protocol = p[9];
		at = (*p & 15) * 4;
	} else {
		f->protocol = p[6];
	}
	p += at;
	if (p + 8 > end)
		return false;
	f->source_port = p[0] << 8 | p[1];
	f->destination_port = p[2] << 8 | p[3];
	if (f->protocol == IPPROTO_UDP) {
		f->at = at + 8;
	} else if (f->protocol == IPPROTO_TCP) {
		if (p + 20 > end)
			return false;
		f->seq = (u32)p[4] << 24 | (u32)p[5] << 16 | (u32)p[6] << 8 | p[7];
		f->at = at + (p[12] >> 4) * 4;
	} else {
		return false;
	}
	f->length = skb->len - f->at;
	return f->at < skb->len;
}

static __always_inline bool is_name_port(u16 port)
{
	return port == DNS || port == MDNS || port == LLMNR;
}

/* Puts a packet with at most room bytes of its payload, a power of two, into the ring. */
static __always_inline void put(struct __sk_buff *skb, const struct flow *f, const struct actor *a, u8 kind, u16 flags, const u32 room)
{
	struct packet *r = take(SENSOR_DNS, kind, sizeof(*r) + room);
	if (!r)
		return;
	__builtin_memcpy(&r->a, a, sizeof(*a));
	__builtin_memset(r->source, 0, 32);
	long failed;
	if (f->version == 4)
		failed = bpf_skb_load_bytes(skb, 12, r->source, 4) | bpf_skb_load_bytes(skb, 16, r->destination, 4);
	else
		failed = bpf_skb_load_bytes(skb, 8, r->source, 32);
	r->source_port = f->source_port;
	r->destination_port = f->destination_port;
	r->version = f->version;
	r->protocol = f->protocol;
	r->flags = flags;
	r->length = f->length;
	u32 n = f->length;
	if (n > room) {
		n = room;
		r->h.flags |= RECORD_CUT;
	}
	n = ((n - 1) & (room - 1)) + 1; /* for the verifier: 1 to room */
	if (failed || bpf_skb_load_bytes(skb, f->at, r->payload, n))
		n = 0;
	r->kept = n;
	r->h.size = sizeof(*r) + n; /* what the ring holds after it is of others */
	give(r);
}

static __always_inline void tell(struct __sk_buff *skb, const struct flow *f, const struct actor *a, u8 kind, u16 flags)
{
	if (f->length <= 128)
		put(skb, f, a, kind, flags, 128);
	else if (f->length <= 1024)
		put(skb, f, a, kind, flags, 1024);
	else
		put(skb, f, a, kind, flags, 4096);
}

/* The current process, whose fork is told first. */
static __always_inline void fill_current(struct actor *a)
{
	struct task_struct *t = bpf_get_current_task_btf();
	release_fork(t->tgid);
	fill_actor(a, t);
}

/* Keeps the current process in the socket. */
static __always_inline struct asker *own(struct bpf_sock *sk)
{
	struct asker *k = bpf_sk_storage_get(&askers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (k)
		fill_current(&k->a);
	return k;
}

/* Tells a segment of DNS over TCP that begins a message, and finds where the
 * next one begins: a message may fill several segments, a segment hold several
 * messages, and a segment be sent again. */
static __always_inline void tell_segment(struct __sk_buff *skb, struct flow *f, struct asker *k, u8 kind, const u32 way)
{
	u32 begin = 0, headless = k->length[way];
	if (k->known[way]) {
		s32 ahead = k->next[way] - f->seq;
		if (ahead >= (s32)f->length)
			return; /* the rest of a message that was told, or sent again */
		if (ahead >= 0)
			begin = ahead;
		else
			headless = 0; /* something was missed */
	}
	u32 pos = begin, size = headless;
	u16 flags = headless ? HEADLESS : 0;
	k->length[way] = 0;
	for (int i = 0; i < 8; i++) {
		u8 b[2];
		if (!size) {
			if (pos + 2 > f->length || bpf_skb_load_bytes(skb, f->at + pos, b, 2))
				break;
			size = (b[0] << 8 | b[1]);
			pos += 2;
			if (pos == f->length) { /* a length alone */
				k->length[way] = size;
				break;
			}
		}
		pos += size;
		size = 0;
		if (pos >= f->length)
			break;
	}
	k->next[way] = f->seq + pos;
	k->known[way] = 1;
	if (f->length - begin <= 2)
		return;
	f->at += begin;
	f->length -= begin;
	tell(skb, f, &k->a, kind, flags);
}

/* The first bytes that a connection sends: a hello of a TLS client has the type
 * 22 of a record, a version 3.x, and the type 1 of a message. */
static __always_inline bool is_hello(struct __sk_buff *skb, const struct flow *f)
{
	u8 b[6];
	return f->length > 42 && !bpf_skb_load_bytes(skb, f->at, b, 6) && b[0] == 22 && b[1] == 3 && b[5] == 1;
}

static __always_inline u16 remote_port(struct tcp_sock *t)
{
	return __builtin_bswap16(((struct sock *)t)->__sk_common.skc_dport);
}

static __always_inline int tcp_out(struct __sk_buff *skb, struct tcp_sock *t)
{
	struct flow f;
	u64 sent = ((struct tcp_sock___sent *)t)->bytes_sent;
	bool dns = remote_port(t) == DNS;
	/* Counted before the packet gets here. */
	if (!sent || (sent > skb->len && !dns))
		return PASS;
	if (!read_flow(skb, &f) || f.protocol != IPPROTO_TCP)
		return PASS;
	if (!dns && (sent != f.length || !is_hello(skb, &f)))
		return PASS;
	struct bpf_sock *sk = skb->sk;
	if (!sk)
		return PASS;
	if (dns) {
		struct asker *k = own(sk);
		if (k)
			tell_segment(skb, &f, k, DNS_QUERY, OUT);
		return PASS;
	}
	struct actor a;
	fill_current(&a);
	tell(skb, &f, &a, TLS_HELLO, 0);
	return PASS;
}

/* __cgroup_bpf_run_filter_skb(struct sock *sk, struct sk_buff *skb, enum cgroup_bpf_attach_type atype),
 * called by ip_output and ip6_output before a packet is cut into fragments or segments. */
SEC("cgroup_skb/egress")
int on_packet_out(struct __sk_buff *skb)
{
	struct flow f;
	struct bpf_sock *sk = skb->sk;
	u8 bits;
	if (!sk)
		return PASS;
	struct tcp_sock *t = bpf_skc_to_tcp_sock(sk);
	if (t)
		return tcp_out(skb, t);
	if (!read_flow(skb, &f) || f.protocol != IPPROTO_UDP || !is_name_port(f.destination_port))
		return PASS;
	/* Answers to a question of the local network are no question. */
	if (f.destination_port != DNS && (bpf_skb_load_bytes(skb, f.at + 2, &bits, 1) || bits & 0x80))
		return PASS;
	struct asker *k = own(sk);
	if (k)
		tell(skb, &f, &k->a, DNS_QUERY, 0);
	return PASS;
}

/* The same, called by sk_filter_trim_cap for a packet that a socket gets. */
SEC("cgroup_skb/ingress")
int on_packet_in(struct __sk_buff *skb)
{
	struct flow f;
	struct bpf_sock *sk = skb->sk;
	if (!sk)
		return PASS;
	struct tcp_sock *t = bpf_skc_to_tcp_sock(sk);
	if (t && remote_port(t) != DNS)
		return PASS;
	if (!read_flow(skb, &f) || !is_name_port(f.source_port))
		return PASS;
	struct asker *k = bpf_sk_storage_get(&askers, sk, 0, 0);
	if (!k)
		return PASS;
	if (t) {
		tell_segment(skb, &f, k, DNS_ANSWER, IN);
		return PASS;
	}
	u8 bits;
	if (f.length >= DNS_HEAD && !bpf_skb_load_bytes(skb, f.at + 2, &bits, 1) && bits & 0x80)
		tell(skb, &f, &k->a, DNS_ANSWER, 0);
	return PASS;
}
