/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Who asked last over a socket by datagrams, and from where. What is kept in a
 * socket itself is not to be had where a datagram is sent. An address may be that
 * of another socket by now: then that has asked itself before it is answered.
 */
#pragma once
#include "passed.h"

struct question {
	u64 socket;
	u32 since; /* seconds since boot, of those that are not 0 */
	u16 port;
	u16 version;
	struct actor a;
	u8 source[16], destination[16];
};

/* A table in which each socket has two places, which costs a tenth of a map that
 * puts out the oldest. That is taken when both have been used a short time ago. */
#define QUESTION_BITS 14
#define QUESTION_REST 16 /* seconds: who waits longer asks again */
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1 << QUESTION_BITS); __type(key, u32); __type(value, struct question); } questions SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 16384); __type(key, u64); __type(value, struct question); } others SEC(".maps");

/* A pointer that the verifier knows becomes a number only as the difference to
 * another; this one is the same for all programs of the object. */
#define number_of(sk) ((u64)(sk) - (u64)&vedette_fill)

static __always_inline struct question *question_at(u64 socket, u32 way)
{
	u32 i = (socket * 0x9e3779b97f4a7c15ULL >> (64 - QUESTION_BITS)) ^ way;
	return bpf_map_lookup_elem(&questions, &i);
}

static __always_inline struct question *find_question(u64 socket)
{
	struct question *q = question_at(socket, 0);
	if (q && q->socket == socket)
		return q;
	q = question_at(socket, 1);
	if (q && q->socket == socket)
		return q;
	return bpf_map_lookup_elem(&others, &socket);
}

static __always_inline void fill_question(struct question *q, const struct actor *a, const struct flow *f, const struct bytes *s)
{
	q->port = f->destination_port;
	q->version = f->version;
	q->a = *a;
	__builtin_memcpy(q->source, s->source, 16);
	__builtin_memcpy(q->destination, s->destination, 16);
}

static __always_inline void keep_question(u64 socket, const struct actor *a, const struct flow *f, const struct bytes *s)
{
	struct question *q = question_at(socket, 0), *other = question_at(socket, 1), new = { .socket = socket };
	u32 now = bpf_ktime_get_boot_ns() / 1000000000 + QUESTION_REST;
	if (!q || !other)
		return;
	if (q->socket != socket && (other->socket == socket || other->since < q->since))
		q = other;
	if (q->socket == socket || now - q->since > QUESTION_REST) {
		q->since = now;
		fill_question(q, a, f, s);
		q->socket = socket;
		return;
	}
	fill_question(&new, a, f, s);
	bpf_map_update_elem(&others, &socket, &new, BPF_ANY);
}
