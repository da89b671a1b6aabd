/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What a descriptor of the current process refers to.
 */
#pragma once
#include "vedette.h"

static __always_inline struct file *open_file(u32 fd)
{
	struct task_struct *t = bpf_get_current_task_btf();
	struct fdtable *table = t->files->fdt;
	struct file *f = NULL;
	if (fd >= table->max_fds)
		return NULL;
	struct file **files = table->fd;
	bpf_probe_read_kernel(&f, sizeof(f), files + fd);
	return f;
}
