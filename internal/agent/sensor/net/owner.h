/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Who connected or listens, by socket.
 */
#pragma once
#include "record.h"

struct owner { struct actor a; u64 since; u32 listens, reserved; }; /* since: established, nanoseconds since boot; 0: not */

/* Set before load: a program hands on what is known of a socket that listens, so
 * that the kernel need not. */
volatile const bool vedette_hands_on = false;

/* In the socket itself: of those that listen, where the kernel hands it on to
 * each socket that it makes for an incoming connection, and of others that find
 * no room in the table. */
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE); __type(key, int); __type(value, struct owner); } owners SEC(".maps");

/* A table in which each socket has two places, for as long as it is not closed:
 * to make and to free what is in the socket costs as much as all else that is
 * told of a connection. */
#define PLACE_BITS 14
struct place { u64 socket; struct owner o; u64 reserved; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1 << PLACE_BITS); __type(key, u32); __type(value, struct place); } places SEC(".maps");

/* A pointer that the verifier knows becomes a number only as the difference to
 * another; this one is the same for all programs of the object. */
#define number_of(sk) ((u64)(sk) - (u64)&vedette_fill)

static __always_inline struct place *place_of(u64 socket, u32 way)
{
	u32 i = (socket * 0x9e3779b97f4a7c15ULL >> (64 - PLACE_BITS)) ^ way;
	return bpf_map_lookup_elem(&places, &i);
}

static __always_inline struct place *find_place(u64 socket)
{
	struct place *p = place_of(socket, 0);
	if (p && p->socket == socket)
		return p;
	p = place_of(socket, 1);
	return p && p->socket == socket ? p : NULL;
}

static __always_inline bool take_place(struct place *p, u64 socket)
{
	return p && !p->socket && !__sync_val_compare_and_swap(&p->socket, 0, socket);
}

static __always_inline struct owner *keep_in_socket(struct sock *sk)
{
	return bpf_sk_storage_get(&owners, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
}

/* Room for the owner of a socket. */
static __always_inline struct owner *keep_owner(struct sock *sk)
{
	u64 socket = number_of(sk);
	struct place *p = find_place(socket);
	if (p)
		return &p->o;
	p = place_of(socket, 0);
	if (take_place(p, socket))
		return &p->o;
	p = place_of(socket, 1);
	if (take_place(p, socket))
		return &p->o;
	return keep_in_socket(sk);
}

static __always_inline struct owner *find_owner(struct sock *sk)
{
	struct place *p = find_place(number_of(sk));
	return p ? &p->o : bpf_sk_storage_get(&owners, sk, 0, 0);
}

/* A socket is new: forgets who owned another at the same address, whose end was
 * missed. */
static __always_inline void forget_other(struct sock *sk)
{
	struct place *p = find_place(number_of(sk));
	if (p)
		p->socket = 0;
}
