/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the daemon in a thread of its own, so that neither a slow answer nor one that never comes
 * stops the keys.  Questions are answered in their order; what an answer means is found out in
 * that thread too.
 */
#ifndef FDSCOPE_FDTOP_ASKER_H
#define FDSCOPE_FDTOP_ASKER_H

#include <stddef.h>
#include <stdint.h>

#include "client.h"

#define ASKER_QUEUE_MAX 64 /* questions that wait */

enum question_id {
	ASK_STATUS,
	ASK_SYSTEM,
	ASK_SUMS,
	ASK_LIST,
	ASK_KINDS,
	ASK_SHEET,
	ASK_FILES,
	ASK_HISTORY,
	ASK_FAILURES,
	ASK_HAZARDS,
	ASK_INCIDENTS,
	ASK_INCIDENT,
	ASK_PAST_FAILURES, /* once, so that events begin before fdtop did */
	ASK_PAST_ALERTS,
	ASK_STREAM,
	ASK_CNT
};

/* How to ask for something, and what to make of the answer. */
struct question {
	enum question_id id;
	/* Body to something; 0 or -errno.  NULL: a stream, whose client is the result. */
	int (*digest)(const char *body, size_t sz, int64_t arg, void **ret_digest);
	void (*free_digest)(void *digest);
};

struct answer {
	const struct question *question;
	int64_t arg; /* as it was asked for */
	int err;     /* 0, -errno */
	enum client_fault fault;
	char message[256]; /* of a failure; not escaped */
	void *digest;	   /* NULL after a failure; whoever takes it sets it to NULL here */
	int64_t took_ns;   /* until the whole answer was there */
	int64_t cost_ns;   /* of processor time of fdtop for it */
};

struct asker;

int asker__new(const char *socket_path, struct asker **ret_asker);
/* Does not wait for a question under way.  Accepts NULL. */
void asker__free(struct asker *a);
/* Readable while there are answers. */
int asker__fd(const struct asker *a);
/* -EBUSY: too many wait; -ENOMEM.  `target` is copied. */
int asker__ask(struct asker *a, const struct question *question, const char *target, int64_t arg);
/* The next answer, which answer__free() gives back; NULL: none yet. */
struct answer *asker__take(struct asker *a);
/* Accepts NULL. */
void answer__free(struct answer *answer);

#endif
