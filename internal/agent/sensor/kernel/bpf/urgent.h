/* SPDX-License-Identifier: MIT OR GPL-2.0-only
 *
 * What the reader must be woken for: filled from rules that ask for actions.
 */
#pragma once
#include "vedette.h"

/* Which of the wake-up tests are on: bits of `urgent_on[0]`. */
enum { URGENT_FILES = 1, URGENT_NAMES = 2, URGENT_MEMORY = 4, URGENT_USER = 8 };
struct file_key { u64 inode; u32 device, reserved; };
struct name_key { char name[64]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } urgent_on SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16384); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct file_key); __type(value, u8); } urgent_files SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4096); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct name_key); __type(value, u8); } urgent_names SEC(".maps");
