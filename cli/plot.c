// SPDX-License-Identifier: GPL-2.0-or-later
/* A curve as lines of text; see plot.h. */
#include "plot.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define TICK_ROWS 2  /* at least so many lines to a label */
#define TICK_COLS 14 /* and in so many columns */
#define LABEL_SZ  32

/* The field of the curve: dots, of which a character holds several. */
struct field {
	size_t cols, rows; /* characters */
	size_t per_col, per_row;
	uint8_t *cells;	  /* dots that are set, a bit each, in each character */
	double low, high; /* what its bottom and top stand for */
	double step;	  /* between labels */
	size_t label_len;
	double limit; /* NAN: not shown */
};

static size_t dot_cols(const struct field *f)
{
	return f->cols * f->per_col;
}

static size_t dot_rows(const struct field *f)
{
	return f->rows * f->per_row;
}

/* 1, 2 or 5 times a power of ten, of whole descriptors: the least that is not below. */
static double nice_step(double least)
{
	double base;

	if (least <= 1)
		return 1;
	base = pow(10, floor(log10(least)));
	for (int i = 0; i < 3; i++) {
		static const double parts[] = {1, 2, 5};

		if (base * parts[i] >= least * (1 - 1e-9))
			return base * parts[i];
	}
	return base * 10;
}

/*
 * What the height stands for.  From zero, unless what moves would be too flat to be seen; up to the
 * limit, if that is not so far that the curve would be.
 */
static void choose_range(const struct plot *p, struct field *f)
{
	double low = INFINITY, high = 0, span;

	for (size_t i = 0; i < p->cnt; i++) {
		low = fmin(low, p->points[i].min);
		high = fmax(high, p->points[i].max);
	}
	if (low > high)
		low = 0;
	f->limit = NAN;
	if (p->limit != PLOT_NO_LIMIT && p->limit <= high * 3 && high > 0) {
		f->limit = p->limit;
		high = fmax(high, f->limit);
	}
	if ((high - low) * 5 >= high || high == low || !isnan(f->limit))
		low = 0;
	span = high - low;
	f->step = nice_step(span * TICK_ROWS / f->rows);
	f->low = floor(low / f->step) * f->step;
	f->high = ceil(high / f->step) * f->step;
	if (f->high <= f->low)
		f->high = f->low + f->step;
	f->label_len = snprintf(NULL, 0, "%.0f", f->high);
}

/* Row of dots, 0 at the top. */
static size_t dot_row(const struct field *f, double value)
{
	size_t last = dot_rows(f) - 1;

	return last - lround((value - f->low) / (f->high - f->low) * last);
}

static void set_dot(struct field *f, size_t col, size_t row)
{
	static const uint8_t braille[4][2] = {
		{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
	uint8_t bit = f->per_col == 1 ? 1 : braille[row % f->per_row][col % f->per_col];

	f->cells[row / f->per_row * f->cols + col / f->per_col] |= bit;
}

/* The points of one column of dots together; *at goes on with it.  false: there are none. */
static bool find_extent(const struct plot *p, double from_s, double to_s, size_t *at,
			double *ret_low, double *ret_high)
{
	bool found = false;

	while (*at < p->cnt && p->points[*at].time_s + p->points[*at].step_s <= from_s)
		(*at)++;
	*ret_low = INFINITY;
	*ret_high = 0;
	for (size_t i = *at; i < p->cnt && p->points[i].time_s < to_s; i++) {
		*ret_low = fmin(*ret_low, p->points[i].min);
		*ret_high = fmax(*ret_high, p->points[i].max);
		found = true;
	}
	return found;
}

static void draw_curve(const struct plot *p, struct field *f)
{
	double per_dot = (double)(p->to_s - p->from_s) / dot_cols(f);
	size_t at = 0, last_top = 0, last_bottom = 0;
	bool connected = false;

	for (size_t col = 0; col < dot_cols(f); col++) {
		double from_s = p->from_s + col * per_dot, low, high;
		size_t top, bottom, first, last;

		if (!find_extent(p, from_s, from_s + per_dot, &at, &low, &high)) {
			connected = false;
			continue;
		}
		first = top = dot_row(f, high);
		last = bottom = dot_row(f, low);
		/* A jump is a line. */
		if (connected && last_bottom + 1 < top)
			first = last_bottom + 1;
		if (connected && last_top > bottom + 1)
			last = last_top - 1;
		for (size_t row = first; row <= last; row++)
			set_dot(f, col, row);
		connected = true;
		last_top = top;
		last_bottom = bottom;
	}
}

/* ---- lines of text ---- */

static void add_cell(const struct plot *p, const struct field *f, size_t row, size_t col,
		     struct text *out)
{
	uint8_t dots = f->cells[row * f->cols + col];

	if (!dots && !isnan(f->limit) && dot_row(f, f->limit) / f->per_row == row)
		text__add(out, p->ascii ? "-" : "┄");
	else if (!dots)
		text__add(out, " ");
	else if (p->ascii)
		text__add(out, "*");
	else
		/* U+2800 and the dots. */
		text__addf(out, "\xe2%c%c", 0xa0 + (dots >> 6), 0x80 + (dots & 0x3f));
}

/* The label of a line, if a multiple of the step falls into it. */
static bool find_label(const struct field *f, size_t row, double *ret)
{
	for (double v = f->low; v <= f->high + f->step / 2; v += f->step)
		if (dot_row(f, v) / f->per_row == row) {
			*ret = v;
			return true;
		}
	return false;
}

static void add_line(const struct plot *p, const struct field *f, size_t row, struct text *out)
{
	size_t begin = out->len, end;
	double value;

	if (find_label(f, row, &value))
		text__addf(out, "%*.0f %s", (int)f->label_len, value, p->ascii ? "+" : "┤");
	else
		text__addf(out, "%*s %s", (int)f->label_len, "", p->ascii ? "|" : "│");
	for (size_t col = 0; col < f->cols; col++)
		add_cell(p, f, row, col, out);
	/* No blanks at the end. */
	for (end = out->len; end > begin && out->s[end - 1] == ' '; end--)
		;
	out->len = end;
	text__add(out, "\n");
}

/* Seconds between labels of time, which then stand at round times of the day. */
static int64_t time_step(double least_s)
{
	static const int64_t steps[] = {1,   2,	  5,	10,   15,   30,	   60,	  120,	 300,
					600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i] >= least_s)
			return steps[i];
	return ceil(least_s / 86400) * 86400;
}

static void format_time(int64_t time_s, int64_t step_s, char buf[LABEL_SZ])
{
	time_t t = time_s;
	struct tm tm = {};

	localtime_r(&t, &tm);
	strftime(buf, LABEL_SZ,
		 step_s < 60						  ? "%H:%M:%S"
		 : step_s >= 86400 || (tm.tm_hour == 0 && tm.tm_min == 0) ? "%b %d"
									  : "%H:%M",
		 &tm);
}

/* The axis and below it the times, each centred below its mark. */
static void add_times(const struct plot *p, const struct field *f, struct text *out)
{
	double per_col = (double)(p->to_s - p->from_s) / f->cols;
	int64_t step_s = time_step(per_col * TICK_COLS), offset_s, time_s;
	char labels[PLOT_WIDTH_MAX + LABEL_SZ], label[LABEL_SZ];
	bool marks[PLOT_WIDTH_MAX] = {};
	size_t used = 0, left = f->label_len + 2;
	time_t from = p->from_s;
	struct tm tm = {};

	/* Of local time. */
	localtime_r(&from, &tm);
	offset_s = tm.tm_gmtoff;
	memset(labels, ' ', sizeof(labels));
	time_s = (p->from_s + offset_s + step_s - 1) / step_s * step_s - offset_s;
	for (; time_s < p->to_s; time_s += step_s) {
		size_t col = (time_s - p->from_s) / per_col, at, len;

		format_time(time_s, step_s, label);
		len = strlen(label);
		at = left + col < len / 2 ? 0 : left + col - len / 2;
		if (col >= f->cols || at + len > p->width || (used && at < used + 1))
			continue;
		marks[col] = true;
		memcpy(labels + at, label, len);
		used = at + len;
	}
	text__addf(out, "%*s %s", (int)f->label_len, "", p->ascii ? "+" : "└");
	for (size_t col = 0; col < f->cols; col++)
		text__add(out, p->ascii ? marks[col] ? "+" : "-" : marks[col] ? "┬" : "─");
	text__addf(out, "\n%.*s\n", (int)used, labels);
}

int plot__draw(const struct plot *p, struct text *out)
{
	struct field f = {.per_col = p->ascii ? 1 : 2, .per_row = p->ascii ? 1 : 4};
	_cleanup_free_ uint8_t *cells = NULL;

	if (p->width < PLOT_WIDTH_MIN || p->width > PLOT_WIDTH_MAX || p->height < PLOT_HEIGHT_MIN ||
	    p->height > PLOT_HEIGHT_MAX || p->to_s <= p->from_s)
		return -EINVAL;
	f.rows = p->height - 2;
	choose_range(p, &f);
	if (f.label_len + 2 + PLOT_WIDTH_MIN / 4 > p->width)
		return -EINVAL;
	f.cols = p->width - f.label_len - 2;
	f.cells = cells = calloc(f.cols, f.rows);
	if (!cells)
		return -ENOMEM;
	draw_curve(p, &f);
	for (size_t row = 0; row < f.rows; row++)
		add_line(p, &f, row, out);
	add_times(p, &f, out);
	return out->oom ? -ENOMEM : 0;
}
