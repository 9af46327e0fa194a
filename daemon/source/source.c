// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing a tier and serving facts from it; see source.h. */
#include "source/source.h"

#include "base/log.h"
#include "source/gate.h"
#include "source/loader.h"
#include "source/procfs.h"
#include "source/programs.h"
#include "source/snapshot.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for 2,500 events: what comes urgently is limited at its source. */
#define RING_SZ (256 * 1024)

struct source {
	enum tier tier;
	struct hooks *hooks;	   /* NULL: a tier without */
	struct snapshot *snapshot; /* NULL: truth from /proc */
	struct tier_result results[TIER_CNT];
};

static void unload(struct source *s)
{
	/* Hooks first: they write into maps that the iterators also hold. */
	hooks__free(s->hooks);
	snapshot__free(s->snapshot);
	s->hooks = NULL;
	s->snapshot = NULL;
}

static int ignore_task(void *ctx, const struct fds_task_rec *rec)
{
	(void)ctx;
	(void)rec;
	return 0;
}

static int load(struct source *s, const struct source_options *opts)
{
	const struct tier_info *info = &tiers[s->tier];
	int err;

	if (!info->iterates)
		return 0;
	if (info->hooks) {
		struct hooks_options h = {
			.btf = opts->btf,
			.table_cnt = opts->table_cnt,
			.ring_sz = RING_SZ,
		};

		err = hooks__new(s->tier, &h, &s->hooks);
		if (err)
			return err;
		hooks__set_level(s->hooks, opts->levels, opts->level_cnt);
	}
	err = snapshot__new(opts->btf, info->counts ? hooks__tables_fd(s->hooks) : -1,
			    &s->snapshot);
	if (err || !s->hooks)
		return err;
	/* A first look, before the hooks run, tells how deep in pid namespaces we are. */
	err = snapshot__tasks(s->snapshot, ignore_task, NULL);
	if (err)
		return err;
	hooks__set_own_level(s->hooks, snapshot__own_level(s->snapshot));
	return hooks__attach(s->hooks);
}

/* Load, attach, self-test.  On failure nothing of the tier is left. */
static int try_tier(struct source *s, enum tier tier, const struct source_options *opts)
{
	struct tier_result *r = &s->results[tier];
	int err;

	loader__clear_complaint();
	s->tier = tier;
	r->state = "failed";
	if (tiers[tier].counts && !programs__find(tier)) {
		snprintf(r->why, sizeof(r->why), "this version has no programs for it");
		return -ENOTSUP;
	}
	err = load(s, opts);
	if (err) {
		const char *complaint = loader__complaint();

		snprintf(r->why, sizeof(r->why), "%s%s%s", strerror(-err),
			 complaint[0] ? ": " : "", complaint);
	} else {
		err = gate__check(s, r->why, sizeof(r->why));
	}
	/* Reading BTF takes tens of megabytes that are not needed again. */
	if (err)
		unload(s);
	malloc_trim(0);
	if (!err)
		r->state = "active";
	return err;
}

int source__new(const struct source_options *opts, struct source **ret)
{
	int first = opts->tier < 0 ? 0 : opts->tier;
	int last = opts->tier < 0 ? TIER_CNT - 1 : opts->tier;
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	for (int t = 0; t < TIER_CNT; t++)
		s->results[t].state = "untried";
	for (int t = first; t <= last; t++) {
		struct tier_result *r = &s->results[t];

		if (!try_tier(s, t, opts)) {
			*ret = s;
			return 0;
		}
		/* A tier that is not there yet is no trouble of this host. */
		if (opts->tier < 0 && !(tiers[t].counts && !programs__find(t)))
			log_notice("tier %s: %s; trying the next", tiers[t].name, r->why);
		else if (opts->tier >= 0)
			log_error("tier %s: %s", tiers[t].name, r->why);
	}
	source__free(s);
	return -ENOTSUP;
}

void source__free(struct source *s)
{
	if (!s)
		return;
	unload(s);
	free(s);
}

enum tier source__tier(const struct source *s)
{
	return s->tier;
}

const struct tier_result *source__result(const struct source *s, enum tier tier)
{
	return &s->results[tier];
}

bool source__has_loop(const struct source *s)
{
	return s->snapshot && snapshot__has_loop(s->snapshot);
}

int source__tasks(struct source *s, int (*fn)(void *ctx, const struct fds_task_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__tasks(s->snapshot, fn, ctx) : procfs__tasks(fn, ctx);
}

int source__files(struct source *s, pid_t pid, pid_t tid,
		  int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__thread_files(s->snapshot, pid, tid, fn, ctx)
			   : procfs__thread_files(pid, tid, fn, ctx);
}

int source__holders(struct source *s, const uint64_t *ofds, size_t cnt,
		    int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__wanted_files(s->snapshot, ofds, cnt, fn, ctx) : 0;
}

int source__count_ofds(struct source *s, uint64_t *ret)
{
	return s->snapshot ? snapshot__count_ofds(s->snapshot, ret) : -ENOTSUP;
}

struct hooks *source__hooks(struct source *s)
{
	return s->hooks;
}

void source__losses(const struct source *s, struct hooks_losses *ret)
{
	*ret = (struct hooks_losses){};
	if (!s->hooks)
		return;
	hooks__losses(s->hooks, ret);
	ret->updates += snapshot__missed(s->snapshot);
}
