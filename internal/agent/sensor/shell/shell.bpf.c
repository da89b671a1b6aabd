//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Lines that were typed, where functions return that read them.
 */
#include "../kernel/bpf/probe.h"
#include "../kernel/bpf/vedette.h"

#define LINE_MAX 4096

/* No scratch of the processor: programs at uprobes may be preempted. */
struct line {
	struct head h;
	struct actor a;
	u32 place; /* cookie of the uprobe */
	u32 size;  /* of text, with the zero byte at its end */
	char name[16];
	char text[LINE_MAX];
};

/* char *readline(const char *prompt), of bash and of libreadline, and
 * char *zleread(char **lp, char **rp, int flags, int context, char *init, char *finish)
 * of zsh. They return the line, or NULL at the end of the input. */
SEC("uretprobe")
int on_line(struct pt_regs *regs)
{
	if (!in_scope())
		return 0;
	const char *from = (const char *)USER_RETURN(regs);
	char first = 0;
	if (!from || (!bpf_probe_read_user(&first, 1, from) && !first))
		return 0; /* the end, or an empty line */
	release_own_fork();
	struct line *r = take(SENSOR_SHELL, SHELL_COMMAND, sizeof(*r));
	if (!r)
		return 0;
	struct task_struct *t = bpf_get_current_task_btf();
	fill_actor(&r->a, t);
	r->place = bpf_get_attach_cookie(regs);
	__builtin_memcpy(r->name, t->group_leader->comm, sizeof(r->name));
	long n = bpf_probe_read_user_str(r->text, sizeof(r->text), from);
	r->size = n > 0 ? n : 0;
	if (n <= 0)
		r->h.flags |= RECORD_UNREADABLE;
	if (n == sizeof(r->text))
		r->h.flags |= RECORD_CUT;
	give(r);
	return 0;
}
