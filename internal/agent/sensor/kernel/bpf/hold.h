/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Who uses the scratch of this processor. A program at a function of the kernel
 * stays on its processor, but where the kernel can be preempted everywhere
 * another task may run there in between, and such a program with it: it must not
 * build its record in the same place. At tracepoints this cannot happen.
 */
#pragma once
#include "vedette.h"

struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, u64); } holders SEC(".maps");

/* Takes the scratch for the current thread; false when another has it, which is
 * counted as lost: of which kind is not known yet. */
static __always_inline bool hold_scratch(u8 sensor)
{
	u32 cpu = bpf_get_smp_processor_id();
	u64 *holder = bpf_map_lookup_elem(&holders, &cpu);
	if (!holder)
		return false;
	if (!__sync_val_compare_and_swap(holder, 0, bpf_get_current_pid_tgid()))
		return true;
	count_drop(sensor, 0);
	return false;
}

/* Lets the scratch go when the current thread has it. */
static __always_inline void let_scratch_go(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	u64 *holder = bpf_map_lookup_elem(&holders, &cpu);
	if (holder)
		__sync_val_compare_and_swap(holder, bpf_get_current_pid_tgid(), 0);
}
