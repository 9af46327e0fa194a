/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The truth, by BPF iterators: every files table of the host, or every descriptor.
 */
#ifndef FDSCOPE_SNAPSHOT_H
#define FDSCOPE_SNAPSHOT_H

#include "fdscope/record.h"
#include "source/counters.h"
#include "source/program_info.h"
#include "source/tier.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct snapshot;

/* Other than 0 ends the iteration and is what it returns. */
typedef int (*snapshot_task_fn)(void *ctx, const struct fds_task_rec *rec);
typedef int (*snapshot_user_fn)(void *ctx, const struct fds_user_rec *rec);
/* A struct fds_detail_rec follows the record where that says so. */
typedef int (*snapshot_file_fn)(void *ctx, const struct fds_file_rec *rec);

/*
 * Loads the iterators.  btf: file to take the kernel's types from, NULL: the kernel's own.
 * counters: to compare with once snapshot__compare() was called, NULL: none are kept.
 */
int snapshot__new(const char *btf, enum tier tier, const struct counters *counters,
		  struct snapshot **ret);
void snapshot__free(struct snapshot *s);

/* From now on each pass compares the counters with the truth, and makes those that are missing. */
void snapshot__compare(struct snapshot *s);

/* One record per user of a files table, as record.h says. */
int snapshot__tasks(struct snapshot *s, snapshot_task_fn fn, void *ctx);

/*
 * Every descriptor in the table of one thread.  A thread that is gone gives none.  `brief`: records
 * without what fill_rest() of task_file.bpf.c fills, and without the names of sockets.
 */
int snapshot__thread_files(struct snapshot *s, pid_t pid, pid_t tid, bool brief,
			   snapshot_file_fn fn, void *ctx);

/*
 * Every descriptor of the host on one of these ofds (addresses; at most SNAPSHOT_WANTED_MAX).
 * inodes: among the addresses are some of the inodes of pipes and sockets.
 */
#define SNAPSHOT_WANTED_MAX 65536
int snapshot__wanted_files(struct snapshot *s, const uint64_t *wanted, size_t cnt, bool inodes,
			   snapshot_file_fn fn, void *ctx);

/*
 * Begin an iteration of every descriptor of the host, or of those that are wanted: its descriptor,
 * from which the caller reads records of struct fds_host_file_rec (SNAPSHOT_READ_SZ at once), or
 * -errno; -ENOTSUP: the kernel refuses it.  One of wanted files must end before the next begins.
 * While one goes on, kernels before 5.11 keep the table that it is at from being given back.
 */
int snapshot__open_host_files(struct snapshot *s, const struct fds_wanted *wanted);
/* The kernel's buffer for one read is 32 KiB; less would cut its rounds short. */
#define SNAPSHOT_READ_SZ (64 * 1024)

/* How many distinct ofds all tables hold. */
int snapshot__count_ofds(struct snapshot *s, uint64_t *ret);

/* What users have; the same user may come more than once. */
int snapshot__users(struct snapshot *s, snapshot_user_fn fn, void *ctx);
/* Whether that has inotify's part: known after the first time. */
bool snapshot__tells_inotify(const struct snapshot *s);

/* Tables that the last pass met and that have no counters, for want of room or memory. */
uint32_t snapshot__untracked(const struct snapshot *s);
/* Depth of our pid namespace; known after the first pass. */
uint32_t snapshot__own_level(const struct snapshot *s);

/* Each iterator; -ENOENT: there are fewer. */
int snapshot__program(const struct snapshot *s, size_t i, struct program_info *ret);

#endif
