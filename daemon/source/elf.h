/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ELF file tells of itself, as far as calls in it are to be named: its build id, and where
 * its code lies.  Files are anybody's, so nothing in them is believed.
 */
#ifndef FDSCOPE_ELF_H
#define FDSCOPE_ELF_H

#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_info {
	bool has_build_id;
	bool has_code;
	uint8_t build_id[FDS_BUILD_ID_SZ]; /* shorter ones end with zeros, as the kernel has it */
	uint64_t code_offset; /* place in the file of what the kernel calls start_code */
};

/* 0, -EBADMSG: no such file of this machine's byte order, or -errno. */
int elf__read(int fd, struct elf_info *ret);

/* The build id among these notes; false: there is none. */
bool elf__find_build_id(const void *notes, size_t sz, uint8_t ret[FDS_BUILD_ID_SZ]);

#endif
