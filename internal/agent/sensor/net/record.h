/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The record of the sensor net.
 */
#pragma once
#include "../kernel/bpf/vedette.h"

enum { AF_INET = 2, AF_INET6 = 10, IPPROTO_TCP = 6, IPPROTO_UDP = 17 };
enum { UNKNOWN = 0, SUCCESS = 1, FAILURE = 2 };

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
