//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Settings of the kernel that a process writes through /proc/sys.
 */
#include "../kernel/bpf/vedette.h"

/* The context of the program, of linux/bpf.h: the verifier rewrites the access. */
struct bpf_sysctl { u32 write, file_pos; };

enum { NAME_SIZE = 128, VALUE_SIZE = 512 };

struct setting {
	struct head h;
	struct actor a;
	s32 before_size, after_size; /* negative: could not be read; -E2BIG: cut */
	char name[NAME_SIZE], before[VALUE_SIZE], after[VALUE_SIZE];
};

/* __cgroup_bpf_run_filter_sysctl(struct ctl_table_header *head, const struct
 * ctl_table *table, int write, char **buf, size_t *pcount, loff_t *ppos, enum
 * cgroup_bpf_attach_type atype), called by proc_sys_call_handler in the context
 * of the process before the value is set. 1 lets it be done, always. */
SEC("cgroup/sysctl")
int on_sysctl(struct bpf_sysctl *c)
{
	if (!c->write)
		return 1;
	release_own_fork();
	struct setting *r = take(SENSOR_SYSCTL, SYSCTL_CHANGE, sizeof(*r));
	if (!r)
		return 1;
	__builtin_memset(&r->a, 0, sizeof(r->a));
	r->name[0] = 0;
	fill_actor(&r->a, bpf_get_current_task_btf());
	/* The helpers fill the rest with zeros. */
	bpf_sysctl_get_name(c, r->name, sizeof(r->name), 0);
	r->before_size = bpf_sysctl_get_current_value(c, r->before, sizeof(r->before));
	r->after_size = bpf_sysctl_get_new_value(c, r->after, sizeof(r->after));
	give(r);
	return 1;
}
