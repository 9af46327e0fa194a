/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of one of our BPF programs.
 */
#ifndef FDSCOPE_PROGRAM_INFO_H
#define FDSCOPE_PROGRAM_INFO_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_program;

struct program_info {
	const char *name;	 /* of the program */
	char attach[24];	 /* the way: "fentry", "kretprobe.multi", "iter", ... */
	const char *target;	 /* what to: a function, a tracepoint */
	bool attached;		 /* now; some are only on demand */
	uint64_t missed;	 /* times it was skipped; FDS_UNKNOWN: this kernel does not count */
	uint32_t verified_insns; /* that the verifier walked through; 0: not told (before 5.16) */
};

/* Of a loaded program; the strings live as long as it does.  `attached` is for the caller to know.
 */
void program_info__read(const struct bpf_program *prog, struct program_info *ret);

#endif
