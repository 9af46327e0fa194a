/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host and the daemon: what stands above the list. */
#ifndef FDSCOPE_FDTOP_HOST_H
#define FDSCOPE_FDTOP_HOST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fdtop/model/series.h"

struct host {
	bool known;
	int64_t file_nr, file_max, nr_open, processes, tables, allocated;
	char *worst_comm; /* nearest to its soft limit; NULL: none */
	int64_t worst_pid, worst_allocated, worst_soft;
	double worst_used;

	int64_t opens, closes, counted_ns; /* of all time, and when that was */
	int64_t failures;		   /* of the processes that live */
	double opens_per_s, closes_per_s;  /* NAN: not known yet */
	int64_t failures_new;		   /* since fdtop began */
	struct series opens_series, fds_series;

	char *tier, *version;
	int64_t started_ns; /* of the daemon: another one counts from 0 */
	int64_t critical, warn;
	int64_t drift, lost;
	int64_t daemon_cpu_ns, daemon_rss;
};

void host__init(struct host *h);
void host__done(struct host *h);
/* Answers of /v1/system, /v1/status and /v1/processes?by=user.  -EBADMSG. */
int host__apply_system(struct host *h, const json_t *root);
int host__apply_status(struct host *h, const json_t *root);
int host__apply_sums(struct host *h, const json_t *root);
/* Rates and series begin anew: there was a gap. */
void host__forget_rates(struct host *h);

#endif
