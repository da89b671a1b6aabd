/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * The exits of system calls. A program there costs every call of the host, so
 * all sensors share one, on_any_return of returns.bpf.c: it goes on to the
 * program of a sensor by a tail call when the call is one of the sensor's. A
 * call that no sensor asks for costs the same, however many sensors ask.
 */
#pragma once
#include "syscalls.h"

enum { RETURN_FILE = 0, RETURN_CALLS = 1, RETURN_LIBRARY = 2, RETURN_SLOTS = 3 };

#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_ANONYMOUS 0x20
#define PERF_EVENT_IOC_SET_BPF 0x40042408
#define SOCK_RAW 3
#define AF_INET 2
#define AF_INET6 10
#define AF_PACKET 17
