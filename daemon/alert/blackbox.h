/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The black box: what a process held at the moment that mattered, as JSON.
 */
#ifndef FDSCOPE_BLACKBOX_H
#define FDSCOPE_BLACKBOX_H

#include "source/files.h"
#include "store/failures.h"
#include "store/hazards.h"
#include "store/store.h"

#define BLACKBOX_NAMES_MAX 512	  /* descriptors whose names are read: some 5 us each */
#define BLACKBOX_SZ_MAX	   131072 /* bytes of one; what is more is left out */

struct blackbox_input {
	const struct file_list *files; /* NULL: it was too late, or there were no descriptors */
	const char *why;	       /* then, why */
	bool holders;		       /* whether files know who else holds an ofd */
	const struct process *process; /* NULL: no pass has met it */
	const struct failure_log *log;
	const struct hazard *hazard; /* that it is taken for; NULL: none */
	uint32_t pid;
	uint64_t start_ns;
	uint64_t now_ns;
	const char *(*syscall_name)(uint32_t nr);
};

/* An object, to be freed; -errno. */
int blackbox__format(const struct blackbox_input *in, char **ret, size_t *ret_sz);

#endif
