/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of file.bpf.c: what only the entry of a system call knows, because it is
 * gone at the exit. Either the classic tracepoints of those calls are attached,
 * which cost the other calls less, or on_call, which needs no tracefs.
 */
#pragma once

static __always_inline bool may_look(struct task_struct *t)
{
	return in_scope() && !is_compat(t);
}

static __always_inline int close_range_called(struct task_struct *t, u32 first, u32 last, u32 flags)
{
	if (!flags)
		close_all(t, first, last, false);
	return 0;
}

static __always_inline int dup_called(u32 from, u32 to)
{
	return from == to ? 0 : closing(open_file(to));
}

/* trace_sys_enter(struct pt_regs *regs, long id), called by the entry of every
 * system call while a program is attached. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_call, struct pt_regs *regs, long id)
{
	switch (id) {
	case SYS_close:
	case SYS_dup3:
	case SYS_close_range:
	case SYS_fchmod:
	case SYS_fchown:
#ifdef SYS_HAS_OLD
	case SYS_dup2:
#endif
		break;
	default:
		return 0;
	}
	struct task_struct *t = bpf_get_current_task_btf();
	if (!may_look(t))
		return 0;
	switch (id) {
	case SYS_close:
		return closing(open_file(ARG1(regs)));
	case SYS_close_range:
		return close_range_called(t, ARG1(regs), ARG2(regs), ARG3(regs));
	case SYS_fchmod:
	case SYS_fchown:
		return remember(ARG1(regs));
	default:
		return dup_called(ARG1(regs), ARG2(regs));
	}
}

/* What the classic tracepoint of a system call hands over; 32-bit programs do
 * not come here. */
struct call { u64 common; s32 number, pad; u64 args[6]; };

SEC("tracepoint/syscalls/sys_enter_close")
int call_close(struct call *c)
{
	return in_scope() ? closing(open_file(c->args[0])) : 0;
}

SEC("tracepoint/syscalls/sys_enter_close_range")
int call_close_range(struct call *c)
{
	return in_scope() ? close_range_called(bpf_get_current_task_btf(), c->args[0], c->args[1], c->args[2]) : 0;
}

#ifdef SYS_HAS_OLD
SEC("tracepoint/syscalls/sys_enter_dup2")
int call_dup2(struct call *c)
{
	return in_scope() ? dup_called(c->args[0], c->args[1]) : 0;
}
#endif

SEC("tracepoint/syscalls/sys_enter_dup3")
int call_dup3(struct call *c)
{
	return in_scope() ? dup_called(c->args[0], c->args[1]) : 0;
}

SEC("tracepoint/syscalls/sys_enter_fchmod")
int call_fchmod(struct call *c)
{
	return in_scope() ? remember(c->args[0]) : 0;
}

SEC("tracepoint/syscalls/sys_enter_fchown")
int call_fchown(struct call *c)
{
	return in_scope() ? remember(c->args[0]) : 0;
}
