/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hooks of a tier: loaded, attached, their ring buffer drained, their losses known.
 */
#ifndef FDSCOPE_HOOKS_H
#define FDSCOPE_HOOKS_H

#include "fdscope/record.h"
#include "source/counters.h"
#include "source/program_info.h"
#include "source/programs.h"

#include <stddef.h>
#include <stdint.h>

struct hooks;

struct hooks_options {
	const char *btf;    /* NULL: the kernel's own */
	uint32_t table_cnt; /* files tables with state in the kernel */
	uint32_t ring_sz;   /* bytes; rounded up to a power of two of pages */
	const char *skip;   /* NULL, or a program to do without: for tests of the gate */
};

/* Load the programs of a tier; nothing runs before hooks__attach(). */
int hooks__new(enum tier tier, const struct hooks_options *opts, struct hooks **ret);
int hooks__attach(struct hooks *h);
void hooks__free(struct hooks *h);

/* The counters; NULL: the tier keeps none. */
struct counters *hooks__counters(struct hooks *h);

/* Readable when something urgent is in the ring. */
int hooks__ring_fd(const struct hooks *h);
/* Hand on what is in the ring; the number of records, or -errno. */
int hooks__drain(struct hooks *h, void (*fn)(void *ctx, const struct fds_event *ev), void *ctx);

void hooks__set_level(struct hooks *h, const uint8_t *levels, size_t cnt);
void hooks__set_own_level(struct hooks *h, uint32_t level);
/* Which optional events are emitted: bits 1 << enum fds_event_type. */
void hooks__set_wanted(struct hooks *h, uint32_t mask);

/* Attach or detach what is attached on demand; nothing happens in a tier without. */
int hooks__arm(struct hooks *h, enum program_role role, bool on);
bool hooks__is_armed(const struct hooks *h, enum program_role role);

struct hooks_losses {
	uint64_t records; /* the ring was full */
	uint64_t updates; /* state of a table was not kept */
	uint64_t misses;  /* a program was skipped because it was running already */
};
void hooks__losses(const struct hooks *h, struct hooks_losses *ret);

size_t hooks__program_cnt(const struct hooks *h);
/* Each program in use; -ENOENT: there are fewer. */
int hooks__program(const struct hooks *h, size_t i, struct program_info *ret);

#endif
