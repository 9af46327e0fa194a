// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures that are told from a process and its table; see process.h. */
#include "store/process.h"

double process__used_ratio(const struct process *p)
{
	if (!p->table || p->soft == FDS_RLIM_INFINITY)
		return -1;
	/* With a limit of 0 nothing can be opened, which nothing open does not change. */
	if (!p->soft)
		return p->table->allocated ?: 1;
	return (double)p->table->allocated / p->soft;
}

uint64_t process__room(const struct process *p)
{
	if (p->soft == FDS_RLIM_INFINITY)
		return FDS_RLIM_INFINITY;
	if (!p->table)
		return p->soft;
	return p->below_soft < p->soft ? p->soft - p->below_soft : 0;
}

double process__exhaustion_s(const struct process *p, uint64_t now_ns)
{
	double per_s;

	if (p->exhaustion_s >= 0)
		return p->exhaustion_s;
	if (!p->table || p->soft == FDS_RLIM_INFINITY)
		return -1;
	if (!growth__find(&p->table->growth, now_ns, p->table->allocated, &per_s))
		return -1;
	/* Less than one in a hundred minutes is noise of the straight line, not growth. */
	if (per_s < 1.0 / 6000)
		return -1;
	return process__room(p) / per_s;
}
