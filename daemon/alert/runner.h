/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs hooks: so many at a time, the others in a queue, each with a time limit, its output bounded
 * and logged, and nothing left of it in the end.  What a run needs is opened beforehand.
 */
#ifndef FDSCOPE_RUNNER_H
#define FDSCOPE_RUNNER_H

#include "alert/hook.h"

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#define RUNNER_SLOTS_MAX 64
#define RUNNER_SPARE_CNT 128		     /* open files; at most a sixteenth of the own limit */
#define RUNNER_INPUT_MAX (1 << 20)	     /* bytes; what is longer is not given at all */
#define RUNNER_GRACE_NS	 (2 * 1000000000ull) /* between asking it to end and ending it */

struct runner_config {
	unsigned int max_running; /* at most RUNNER_SLOTS_MAX; a reload cannot change it */
	unsigned int max_queued;
	unsigned int rate_per_min; /* starts; so many at once after a quiet minute */
	size_t output_max;	   /* bytes of one run's output that are logged */
	uint64_t nofile;	   /* soft limit of descriptors that hooks get */
};

struct runner_stats {
	uint64_t started;
	uint64_t failed;  /* could not be started */
	uint64_t nonzero; /* ended badly */
	uint64_t timeouts;
	uint64_t dropped_queue, dropped_rate;
	unsigned int running, queued;
};

struct runner;

/* SIGCHLD must be no one else's.  Descriptors, or -errno. */
int runner__new(sd_event *event, const struct runner_config *c, struct runner **ret);
/* Ends what runs. */
void runner__free(struct runner *r);
void runner__apply_config(struct runner *r, const struct runner_config *c);

/*
 * Now if there is a place, else later.  `env` are "NAME=VALUE", ended by NULL, beside a basic
 * environment; `input` is the standard input; all is copied.  -ENOBUFS: dropped, and counted;
 * -ENOMEM.
 */
int runner__run(struct runner *r, const struct hook *h, const char *const *env, const char *input,
		size_t input_sz);

/*
 * Whether the host is short of open files: spare ones are then given up while hooks run, since who
 * is not privileged can open none beyond fs.file-max.  If others are faster, such a hook fails.
 */
void runner__set_scarce(struct runner *r, bool scarce);

void runner__stats(const struct runner *r, struct runner_stats *ret);

#endif
