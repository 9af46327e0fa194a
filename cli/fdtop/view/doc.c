// SPDX-License-Identifier: GPL-2.0-or-later
/* Texts to scroll through: an incident, the help. */
#include <stdio.h>
#include <stdlib.h>

#include "fdtop/keys.h"
#include "fdtop/view/view.h"

#define KEYS_WIDTH 12

static enum style line_style(enum doc_style style)
{
	switch (style) {
	case DOC_HEADING:
		return STYLE_TITLE;
	case DOC_DIM:
		return STYLE_DIM;
	case DOC_WARN:
		return STYLE_WARN;
	case DOC_CRITICAL:
		return STYLE_CRITICAL;
	default:
		return STYLE_PLAIN;
	}
}

/* Bytes of a text that fit a row: to a blank, or what fits where there is none. */
static size_t row_len(const char *s, int cols)
{
	size_t len = 0, blank = 0;
	int width = 0;

	while (s[len]) {
		size_t next = len + 1;
		char ch[8] = {s[len]};

		while ((s[next] & 0xc0) == 0x80 && next - len < sizeof(ch) - 1) {
			ch[next - len] = s[next];
			next++;
		}
		width += canvas__width(ch);
		if (width > cols)
			return blank ? blank : len ? len : next;
		if (s[len] == ' ' && len)
			blank = next;
		len = next;
	}
	return len;
}

/* A line from the skip-th of its rows on; the rows that it takes in all. */
static int draw_wrapped(struct canvas *c, int row, int end, const struct doc_line *l, int skip)
{
	int indent = l->label_width ? l->label_width + 2 : 0, cnt = 0;
	const char *s = l->s;

	if (indent > c->cols / 2)
		indent = 0;
	do {
		int col = cnt ? indent : 0;
		size_t len = row_len(s, c->cols - col);

		if (cnt >= skip && row + cnt - skip < end) {
			canvas__putf(c, row + cnt - skip, col, -1, line_style(l->style), "%.*s",
				     (int)len, s);
			if (!cnt && l->label_width)
				canvas__paint(c, row, 0, l->label_width, STYLE_LABEL);
		}
		cnt++;
		s += len;
	} while (*s);
	return cnt;
}

/* Rows of all lines. */
static size_t count_rows(struct canvas *c, const struct doc *d)
{
	size_t cnt = 0;

	for (size_t i = 0; i < d->cnt; i++)
		cnt += (size_t)draw_wrapped(c, 0, 0, &d->line[i], 0);
	return cnt;
}

void view__draw_doc(struct state *s, struct canvas *c, const struct doc *d, int top, int rows)
{
	size_t cnt = count_rows(c, d), last;
	struct place *p = state__place(s);
	size_t before = 0;

	/* What tells that there is more covers nothing. */
	rows -= rows > 1 && cnt > (size_t)rows;
	last = rows > 0 && cnt > (size_t)rows ? cnt - (size_t)rows : 0;
	s->list_rows = rows > 0 ? rows : 1;
	s->list_top = top;
	/* There is no cursor: moving it scrolls. */
	if (p->at > last)
		p->at = last;
	p->top = p->at;
	for (size_t i = 0; i < d->cnt && before < p->top + (size_t)rows; i++) {
		int skip = before < p->top ? (int)(p->top - before) : 0;
		int row = before > p->top ? (int)(before - p->top) : 0;

		before += (size_t)draw_wrapped(c, top + row, top + rows, &d->line[i], skip);
	}
	if (p->top < last)
		canvas__put_right(c, top + rows, c->cols - 9, 9, STYLE_DIM, "  more ↓ ");
}

static int add_keys(struct doc *d, const char *title, unsigned views, unsigned but)
{
	int err = doc__add(d, DOC_HEADING, title);

	for (size_t i = 0; i < keys__binding_cnt && !err; i++) {
		const struct binding *b = &keys__bindings[i];

		if ((b->views & views) && !(b->views & but))
			err = doc__add_field(d, KEYS_WIDTH, b->keys, DOC_PLAIN, b->help);
	}
	return err ? err : doc__add(d, DOC_PLAIN, "");
}

static int add_fields(struct doc *d)
{
	int err = doc__add(d, DOC_HEADING, "Columns");

	for (enum field_id id = 0; id < FIELD_CNT && !err; id++)
		err = doc__add_field(d, KEYS_WIDTH, field__list[id].heading, DOC_PLAIN,
				     field__list[id].help);
	return err;
}

static const char *const words =
	"\n"
	"From 80 % of its soft limit on a process is orange and bold, from 95 % on purple and bold.\n"
	"Colours are chosen to be told apart by everybody; NO_COLOR turns them off.\n"
	"In the header: drift are descriptors by which counters differed from the truth, lost are\n"
	"records that the kernel could not hand over; both are repaired by a pass over all\n"
	"processes.  Events are in local time, the list of incidents in UTC.\n"
	"A wide terminal shows more columns.  The list holds what is on the screen alone; a\n"
	"filter, a search, a tree and groups need all of it, and on a host with very many\n"
	"processes fdtop then refreshes less often than it was told, to stay cheap.\n"
	"Settings are kept in $XDG_CONFIG_HOME/fdscope/fdtop.conf.  See fdtop(1).\n";

struct doc *view__help(void)
{
	struct doc *d = calloc(1, sizeof(*d));
	int err = d ? doc__add(d, DOC_PLAIN,
			       "fdtop shows live who holds file descriptors, and who runs out of "
			       "them.\n \n")
		    : -1;

	if (!err)
		err = add_keys(d, "Everywhere", IN_HELP, 0);
	if (!err)
		err = add_keys(d, "In lists", IN_LISTS, IN_HELP);
	if (!err)
		err = add_fields(d);
	if (!err)
		err = doc__add(d, DOC_PLAIN, words);
	if (!err)
		return d;
	doc__free(d);
	return NULL;
}
