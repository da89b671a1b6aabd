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

enum { PASS = 1 };

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

#include "message.h"

#define SOURCE struct __sk_buff

static __always_inline long load(struct __sk_buff *skb, u32 at, void *to, u32 n)
{
	return bpf_skb_load_bytes(skb, at, to, n);
}

static __always_inline u32 load_most(struct __sk_buff *skb, const struct flow *f, u8 *to, u32 n, const u32 room)
{
	n = ((n - 1) & (room - 1)) + 1; /* for the verifier: 1 to room */
	return bpf_skb_load_bytes(skb, f->at, to, n) ? 0 : n;
}

static __always_inline long load_ends(struct __sk_buff *skb, const struct flow *f, struct packet *to)
{
	if (f->version == 4)
		return bpf_skb_load_bytes(skb, 12, to->source, 4) | bpf_skb_load_bytes(skb, 16, to->destination, 4);
	return bpf_skb_load_bytes(skb, 8, to->source, 32);
}

#include "tell.h"

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

/* Keeps the current process in the socket. */
static __always_inline struct asker *own(struct bpf_sock *sk)
{
	struct asker *k = bpf_sk_storage_get(&askers, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (k)
		fill_current(&k->a);
	return k;
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
