/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Part of calls.bpf.c: the process that a call acts on.
 */
#pragma once

#define FIRST_PIDNS 0xEFFFFFFC
#define PIDFS_MAGIC 0x50494446
#define NSFS_MAGIC 0x6e736673

/* Since 6.13: the task of a number in the pid namespace of the current one. */
extern struct task_struct *bpf_task_from_vpid(s32 vpid) __ksym __weak;
extern void bpf_task_release(struct task_struct *p) __ksym __weak;

/* Fills the target of a call by its number in the pid namespace of the current
 * process; false when that is the process itself. Without the function of the
 * kernel the number is kept as given, with the namespace when it is not the
 * agent's. */
static __always_inline bool find_target(struct call *c, s32 number)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct pid *own = me->group_leader->thread_pid;
	struct upid u;
	u32 level = BPF_CORE_READ(own, level), ns = 0;
	if (bpf_core_read(&u, sizeof(u), &own->numbers[level & 31]) == 0) {
		if (u.nr == number)
			return false;
		ns = BPF_CORE_READ(u.ns, ns.inum);
	}
	if (bpf_task_from_vpid) {
		struct task_struct *t = bpf_task_from_vpid(number);
		if (t) {
			bool self = t->tgid == me->tgid;
			c->target = process_number(t);
			c->target_start = c->target ? t->group_leader->start_boottime : 0;
			bpf_task_release(t);
			if (self)
				return false;
			if (c->target)
				return true;
		}
	}
	c->target = number;
	if (ns != (vedette_pidns ? vedette_pidns : FIRST_PIDNS))
		c->target_ns = ns;
	return true;
}

/* Fills the target by a pidfd; false when that is the process itself. */
static __always_inline bool find_target_of(struct call *c, u32 fd)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct file *f = open_file(fd);
	struct pid *p;
	if (!f)
		return true;
	if (BPF_CORE_READ(f, f_inode, i_sb, s_magic) == PIDFS_MAGIC) /* since 6.9 */
		p = BPF_CORE_READ(f, f_inode, i_private);
	else
		p = BPF_CORE_READ(f, private_data);
	if (!p || p == me->group_leader->thread_pid)
		return false;
	c->target = pid_number(p);
	return true;
}
