/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Bytes of a message in memory: those of a datagram in the kernel, or those that
 * an iterator over the memory of a process has just passed.
 */
#pragma once
#include "message.h"

struct iovec { void *iov_base; unsigned long iov_len; } CORE;
enum iter_type { ITER_UBUF, ITER_IOVEC, ITER_KVEC };
struct iov_iter {
	u8 iter_type;
	unsigned long iov_offset;
	const struct iovec *__iov;
	void *ubuf;
} CORE;
struct iov_iter___6_3 { const struct iovec *iov; } CORE; /* and before */
struct msghdr { void *msg_name; struct iov_iter msg_iter; } CORE;

/* In one piece, or in two of which the first is short. */
#define LEAD 64
struct bytes {
	u64 lead, main; /* addresses */
	u32 lead_size, main_size;
	u8 source[16], destination[16];
	bool kernel; /* not in the process */
};
#define SOURCE struct bytes

static __always_inline long read_bytes(const struct bytes *s, void *to, u32 n, u64 from)
{
	return s->kernel ? bpf_probe_read_kernel(to, n, (void *)from) : bpf_probe_read_user(to, n, (void *)from);
}

/* n is small and known when this is compiled. */
static __always_inline long load(struct bytes *s, u32 at, void *to, const u32 n)
{
	if (at >= s->lead_size) {
		if (at - s->lead_size + n > s->main_size)
			return -1;
		return read_bytes(s, to, n, s->main + at - s->lead_size);
	}
	if (at + n > s->lead_size + s->main_size)
		return -1;
	for (u32 i = 0; i < n; i++) {
		u64 from = at + i < s->lead_size ? s->lead + at + i : s->main + at + i - s->lead_size;
		if (read_bytes(s, to + i, 1, from))
			return -1;
	}
	return 0;
}

static __always_inline u32 load_most(struct bytes *s, const struct flow *f, u8 *to, u32 n, const u32 room)
{
	u32 at = f->at, all = s->lead_size + s->main_size;
	if (at >= all || !n)
		return 0;
	if (n > all - at)
		n = all - at;
	if (at >= s->lead_size) {
		n = ((n - 1) & (room - 1)) + 1; /* for the verifier: 1 to room */
		return read_bytes(s, to, n, s->main + at - s->lead_size) ? 0 : n;
	}
	u32 first = s->lead_size - at;
	if (first > n)
		first = n;
	first = ((first - 1) & (LEAD - 1)) + 1;
	if (read_bytes(s, to, first, s->lead + at))
		return 0;
	u32 rest = n - first;
	barrier_var(rest);
	if (!rest)
		return first;
	if (rest > room - LEAD)
		rest = room - LEAD;
	return read_bytes(s, to + first, rest, s->main) ? first : first + rest;
}

static __always_inline long load_ends(struct bytes *s, const struct flow *f, struct packet *to)
{
	__builtin_memcpy(to->source, s->source, 16);
	__builtin_memcpy(to->destination, s->destination, 16);
	return 0;
}

static __always_inline bool read_piece(u64 iov, struct iovec *to)
{
	return !bpf_probe_read_kernel(to, sizeof(*to), (void *)iov);
}

/* Finds the last n bytes that an iterator passed. Of bytes in many pieces the
 * first ones are found. */
static __always_inline bool find_passed(struct msghdr *msg, u32 n, struct bytes *s)
{
	struct iov_iter *i = &msg->msg_iter;
	u32 type = i->iter_type, rest = n;
	u64 offset = i->iov_offset, iov;
	struct iovec piece, next;
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) && type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		s->main = (u64)BPF_CORE_READ(i, ubuf) + offset - n;
		s->main_size = n;
		return true;
	}
	s->kernel = type == bpf_core_enum_value(enum iter_type, ITER_KVEC);
	if (!s->kernel && type != bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		return false;
	if (bpf_core_field_exists(i->__iov))
		iov = (u64)BPF_CORE_READ(i, __iov);
	else
		iov = (u64)BPF_CORE_READ((struct iov_iter___6_3 *)i, iov);
	if (offset >= n) {
		if (!read_piece(iov, &piece))
			return false;
		s->main = (u64)piece.iov_base + offset - n;
		s->main_size = n;
		return true;
	}
	rest -= offset;
	for (int j = 0; j < 4; j++) {
		iov -= sizeof(piece);
		if (!read_piece(iov, &piece))
			return false;
		if (piece.iov_len < rest) {
			rest -= piece.iov_len;
			continue;
		}
		s->main = (u64)piece.iov_base + piece.iov_len - rest;
		s->main_size = rest;
		if (rest > LEAD || rest == n || !read_piece(iov + sizeof(piece), &next))
			return true;
		s->lead = s->main;
		s->lead_size = rest;
		s->main = (u64)next.iov_base;
		s->main_size = next.iov_len < n - rest ? next.iov_len : n - rest;
		return true;
	}
	return false;
}
