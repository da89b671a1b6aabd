/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The record of a message, and what is known of it before it is told.
 */
#pragma once
#include "../kernel/bpf/vedette.h"

enum { ETH_P_IP = 0x0800, ETH_P_IPV6 = 0x86dd, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { DNS = 53, MDNS = 5353, LLMNR = 5355, DNS_HEAD = 12 };
enum { IN = 0, OUT = 1 };
enum { HEADLESS = 1 }; /* of a packet: the length of the message came before it */

/* Who asked over a socket. For TCP also where the next message begins. */
struct asker {
	struct actor a;
	u32 next[2];   /* sequence number, by direction */
	u8 known[2];   /* next is known */
	u16 length[2]; /* of the message at next, when its length came alone; else 0 */
	u32 seen[2];   /* bytes, by direction: sequence numbers where there are no others */
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

static __always_inline bool is_name_port(u16 port)
{
	return port == DNS || port == MDNS || port == LLMNR;
}
