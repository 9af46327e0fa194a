// SPDX-License-Identifier: GPL-2.0-or-later
/* Histories onto the disk and back; see recorder.h. */
#include "alert/recorder.h"

#include "base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_S 60
#define KEY_SZ	 96

void recorder__init(struct recorder *r, struct archive *a)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	*r = (struct recorder){.archive = a};
	if (!f || fscanf(f, "%39s", r->boot) != 1)
		r->boot[0] = '\0';
	if (f)
		fclose(f);
}

/* The process that a table shows as; the same name from any daemon of this boot. */
static const char *process_key(const struct recorder *r, const struct process *p, char buf[KEY_SZ])
{
	snprintf(buf, KEY_SZ, "%s/%" PRIu32 "/%" PRIu64, r->boot, p->key.pid, p->start_ns);
	return buf;
}

/* What is put of one series: the minutes from `from`, of a new one from `first`, before `end`. */
struct span {
	uint64_t first, from, end;
	int64_t end_s; /* unix time of the end */
	bool all;      /* also those that are like the one before */
};

static void put(struct recorder *r, const char *kind, const char *key, struct history *h,
		const struct span *span)
{
	for (uint64_t slot = h->kept_slot ? span->from : span->first; slot < span->end; slot++) {
		struct archive_point point;
		struct history_bucket b;

		if (!history__minute(h, slot, &b))
			continue;
		if (!span->all && h->kept_slot && b.min == h->kept.min && b.max == h->kept.max &&
		    (slot - h->kept_slot) * MINUTE_S < RECORDER_HOLD_S)
			continue;
		point = (struct archive_point){
			span->end_s - (int64_t)((span->end - slot) * MINUTE_S), b.min, b.max};
		/* What is not kept is counted there. */
		if (archive__put_point(r->archive, kind, key, &point) == -EOPNOTSUPP)
			return;
		h->kept = b;
		h->kept_slot = slot;
	}
}

void recorder__apply_pass(struct recorder *r, struct store *s, struct history *host, int64_t now_s)
{
	/* The minutes that are over since the last time: passes may be further apart than that. */
	uint64_t second = s->pass_ns / NSEC_PER_SEC, over = second / MINUTE_S;
	uint64_t first = over > HISTORY_MINUTE_CNT ? over - HISTORY_MINUTE_CNT : 0;
	struct span span = {
		.first = first,
		.from = r->over > first ? r->over : first,
		.end = over,
		.end_s = now_s - (int64_t)(second % MINUTE_S),
	};
	char key[KEY_SZ];

	if (over == r->over)
		return;
	r->over = over;
	span.all = true;
	put(r, "host", "file-nr", host, &span);
	span.all = false;
	for (struct unit *u = s->units.list; u; u = units__next(u))
		put(r, "unit", u->name, &u->history, &span);
	for (struct process *p = store__first(s); p; p = store__next(p))
		/* Threads with tables of their own are in their unit only. */
		if (p->table && !p->kthread && p->key.pid == p->key.tid &&
		    p->table->history.coarse && p->table->history.kept_slot + 1 < span.end)
			put(r, "process", process_key(r, p, key), &p->table->history, &span);
}

int recorder__read(const struct recorder *r, const struct recorder_subject *of, int64_t since_s,
		   archive_point_fn fn, void *ctx)
{
	char key[KEY_SZ];

	if (of->host)
		return archive__history(r->archive, "host", "file-nr", since_s, fn, ctx);
	if (of->unit)
		return archive__history(r->archive, "unit", of->unit, since_s, fn, ctx);
	return archive__history(r->archive, "process", process_key(r, of->process, key), since_s,
				fn, ctx);
}
