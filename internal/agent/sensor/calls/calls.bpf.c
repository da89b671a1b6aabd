//go:build ignore
/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * System calls that are rare and matter by themselves, told when they end: with
 * their arguments and their outcome. Texts are read from the process after the
 * kernel read them.
 */
#include "../kernel/bpf/returns.h"
#include "../kernel/bpf/vedette.h"
#include "../kernel/bpf/open.h"
#include "record.h"
#include "target.h"

#define ESRCH 3
#define NAMESPACES 0x7e020080ULL /* CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */

/* The module that a thread is loading, told by the kernel before the call ends. */
struct name { char text[56]; };
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 64); __type(key, u64); __type(value, struct name); } modules SEC(".maps");

/* trace_module_load(struct module *mod), called by load_module in the context
 * of who loads. */
SEC("tp_btf/module_load")
int BPF_PROG(on_module, struct module *mod)
{
	u64 key = bpf_get_current_pid_tgid();
	struct name n = {};
	bpf_probe_read_kernel_str(n.text, sizeof(n.text), mod->name);
	bpf_map_update_elem(&modules, &key, &n, BPF_ANY);
	return 0;
}

/* Access through ptrace; requests that only drive a traced process are left
 * out. */
static __always_inline int traced(u32 request, u32 number, u64 address, long ret)
{
	u32 kind;
	switch (request) {
	case 0: case 1: case 2: case 3: case 12: case 14: case 16: case 0x4204: case 0x4206:
		kind = PROCESS_ACCESS;
		break;
	case 4: case 5: case 6: case 13: case 15: case 0x4205:
		kind = PROCESS_TAMPER;
		break;
	default:
		return 0;
	}
	struct scratch *s = begin(CALL_PTRACE, ret);
	if (!s || (request && !find_target(&s->head, number)))
		return 0;
	s->head.op = request;
	s->head.args[0] = address;
	return tell_once(s, kind);
}

static __always_inline int memory_of(u32 call, u32 kind, u32 number, long ret)
{
	struct scratch *s = begin(call, ret);
	if (!s || !find_target(&s->head, number))
		return 0;
	return tell_once(s, kind);
}

static __always_inline int signalled(u32 call, s32 number, u32 signal, long ret)
{
	struct task_struct *me = bpf_get_current_task_btf();
	if (!signal || ret == -ESRCH || number == me->tgid)
		return 0;
	struct scratch *s = begin(call, ret);
	if (!s)
		return 0;
	if (number > 0 && !find_target(&s->head, number))
		return 0;
	s->head.op = signal;
	s->head.args[0] = (u64)(s64)number;
	return tell_once(s, PROCESS_SIGNAL);
}

static __always_inline int by_pidfd(u32 call, u32 kind, u32 fd, u32 op, long ret)
{
	struct scratch *s = begin(call, ret);
	if (!s || (ret >= 0 && !find_target_of(&s->head, fd)))
		return 0;
	s->head.op = op;
	return tell_once(s, kind);
}

static __always_inline int credentials(u32 call, long ret)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct scratch *s = begin(call, ret);
	if (!s)
		return 0;
	struct kernel_cap { u64 val; } caps;
	const struct cred *c = me->cred;
	bpf_probe_read_kernel(&caps, sizeof(caps), &c->cap_effective);
	s->head.capabilities = caps.val;
	s->head.op = call >= CALL_CAPSET ? (u32)(caps.val ^ caps.val >> 32) : s->head.a.euid ^ s->head.a.egid << 16;
	return tell_once(s, CREDENTIAL_CHANGE);
}

static __always_inline int module_loaded(u32 call, u32 fd, u64 arguments, u64 flags, long ret)
{
	u64 key = bpf_get_current_pid_tgid();
	struct scratch *s = begin(call, ret);
	struct name *n = bpf_map_lookup_elem(&modules, &key);
	u32 off = 0, from, got = 0;
	if (!s)
		return 0;
	if (n) {
		off = put_own(s, n->text, sizeof(n->text), 0);
		bpf_map_delete_elem(&modules, &key);
	}
	s->head.n_text[0] = off;
	from = off;
	off = put_text(s, arguments, 4096, off);
	s->head.n_text[1] = off - from;
	s->head.args[0] = flags;
	struct file *f = call == CALL_FINIT_MODULE ? open_file(fd) : NULL;
	if (f) {
		from = off;
		got = put_path_of(&f->f_path, off);
		off = got & TEXT_MASK;
		s->head.n_text[2] = off - from;
	}
	return tell(s, MODULE_LOAD, got & PATH_CUT ? RECORD_CUT : 0, off);
}

/* The program behind a descriptor. */
static __always_inline int program_at(struct scratch *s, u32 kind, u32 fd)
{
	struct file *f = open_file(fd);
	u32 off;
	if (!f)
		return 0;
	struct bpf_prog *p = BPF_CORE_READ(f, private_data);
	struct bpf_prog_aux *aux = BPF_CORE_READ(p, aux);
	s->head.args[0] = BPF_CORE_READ(p, type);
	s->head.args[2] = BPF_CORE_READ(aux, id);
	off = put_own(s, aux->name, 16, 0);
	s->head.n_text[0] = off;
	off = put_own(s, BPF_CORE_READ(aux, attach_func_name), 128, off);
	s->head.n_text[1] = off - s->head.n_text[0];
	return tell(s, kind, 0, off);
}

/* What bpf(2) is given, as far as it is told. */
struct attr_load { u32 type, count; u64 code, license; u32 log_level, log_size; u64 log; u32 version, flags; char name[16]; };
struct attr_link { u32 program, target, type; };
struct attr_attach { u32 target, program, type; };
struct attr_point { u64 name; u32 program; };

static __always_inline int bpf_called(u32 command, u64 attr, long ret)
{
	struct attr_link l = {};
	struct attr_attach a = {};
	struct attr_point p = {};
	if (command != 5 && command != 8 && command != 17 && command != 28)
		return 0;
	struct scratch *s = begin(CALL_BPF, ret);
	if (!s)
		return 0;
	s->head.op = command;
	s->head.args[1] = ~0ULL; /* no attach type */
	switch (command) {
	case 5:
		if (ret >= 0)
			return program_at(s, BPF_LOAD, ret);
		struct attr_load *load = (void *)&s->text[TEXT_MASK & 0x7000];
		if (bpf_probe_read_user(load, sizeof(*load), (void *)attr))
			return 0;
		s->head.args[0] = load->type;
		u32 off = put_own(s, load->name, 16, 0);
		s->head.n_text[0] = off;
		return tell(s, BPF_LOAD, 0, off);
	case 8:
		bpf_probe_read_user(&a, sizeof(a), (void *)attr);
		s->head.args[1] = a.type;
		return program_at(s, BPF_ATTACH, a.program);
	case 17:
		bpf_probe_read_user(&p, sizeof(p), (void *)attr);
		return program_at(s, BPF_ATTACH, p.program);
	}
	bpf_probe_read_user(&l, sizeof(l), (void *)attr);
	s->head.args[1] = l.type;
	return program_at(s, BPF_ATTACH, l.program);
}

static __always_inline int mounted(u32 call, u32 kind, u64 from, u64 to, u64 type, u64 flags, u32 fd, long ret)
{
	struct scratch *s = begin(call, ret);
	if (!s)
		return 0;
	u32 off = put_text(s, from, 4096, 0), at = off;
	s->head.n_text[0] = off;
	off = put_text(s, to, 4096, off);
	s->head.n_text[1] = off - at;
	at = off;
	struct file *f = call == CALL_MOVE_MOUNT ? open_file(fd) : NULL;
	if (f)
		off = put_own(s, BPF_CORE_READ(f, f_path.mnt, mnt_sb, s_type, name), 64, off);
	else
		off = put_text(s, type, 64, off);
	s->head.n_text[2] = off - at;
	s->head.args[0] = flags;
	return tell(s, kind, 0, off);
}

static __always_inline int entered(u32 fd, u64 types, long ret)
{
	struct scratch *s = begin(CALL_SETNS, ret);
	struct file *f = open_file(fd);
	u32 off = 0;
	if (!s)
		return 0;
	s->head.args[0] = types;
	if (f && BPF_CORE_READ(f, f_inode, i_sb, s_magic) == NSFS_MAGIC) {
		struct ns_common *ns = BPF_CORE_READ(f, f_inode, i_private);
		s->head.args[1] = BPF_CORE_READ(ns, inum);
		off = put_own(s, BPF_CORE_READ(ns, ops, name), 32, 0);
		s->head.n_text[0] = off;
	} else if (ret >= 0) {
		find_target_of(&s->head, fd);
	}
	return tell(s, NAMESPACE_CHANGE, 0, off);
}

/* Goes on to the sensor of libraries. */
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, RETURN_SLOTS); __type(key, u32); __type(value, u32); } returns SEC(".maps");

enum { MEMORY_UNKNOWN, MEMORY_ANONYMOUS, MEMORY_WRITTEN, MEMORY_FILE };

static long look(struct task_struct *t, struct vm_area_struct *v, u32 *what)
{
	*what = v->vm_file ? v->anon_vma ? MEMORY_WRITTEN : MEMORY_FILE : MEMORY_ANONYMOUS;
	return 0;
}

static __always_inline int made_executable(void *ctx, u32 call, u64 address, u64 size, u64 protection, long ret)
{
	u32 what = MEMORY_ANONYMOUS;
	if (ret < 0 && ret > -4096)
		return 0;
	if (call == CALL_MPROTECT) {
		what = MEMORY_UNKNOWN;
		bpf_find_vma(bpf_get_current_task_btf(), address, look, &what, 0);
		if (what == MEMORY_FILE) {
			bpf_tail_call(ctx, &returns, RETURN_LIBRARY);
			return 0;
		}
	}
	struct scratch *s = begin(call, 0);
	if (!s)
		return 0;
	s->head.op = what;
	s->head.args[0] = call == CALL_MMAP ? ret : address;
	s->head.args[1] = size;
	s->head.args[2] = protection;
	return tell_once(s, MEMORY_EXECUTE);
}

static __always_inline int named(u32 call, u32 kind, u64 name, u64 flags, long ret)
{
	struct scratch *s = begin(call, ret);
	if (!s)
		return 0;
	u32 off = put_text(s, name, 256, 0);
	s->head.n_text[0] = off;
	s->head.args[0] = flags;
	return tell(s, kind, 0, off);
}

static __always_inline int plain(u32 call, u32 kind, u32 op, u64 arg, long ret)
{
	struct scratch *s = begin(call, ret);
	if (!s)
		return 0;
	s->head.op = op;
	s->head.args[0] = arg;
	return tell(s, kind, 0, 0);
}

static __always_inline int attached(u32 fd, long ret)
{
	struct scratch *s = begin(CALL_IOCTL, ret);
	if (!s)
		return 0;
	s->head.args[1] = ~0ULL;
	return program_at(s, BPF_ATTACH, fd);
}

static __always_inline int raw_socket(u64 family, u64 type, u64 protocol, long ret)
{
	struct scratch *s = begin(CALL_SOCKET, ret);
	if (!s)
		return 0;
	s->head.op = family;
	s->head.args[0] = type;
	s->head.args[1] = protocol;
	return tell_once(s, NET_RAW);
}

static __always_inline int rare(void *ctx, struct pt_regs *regs, long ret)
{
	u64 a = ARG1(regs), b = ARG2(regs), c = ARG3(regs), d = ARG4(regs);
	u32 flags = 0;
	switch (CALL(regs)) {
	case SYS_ptrace: return traced(a, b, c, ret);
	case SYS_process_vm_readv: return memory_of(CALL_VM_READV, PROCESS_ACCESS, a, ret);
	case SYS_process_vm_writev: return memory_of(CALL_VM_WRITEV, PROCESS_TAMPER, a, ret);
	case SYS_pidfd_getfd: return by_pidfd(CALL_PIDFD_GETFD, PROCESS_ACCESS, a, 0, ret);
	case SYS_kill: return signalled(CALL_KILL, a, b, ret);
	case SYS_tkill: return signalled(CALL_TKILL, a, b, ret);
	case SYS_tgkill: return signalled(CALL_TGKILL, a, c, ret);
	case SYS_rt_sigqueueinfo: return signalled(CALL_SIGQUEUE, a, b, ret);
	case SYS_rt_tgsigqueueinfo: return signalled(CALL_TGSIGQUEUE, a, c, ret);
	case SYS_pidfd_send_signal: return b && ret != -ESRCH ? by_pidfd(CALL_PIDFD_SIGNAL, PROCESS_SIGNAL, a, b, ret) : 0;
	case SYS_setuid: return credentials(CALL_SETUID, ret);
	case SYS_setgid: return credentials(CALL_SETGID, ret);
	case SYS_setreuid: return credentials(CALL_SETREUID, ret);
	case SYS_setregid: return credentials(CALL_SETREGID, ret);
	case SYS_setresuid: return credentials(CALL_SETRESUID, ret);
	case SYS_setresgid: return credentials(CALL_SETRESGID, ret);
	case SYS_capset: return credentials(CALL_CAPSET, ret);
	case SYS_init_module: return module_loaded(CALL_INIT_MODULE, 0, c, 0, ret);
	case SYS_finit_module: return module_loaded(CALL_FINIT_MODULE, a, b, c, ret);
	case SYS_delete_module: return named(CALL_DELETE_MODULE, MODULE_UNLOAD, a, b, ret);
	case SYS_bpf: return bpf_called(a, b, ret);
	case SYS_ioctl: return attached(c, ret);
	case SYS_mount: return mounted(CALL_MOUNT, MOUNT_CREATE, a, b, c, d, 0, ret);
	case SYS_move_mount: return mounted(CALL_MOVE_MOUNT, MOUNT_CREATE, b, d, 0, ARG5(regs), a, ret);
	case SYS_pivot_root: return mounted(CALL_PIVOT_ROOT, MOUNT_CREATE, a, b, 0, 0, 0, ret);
	case SYS_umount2: return mounted(CALL_UMOUNT2, MOUNT_REMOVE, 0, a, 0, b, 0, ret);
	case SYS_unshare: return a & NAMESPACES ? plain(CALL_UNSHARE, NAMESPACE_CHANGE, 0, a & NAMESPACES, ret) : 0;
	case SYS_setns: return entered(a, b, ret);
	case SYS_memfd_create: return named(CALL_MEMFD_CREATE, MEMFD_CREATE, a, b, ret);
	case SYS_mmap: return made_executable(ctx, CALL_MMAP, a, b, c, ret);
	case SYS_mprotect:
	case SYS_pkey_mprotect: return made_executable(ctx, CALL_MPROTECT, a, b, c, ret);
	case SYS_syslog: return a >= 4 && a <= 6 ? plain(CALL_SYSLOG, KERNEL_LOG_CLEAR, a, 0, ret) : 0;
	case SYS_socket: return raw_socket(a, b, c, ret);
	case SYS_io_uring_setup:
		bpf_probe_read_user(&flags, sizeof(flags), (void *)b + 8);
		return plain(CALL_IO_URING_SETUP, URING_CREATE, a, flags, ret);
	}
	return 0;
}

/* trace_sys_exit(struct pt_regs *regs, long ret), or where programs at functions
 * load long __x64_sys_*(const struct pt_regs *regs), with what it returns;
 * through returns.bpf.c: called at the end of one of these calls. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_rare_return, struct pt_regs *regs, long ret)
{
	if (!in_scope() || is_compat(bpf_get_current_task_btf()))
		return 0;
	rare(ctx, regs, ret);
	let_scratch_go();
	return 0;
}
