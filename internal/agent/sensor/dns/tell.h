/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What is told of messages of DNS and of the first message of TLS, whatever it
 * is read from. Who includes it defines SOURCE and how to read from it:
 *
 *	long load(SOURCE *s, u32 at, void *to, u32 n)     n bytes of it; 0 when they are there
 *	u32 load_most(SOURCE *s, const struct flow *f, u8 *to, u32 n, u32 room)     of a payload at most n of the room's bytes; how many
 *	long load_ends(SOURCE *s, const struct flow *f, struct packet *to)     addresses; 0 when they are there
 */
#pragma once
#include "message.h"

/* Puts a message with at most room bytes of its payload, a power of two, into the ring. */
static __always_inline void put(SOURCE *s, const struct flow *f, const struct actor *a, u8 kind, u16 flags, const u32 room)
{
	struct packet *r = take(SENSOR_DNS, kind, sizeof(*r) + room);
	if (!r)
		return;
	__builtin_memcpy(&r->a, a, sizeof(*a));
	__builtin_memset(r->source, 0, 32);
	long failed = load_ends(s, f, r);
	r->source_port = f->source_port;
	r->destination_port = f->destination_port;
	r->version = f->version;
	r->protocol = f->protocol;
	r->flags = flags;
	r->length = f->length;
	u32 n = f->length > room ? room : f->length;
	n = failed ? 0 : load_most(s, f, r->payload, n, room);
	if (n < f->length)
		r->h.flags |= RECORD_CUT;
	r->kept = n;
	r->h.size = sizeof(*r) + n; /* what the ring holds after it is of others */
	give(r);
}

static __always_inline void tell(SOURCE *s, const struct flow *f, const struct actor *a, u8 kind, u16 flags)
{
	if (f->length <= 128)
		put(s, f, a, kind, flags, 128);
	else if (f->length <= 1024)
		put(s, f, a, kind, flags, 1024);
	else
		put(s, f, a, kind, flags, 4096);
}

/* The current process, whose fork is told first. */
static __always_inline void fill_current(struct actor *a)
{
	struct task_struct *t = bpf_get_current_task_btf();
	release_task_fork(t);
	fill_actor(a, t);
}

/* Tells a segment of DNS over TCP that begins a message, and finds where the
 * next one begins: a message may fill several segments, a segment hold several
 * messages, and a segment be sent again. */
static __always_inline void tell_segment(SOURCE *s, struct flow *f, struct asker *k, u8 kind, const u32 way)
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
			if (pos + 2 > f->length || load(s, f->at + pos, b, 2))
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
	tell(s, f, &k->a, kind, flags);
}

/* The first bytes that a connection sends: a hello of a TLS client has the type
 * 22 of a record, a version 3.x, and the type 1 of a message. */
static __always_inline bool is_hello(SOURCE *s, const struct flow *f)
{
	u8 b[6];
	return f->length > 42 && !load(s, f->at, b, 6) && b[0] == 22 && b[1] == 3 && b[5] == 1;
}
