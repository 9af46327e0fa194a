// SPDX-License-Identifier: GPL-2.0-or-later
/* From processes to lines; see layout.h. */
#include "fdtop/model/layout.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fdtop/model/filter.h"
#include "fdtop/model/layout_lines.h"

#define FLIP_KEY_MAX 256 /* bytes of a group's key that tell it from others */

struct layout_flip {
	UT_hash_handle hh;
	char key[];
};

static void clear_lines(struct layout *l)
{
	for (size_t i = 0; i < l->sum_cnt; i++)
		proc__free(l->sum[i]);
	free(l->sum);
	l->sum = NULL;
	l->sum_cnt = 0;
	l->cnt = 0;
	l->match_cnt = 0;
}

void layout__unflip(struct layout *l)
{
	struct layout_flip *f, *next;

	HASH_ITER (hh, l->flips, f, next) {
		HASH_DEL(l->flips, f);
		free(f);
	}
	l->all_flipped = false;
}

void layout__done(struct layout *l)
{
	clear_lines(l);
	layout__unflip(l);
	free(l->line);
	*l = (struct layout){};
}

/* What a fold is remembered by. */
static void flip_key(const struct proc *p, enum fds_group_key group, char *key)
{
	if (group == FDS_BY_PROCESS)
		snprintf(key, FLIP_KEY_MAX, "%d %jd", p->id.pid, (intmax_t)p->id.start_ns);
	else
		snprintf(key, FLIP_KEY_MAX, "%s", layout__key(p, group));
}

int layout__flip(struct layout *l, const struct line *line, enum fds_group_key group)
{
	char key[FLIP_KEY_MAX];
	struct layout_flip *f;

	if (!line->has_more)
		return 0;
	flip_key(line->proc, group, key);
	HASH_FIND_STR(l->flips, key, f);
	if (f) {
		HASH_DEL(l->flips, f);
		free(f);
		return 0;
	}
	f = calloc(1, sizeof(*f) + strlen(key) + 1);
	if (!f)
		return -ENOMEM;
	strcpy(f->key, key);
	HASH_ADD_STR(l->flips, key, f);
	return 0;
}

void layout__flip_all(struct layout *l)
{
	bool flipped = !l->all_flipped;

	layout__unflip(l);
	l->all_flipped = flipped;
}

bool layout__is_flipped(const struct layout *l, const struct proc *p, enum fds_group_key group)
{
	char key[FLIP_KEY_MAX];
	struct layout_flip *f;

	flip_key(p, group, key);
	HASH_FIND_STR(l->flips, key, f);
	return (f != NULL) != l->all_flipped;
}

int layout__add(struct layout *l, const struct line *line)
{
	if (array_reserve(l->line, l->cap, l->cnt))
		return -ENOMEM;
	l->line[l->cnt++] = *line;
	return 0;
}

static int order(const void *a, const void *b, void *settings)
{
	const struct settings *s = settings;

	return field__order(s->sort, s->reverse, *(struct proc *const *)a,
			    *(struct proc *const *)b);
}

void layout__sort(struct proc **proc, size_t cnt, const struct settings *s)
{
	qsort_r(proc, cnt, sizeof(*proc), order, (void *)s);
}

static int add_flat(struct layout *l, struct proc **proc, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		int err = layout__add(l, &(struct line){.proc = proc[i]});

		if (err)
			return err;
	}
	return 0;
}

static bool is_wanted(const struct layout_wish *wish, const struct proc *p)
{
	if (wish->failing && p->failures <= 0)
		return false;
	if (wish->settings->no_kthreads && p->kthread)
		return false;
	return !*wish->filter || filter__match(wish->filter, p);
}

int layout__build(struct layout *l, const struct procs *ps, const struct layout_wish *wish)
{
	const struct settings *s = wish->settings;
	struct proc **proc = malloc((ps->row_cnt + 1) * sizeof(*proc));
	size_t cnt = 0;
	int err;

	if (!proc)
		return -ENOMEM;
	clear_lines(l);
	for (size_t i = 0; i < ps->row_cnt; i++)
		if (is_wanted(wish, ps->row[i]))
			proc[cnt++] = ps->row[i];
	layout__sort(proc, cnt, s);
	l->match_cnt = cnt;
	if (s->tree)
		err = layout__add_tree(l, proc, cnt);
	else if (s->group != FDS_BY_PROCESS)
		err = layout__add_groups(l, proc, cnt, s);
	else
		err = add_flat(l, proc, cnt);
	free(proc);
	return err;
}
