// SPDX-License-Identifier: GPL-2.0-or-later
/* Storms of alerts; see storm.h. */
#include "alert/storm.h"

/* Events of several CPUs, and passes between them, do not come in order. */
static uint64_t elapsed(uint64_t since_ns, uint64_t now_ns)
{
	return now_ns > since_ns ? now_ns - since_ns : 0;
}

bool storm__apply(struct storm *s, uint32_t cnt, uint64_t window_ns, uint64_t now_ns)
{
	double back = (double)elapsed(s->used_ns, now_ns) / window_ns * cnt;

	s->used = s->used > back ? s->used - back : 0;
	if (s->used_ns < now_ns)
		s->used_ns = now_ns;
	if (!s->raging && s->used + 1 <= cnt) {
		s->used++;
		return false;
	}
	s->raging = true;
	if (s->last_ns < now_ns)
		s->last_ns = now_ns;
	return true;
}

bool storm__check_end(struct storm *s, uint64_t window_ns, uint64_t now_ns)
{
	if (!s->raging || elapsed(s->last_ns, now_ns) < window_ns)
		return false;
	s->raging = false;
	return true;
}
