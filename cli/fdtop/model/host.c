// SPDX-License-Identifier: GPL-2.0-or-later
/* The host and the daemon; see host.h. */
#include "fdtop/model/host.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "fdtop/model/value.h"

#define NS_PER_S 1e9

void host__init(struct host *h)
{
	*h = (struct host){
		.file_nr = VALUE_UNKNOWN,
		.file_max = VALUE_UNKNOWN,
		.nr_open = VALUE_UNKNOWN,
		.processes = VALUE_UNKNOWN,
		.allocated = VALUE_UNKNOWN,
		.opens = VALUE_UNKNOWN,
		.closes = VALUE_UNKNOWN,
		.failures = VALUE_UNKNOWN,
		.opens_per_s = NAN,
		.closes_per_s = NAN,
		.worst_used = NAN,
	};
}

void host__done(struct host *h)
{
	free(h->worst_comm);
	free(h->tier);
	free(h->version);
	host__init(h);
}

static double rate(int64_t now, int64_t before, double seconds)
{
	if (now < 0 || before < 0 || now < before)
		return NAN;
	return (double)(now - before) / seconds;
}

static void apply_counters(struct host *h, const json_t *root)
{
	int64_t opens = value__int(root, "opens"), closes = value__int(root, "closes");
	int64_t now = value__int(root, "generated_ns");

	/* The same truth twice tells no rate. */
	if (now <= h->counted_ns)
		return;
	if (h->counted_ns > 0) {
		double seconds = (double)(now - h->counted_ns) / NS_PER_S;

		h->opens_per_s = rate(opens, h->opens, seconds);
		h->closes_per_s = rate(closes, h->closes, seconds);
		if (!isnan(h->opens_per_s))
			series__add(&h->opens_series, h->opens_per_s);
	}
	h->opens = opens;
	h->closes = closes;
	h->counted_ns = now;
}

int host__apply_system(struct host *h, const json_t *root)
{
	const json_t *worst = json_object_get(root, "worst");

	if (!json_is_integer(json_object_get(root, "file_nr")))
		return -EBADMSG;
	h->known = true;
	h->file_nr = value__int(root, "file_nr");
	h->file_max = value__limit(root, "file_max");
	h->nr_open = value__int(root, "nr_open");
	h->processes = value__int(root, "processes");
	h->tables = value__int(root, "tables");
	h->allocated = value__int(root, "allocated");
	free(h->worst_comm);
	h->worst_comm = value__text(worst, "comm");
	h->worst_pid = value__int(worst, "pid");
	h->worst_used = value__num(worst, "used_ratio");
	h->worst_allocated = value__int(worst, "allocated");
	h->worst_soft = value__limit(worst, "soft_limit");
	apply_counters(h, root);
	return 0;
}

int host__apply_status(struct host *h, const json_t *root)
{
	const json_t *alerts = json_object_get(root, "alerts");
	int64_t started = value__int(root, "started_ns");

	if (!json_is_string(json_object_get(root, "tier")))
		return -EBADMSG;
	free(h->tier);
	h->tier = value__text(root, "tier");
	free(h->version);
	h->version = value__text(root, "version");
	if (h->started_ns && h->started_ns != started)
		host__forget_rates(h);
	h->started_ns = started;
	h->critical = value__int(alerts, "critical");
	h->warn = value__int(alerts, "warn");
	h->drift = value__int(root, "drift_fds");
	h->lost = value__int(root, "lost_records");
	h->daemon_cpu_ns = value__int(root, "cpu_ns");
	h->daemon_rss = value__int(root, "rss_bytes");
	return 0;
}

static int64_t sum_of(const json_t *groups, const char *key)
{
	int64_t sum = VALUE_UNKNOWN;
	json_t *group;
	size_t i;

	json_array_foreach (groups, i, group) {
		int64_t v = value__int(group, key);

		if (v >= 0 && __builtin_add_overflow(sum < 0 ? 0 : sum, v, &sum))
			sum = INT64_MAX;
	}
	return sum;
}

int host__apply_sums(struct host *h, const json_t *root)
{
	const json_t *groups = json_object_get(root, "groups");
	int64_t failures = sum_of(groups, "failures"), allocated = sum_of(groups, "allocated");

	if (!json_is_array(groups))
		return -EBADMSG;
	/* Of processes that live: one that ended takes its part away. */
	if (failures > h->failures && h->failures >= 0 &&
	    __builtin_add_overflow(h->failures_new, failures - h->failures, &h->failures_new))
		h->failures_new = INT64_MAX;
	if (allocated >= 0)
		series__add(&h->fds_series, (double)allocated);
	h->failures = failures;
	return 0;
}

void host__forget_rates(struct host *h)
{
	h->counted_ns = 0;
	h->opens_per_s = h->closes_per_s = NAN;
}
