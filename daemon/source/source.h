/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where facts come from, whatever the tier: truth passes, descriptors, events.
 */
#ifndef FDSCOPE_SOURCE_H
#define FDSCOPE_SOURCE_H

#include "fdscope/record.h"
#include "source/hooks.h"
#include "source/ofd.h"
#include "source/tier.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct source;

struct source_options {
	const char *btf; /* kernel types from this file; NULL: the kernel's own */
	uint32_t table_cnt;
	const uint8_t *levels; /* per cent, ascending */
	size_t level_cnt;
	uint32_t ring_sz;	  /* bytes for events; a power of two of pages */
	const char *skip_program; /* NULL, or one to do without: for tests of the gate */
};

/* Load and attach a tier, or -errno and nothing of it is left. */
int source__new(enum tier tier, const struct source_options *opts, struct source **ret);
void source__free(struct source *s);

enum tier source__tier(const struct source *s);

/* One record per user of a files table. */
int source__tasks(struct source *s, int (*fn)(void *ctx, const struct fds_task_rec *rec),
		  void *ctx);
/*
 * Some kernels keep processes out of the iterators.  Look for such; from then on their records come
 * from /proc.
 */
int source__find_hidden(struct source *s);
/* How many were found. */
size_t source__hidden(const struct source *s);
/*
 * Every descriptor of one thread's table.  `brief`: the records have what tells the file, its kind
 * and its name, may lack the rest, and are had in half the time.  -ESRCH: gone.
 */
int source__files(struct source *s, pid_t pid, pid_t tid, bool brief,
		  int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx);
/* Every descriptor of the host on one of these ofds; none where the tier cannot tell. */
int source__holders(struct source *s, const uint64_t *ofds, size_t cnt,
		    int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx);
/* The same, and among the wanted are inodes of pipes and sockets. */
int source__holders_and_ends(struct source *s, const uint64_t *wanted, size_t cnt,
			     int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx);
/* See snapshot__open_host_files(); -ENOTSUP: only /proc tells. */
int source__open_host_files(struct source *s, const struct fds_wanted *wanted);
/* The tables that such an iteration leaves out, or all, out of /proc. */
int source__procfs_tables(struct source *s, bool all,
			  int (*fn)(void *ctx, const struct fds_task_rec *rec), void *ctx);
/* Distinct ofds in all tables; -ENOTSUP: the tier cannot tell. */
int source__count_ofds(struct source *s, uint64_t *ret);

/*
 * What users have of what is limited per user; the same user may come more than once.  -ENOTSUP:
 * the tier cannot tell.
 */
int source__users(struct source *s, int (*fn)(void *ctx, const struct fds_user_rec *rec),
		  void *ctx);
/* Whether all of it is told: known after the first time. */
bool source__tells_users(const struct source *s);

/* Depth of our pid namespace. */
uint32_t source__own_level(const struct source *s);

/* The hooks; NULL in a tier without. */
struct hooks *source__hooks(struct source *s);
/* Tables of the last pass for which a tier that counts has no counters: more than max-tables. */
uint32_t source__untracked(const struct source *s);
/* Each BPF program of the tier; -ENOENT: there are fewer. */
int source__program(const struct source *s, size_t i, struct program_info *ret);
void source__losses(const struct source *s, struct hooks_losses *ret);

#endif
