/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * Programs at functions of user space: SEC("uprobe") at their beginning,
 * SEC("uretprobe") at their end. The context is the registers of the caller;
 * which of them hold arguments differs between architectures, so there is one
 * object for each.
 *
 * The kernel puts a breakpoint into the page of the file: EVERY process of the
 * host that maps the file comes here, of other containers too. So each program
 * begins with
 *
 *	if (!in_scope())
 *		return 0;
 *
 * and is short: a call costs its process about a microsecond, twice that at
 * the end of a function. Memory of the process is read by
 * bpf_probe_read_user, which fails where a page is not in memory: what could
 * not be read is to be told (RECORD_UNREADABLE), not left out.
 */
#pragma once
#include "syscalls.h"

/* Arguments of a function, and what it returns, as the C ABI has them. */
#if defined(__TARGET_ARCH_x86)
#define USER_ARG1(r) ((r)->di)
#define USER_ARG2(r) ((r)->si)
#define USER_ARG3(r) ((r)->dx)
#define USER_ARG4(r) ((r)->cx)
#define USER_ARG5(r) ((r)->r8)
#define USER_ARG6(r) ((r)->r9)
#define USER_RETURN(r) ((r)->ax)
#elif defined(__TARGET_ARCH_arm64)
#define USER_ARG1(r) ((r)->regs[0])
#define USER_ARG2(r) ((r)->regs[1])
#define USER_ARG3(r) ((r)->regs[2])
#define USER_ARG4(r) ((r)->regs[3])
#define USER_ARG5(r) ((r)->regs[4])
#define USER_ARG6(r) ((r)->regs[5])
#define USER_RETURN(r) ((r)->regs[0])
#endif
