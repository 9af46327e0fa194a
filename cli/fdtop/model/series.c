// SPDX-License-Identifier: GPL-2.0-or-later
/* Series of numbers, and how they look; see series.h. */
#include "fdtop/model/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "human.h"

#define EIGHTHS 8

static const char *const upright[EIGHTHS + 1] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const lying[EIGHTHS] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

void series__add(struct series *s, double v)
{
	if (s->cnt == SERIES_MAX)
		memmove(s->v, s->v + 1, --s->cnt * sizeof(s->v[0]));
	s->v[s->cnt++] = v;
}

void series__spark(const double *v, size_t cnt, size_t width, bool from_zero, struct text *out)
{
	size_t shown = cnt < width ? cnt : width;
	double least = INFINITY, most = -INFINITY;

	v += cnt - shown;
	for (size_t i = 0; i < shown; i++) {
		least = fmin(least, v[i]);
		most = fmax(most, v[i]);
	}
	if (from_zero)
		least = 0;
	for (size_t i = shown; i < width; i++)
		text__add(out, " ");
	for (size_t i = 0; i < shown; i++) {
		double part = most > least ? (v[i] - least) / (most - least) : 0;

		text__add(out, upright[1 + (int)(part * (EIGHTHS - 1) + 0.5)]);
	}
}

void series__bar(double ratio, size_t width, struct text *out)
{
	size_t filled;

	if (!(ratio > 0))
		ratio = 0;
	if (ratio > 1)
		ratio = 1;
	filled = (size_t)(ratio * (double)width * EIGHTHS);
	for (size_t i = 0; i < width; i++) {
		if (filled >= (i + 1) * EIGHTHS)
			text__add(out, "█");
		else if (filled > i * EIGHTHS)
			text__add(out, lying[filled - i * EIGHTHS]);
		else
			text__add(out, "·");
	}
}

#define PLOT_COLS_MAX 512

struct plot_col {
	int64_t max;
	bool known;
};

/* The most of each column's time; what no point tells goes on as before it. */
static void sample(const struct series_point *p, size_t cnt, struct plot_col *col, int cols)
{
	double from = (double)p[0].time_ns, span = (double)p[cnt - 1].time_ns - from;

	memset(col, 0, cols * sizeof(*col));
	for (size_t i = 0; i < cnt; i++) {
		double part = span > 0 ? ((double)p[i].time_ns - from) / span : 1;
		int at;

		/* Times of an answer may be out of order. */
		if (!(part >= 0 && part <= 1))
			continue;
		at = (int)(part * (cols - 1));
		if (!col[at].known || p[i].max > col[at].max)
			col[at].max = p[i].max;
		col[at].known = true;
	}
	for (int i = 1; i < cols; i++)
		if (!col[i].known)
			col[i] = col[i - 1];
}

static void add_plot_row(const struct plot_col *col, int cols, double bottom, double step,
			 struct text *out)
{
	for (int i = 0; i < cols; i++) {
		double eighths = ceil(((double)col[i].max - bottom) / step * EIGHTHS);

		if (!col[i].known)
			eighths = 0;
		text__add(out, upright[(int)fmin(fmax(eighths, 0), EIGHTHS)]);
	}
}

/* "4m00s ago ... now" below the plot. */
static void add_times(double span_s, int indent, int cols, struct text *out)
{
	struct text from = {};
	int gap;

	human__add_seconds(&from, span_s);
	text__add(&from, " ago");
	gap = cols - (int)from.len - 3;
	text__addf(out, "%*s%s%*snow\n", indent, "", text__str(&from), gap > 1 ? gap : 1, "");
	text__done(&from);
}

void series__plot(const struct series_point *p, size_t cnt, int rows, int cols, struct text *out)
{
	struct plot_col col[PLOT_COLS_MAX];
	double least = INFINITY, most = 0;
	int label, height = rows - 1;
	double bottom, step;

	if (cnt < 2 || height < 2)
		return;
	for (size_t i = 0; i < cnt; i++) {
		least = fmin(least, (double)p[i].min);
		most = fmax(most, (double)p[i].max);
	}
	label = snprintf(NULL, 0, "%.0f", most);
	cols -= label + 2;
	if (cols > PLOT_COLS_MAX)
		cols = PLOT_COLS_MAX;
	if (cols < 8)
		return;
	sample(p, cnt, col, cols);
	/* Small changes of a large count are to be seen: it begins a little below the least. */
	bottom = most - least < most / 2 ? floor(least - fmax(1, (most - least) / 8)) : 0;
	bottom = fmax(bottom, 0);
	step = fmax(most - bottom, 1) / height;
	for (int row = height; row--;) {
		if (row == height - 1)
			text__addf(out, "%*.0f │", label, most);
		else if (!row)
			text__addf(out, "%*.0f │", label, bottom);
		else
			text__addf(out, "%*s │", label, "");
		add_plot_row(col, cols, bottom + row * step, step, out);
		text__add(out, "\n");
	}
	add_times(((double)p[cnt - 1].time_ns - (double)p[0].time_ns) / 1e9, label + 2, cols, out);
}
