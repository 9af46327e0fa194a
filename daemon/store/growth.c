// SPDX-License-Identifier: GPL-2.0-or-later
/* Growth of a count; see growth.h. */
#include "store/growth.h"

static unsigned int last_index(const struct growth *g)
{
	return (g->first + g->cnt - 1) % GROWTH_SAMPLE_CNT;
}

void growth__apply(struct growth *g, uint64_t now_ns, uint32_t count)
{
	unsigned int at;

	if (g->cnt && now_ns - g->time_ns[last_index(g)] < GROWTH_STEP_NS)
		return;
	if (g->cnt == GROWTH_SAMPLE_CNT) {
		at = g->first;
		g->first = (g->first + 1) % GROWTH_SAMPLE_CNT;
	} else {
		at = (g->first + g->cnt++) % GROWTH_SAMPLE_CNT;
	}
	g->time_ns[at] = now_ns;
	g->count[at] = count;
}

bool growth__find(const struct growth *g, uint64_t now_ns, uint32_t count, double *ret_per_s)
{
	double sum_t, sum_c, sum_tt, sum_tc, n, spread;
	uint64_t origin;

	if (!g->cnt || now_ns - g->time_ns[g->first] < GROWTH_MIN_NS)
		return false;

	/* Times in seconds from the oldest sample, so that the squares stay small and exact. */
	origin = g->time_ns[g->first];
	sum_t = (now_ns - origin) / 1e9;
	sum_c = count;
	sum_tt = sum_t * sum_t;
	sum_tc = sum_t * sum_c;
	n = 1;
	for (unsigned int i = 0; i < g->cnt; i++) {
		unsigned int at = (g->first + i) % GROWTH_SAMPLE_CNT;
		double t = (g->time_ns[at] - origin) / 1e9;

		sum_t += t;
		sum_c += g->count[at];
		sum_tt += t * t;
		sum_tc += t * g->count[at];
		n++;
	}
	spread = n * sum_tt - sum_t * sum_t;
	if (spread <= 0)
		return false;
	*ret_per_s = (n * sum_tc - sum_t * sum_c) / spread;
	return true;
}
