/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors of one process: a row each, and what most of them are. */
#ifndef FDSCOPE_FDTOP_HOLDINGS_H
#define FDSCOPE_FDTOP_HOLDINGS_H

#include "fdtop/model/grid.h"
#include "fdtop/model/tally.h"

struct holdings {
	struct grid *files;
	struct tally directories;
	struct tally targets; /* names that more than one descriptor has */
	struct tally peers;   /* processes that hold the same open file descriptions */
	struct tally remotes; /* far ends: addresses, and processes of pipes and Unix sockets */
	struct tally ports;   /* "443 listening", "443 accepted", "5432 remote" */
	struct tally links;   /* "LOCAL REMOTE", ports of connections, until all are known */
};

/* An answer of /v1/processes/PID/files.  -EBADMSG, -ENOMEM. */
int holdings__parse(const char *body, size_t sz, struct holdings **ret_holdings);
/* Accepts NULL. */
void holdings__free(struct holdings *h);

#endif
