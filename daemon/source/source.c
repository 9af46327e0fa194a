// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a tier and serving facts from it; see source.h. */
#include "source/source.h"

#include "source/hidden.h"
#include "source/procfs.h"
#include "source/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct source {
	enum tier tier;
	struct hooks *hooks;	   /* NULL: a tier without */
	struct snapshot *snapshot; /* NULL: truth from /proc */
	struct hidden hidden;	   /* processes that the iterators leave out */
};

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
			.ring_sz = opts->ring_sz,
			.skip = opts->skip_program,
		};

		err = hooks__new(s->tier, &h, &s->hooks);
		if (err)
			return err;
		hooks__set_level(s->hooks, opts->levels, opts->level_cnt);
	}
	err = snapshot__new(opts->btf, s->tier, info->hooks ? hooks__counters(s->hooks) : NULL,
			    &s->snapshot);
	if (err || !s->hooks)
		return err;
	/* A first look, before the hooks run, tells how deep in pid namespaces we are. */
	err = snapshot__tasks(s->snapshot, ignore_task, NULL);
	if (err)
		return err;
	hooks__set_own_level(s->hooks, snapshot__own_level(s->snapshot));
	err = hooks__attach(s->hooks);
	if (err || !info->counts)
		return err;
	/* Counters of our own, by which the gate judges, before those of others fill what room is.
	 */
	close(dup(hooks__ring_fd(s->hooks)));
	snapshot__compare(s->snapshot);
	return 0;
}

int source__new(enum tier tier, const struct source_options *opts, struct source **ret)
{
	struct source *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->tier = tier;
	err = load(s, opts);
	if (err)
		source__free(s);
	else
		*ret = s;
	return err;
}

void source__free(struct source *s)
{
	if (!s)
		return;
	/* Hooks first: they write into maps that the iterators also hold. */
	hooks__free(s->hooks);
	snapshot__free(s->snapshot);
	free(s);
}

enum tier source__tier(const struct source *s)
{
	return s->tier;
}

int source__tasks(struct source *s, int (*fn)(void *ctx, const struct fds_task_rec *rec), void *ctx)
{
	int err;

	if (!s->snapshot)
		return procfs__tasks(fn, ctx);
	err = snapshot__tasks(s->snapshot, fn, ctx);
	if (!err && s->hidden.cnt)
		err = procfs__some_tasks(s->hidden.pids, s->hidden.cnt, fn, ctx);
	return err;
}

int source__find_hidden(struct source *s)
{
	return s->snapshot ? hidden__find(s->snapshot, &s->hidden) : 0;
}

size_t source__hidden(const struct source *s)
{
	return s->hidden.cnt + s->hidden.over;
}

static bool is_hidden(const struct source *s, uint32_t pid)
{
	for (size_t i = 0; i < s->hidden.cnt; i++)
		if (s->hidden.pids[i] == pid)
			return true;
	return false;
}

int source__files(struct source *s, pid_t pid, pid_t tid, bool brief,
		  int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx)
{
	return s->snapshot && !is_hidden(s, pid)
		       ? snapshot__thread_files(s->snapshot, pid, tid, brief, fn, ctx)
		       : procfs__thread_files(pid, tid, fn, ctx);
}

int source__holders(struct source *s, const uint64_t *ofds, size_t cnt,
		    int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__wanted_files(s->snapshot, ofds, cnt, false, fn, ctx) : 0;
}

int source__holders_and_ends(struct source *s, const uint64_t *wanted, size_t cnt,
			     int (*fn)(void *ctx, const struct fds_file_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__wanted_files(s->snapshot, wanted, cnt, true, fn, ctx) : 0;
}

int source__open_host_files(struct source *s, const struct fds_wanted *wanted)
{
	return s->snapshot ? snapshot__open_host_files(s->snapshot, wanted) : -ENOTSUP;
}

int source__procfs_tables(struct source *s, bool all,
			  int (*fn)(void *ctx, const struct fds_task_rec *rec), void *ctx)
{
	if (all)
		return procfs__tasks(fn, ctx);
	return s->hidden.cnt ? procfs__some_tasks(s->hidden.pids, s->hidden.cnt, fn, ctx) : 0;
}

static int add_installed(void *ctx, const struct fds_task_rec *rec)
{
	*(uint64_t *)ctx += rec->installed;
	return 0;
}

int source__count_ofds(struct source *s, uint64_t *ret)
{
	uint64_t cnt;
	int err;

	if (!s->snapshot)
		return -ENOTSUP;
	err = snapshot__count_ofds(s->snapshot, &cnt);
	/* Of hidden processes nobody tells which ofds they share: each descriptor is taken for one.
	 */
	if (!err && s->hidden.cnt)
		err = procfs__some_tasks(s->hidden.pids, s->hidden.cnt, add_installed, &cnt);
	if (!err)
		*ret = cnt;
	return err;
}

int source__users(struct source *s, int (*fn)(void *ctx, const struct fds_user_rec *rec), void *ctx)
{
	return s->snapshot ? snapshot__users(s->snapshot, fn, ctx) : -ENOTSUP;
}

bool source__tells_users(const struct source *s)
{
	return s->snapshot && snapshot__tells_inotify(s->snapshot);
}

uint32_t source__own_level(const struct source *s)
{
	return s->snapshot ? snapshot__own_level(s->snapshot) : 0;
}

struct hooks *source__hooks(struct source *s)
{
	return s->hooks;
}

uint32_t source__untracked(const struct source *s)
{
	return s->snapshot ? snapshot__untracked(s->snapshot) : 0;
}

int source__program(const struct source *s, size_t i, struct program_info *ret)
{
	size_t hooked = s->hooks ? hooks__program_cnt(s->hooks) : 0;

	if (i < hooked)
		return hooks__program(s->hooks, i, ret);
	return s->snapshot ? snapshot__program(s->snapshot, i - hooked, ret) : -ENOENT;
}

void source__losses(const struct source *s, struct hooks_losses *ret)
{
	*ret = (struct hooks_losses){};
	if (s->hooks)
		hooks__losses(s->hooks, ret);
}
