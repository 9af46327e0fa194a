// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands above the list: the host, the daemon, and what fdtop does. */
#include <math.h>
#include <time.h>

#include "fdtop/model/value.h"
#include "fdtop/view/view.h"
#include "human.h"

#define GAP	    3 /* columns between items */
#define SPARK_MIN   8
#define LABEL_WIDTH 8 /* of a sparkline */

/* The next free column of a row. */
struct cursor {
	struct canvas *c;
	int row, col;
	int end; /* first column that is taken at the right */
};

/* "label value", unless there is no room for it. */
static bool put_item(struct cursor *at, const char *label, enum style style, const char *value)
{
	int gap = at->col ? GAP : 0;
	int label_width = canvas__width(label) + (*label != '\0');
	int width = label_width + canvas__width(value);

	if (at->col + gap + width > at->end)
		return false;
	at->col += gap;
	canvas__put(at->c, at->row, at->col, -1, STYLE_LABEL, label);
	canvas__put(at->c, at->row, at->col + label_width, -1, style, value);
	at->col += width;
	return true;
}

static void put_clock(struct cursor *at)
{
	char buf[16];
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) || !strftime(buf, sizeof(buf), "%H:%M:%S", &tm))
		return;
	if (at->end < 40)
		return;
	at->end -= 8;
	canvas__put(at->c, at->row, at->end, 8, STYLE_DIM, buf);
	at->end -= 2;
}

static void put_age(const struct state *s, struct cursor *at)
{
	struct text t = {};
	int64_t from = s->procs.generated_ns, age;

	/* Of what is shown: in other views the list stands still. */
	if (s->view == VIEW_DETAIL)
		from = s->sheet ? s->sheet->generated_ns : 0;
	else if (s->view != VIEW_MAIN)
		from = 0;
	if (from <= 0)
		return;
	age = s->now_ns - from;
	human__add_duration(&t, age > 0 ? age : 0);
	text__add(&t, " old");
	put_item(at, "data", age > 10000000000 ? STYLE_WARN : STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

static void put_interval(const struct state *s, struct cursor *at)
{
	struct text t = {};

	human__add_duration(&t, (int64_t)s->settings.interval_ms * 1000000);
	if (s->waits_ms > s->settings.interval_ms * 3 / 2) {
		text__addf(&t, ", now %.1fs", (double)s->waits_ms / 1000);
	}
	put_item(at, "every", STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

static void put_alarm(const struct state *s, struct cursor *at)
{
	int64_t seconds = (s->mono_ns - s->down_ns) / 1000000000, col = at->col + 1;
	struct text t = {};

	if (s->procs.generation) {
		text__add(&t, " daemon gone ");
		human__add_duration(&t, (seconds > 0 ? seconds : 0) * 1000000000);
		text__add(&t, ", trying again");
	} else {
		text__add(&t, " no daemon yet, trying again");
	}
	text__addf(&t, ": %s ", s->why);
	canvas__put(at->c, at->row, (int)col, at->end - (int)col, STYLE_ALARM, text__str(&t));
	at->col = at->end;
	text__done(&t);
}

/* A daemon that is there and says nothing. */
static bool put_silence(const struct state *s, struct cursor *at)
{
	int64_t silent = s->mono_ns - s->silent_since_ns;
	int col = at->col + 1;

	if (!s->silent_since_ns || silent < STATE_SILENCE_NS)
		return false;
	canvas__putf(at->c, at->row, col, at->end - col, STYLE_ALARM,
		     " the daemon has not answered for %jds ", (intmax_t)(silent / 1000000000));
	at->col = at->end;
	return true;
}

/* Program, tier, age of the data, and the modes that are on. */
static void draw_title(const struct state *s, struct canvas *c, int row)
{
	struct cursor at = {c, row, 0, c->cols};

	put_clock(&at);
	at.col = canvas__put(c, row, 0, at.end, STYLE_TITLE, "fdtop");
	if (s->down) {
		put_alarm(s, &at);
		return;
	}
	if (put_silence(s, &at))
		return;
	if (s->frozen)
		put_item(&at, "", STYLE_ALARM, " FROZEN ");
	if (s->following)
		put_item(&at, "", STYLE_FOLLOWED, " FOLLOWING ");
	if (s->failing)
		put_item(&at, "", STYLE_FOLLOWED, " ONLY FAILING ");
	if (*s->filter)
		put_item(&at, "filter", STYLE_MATCH, s->filter);
	/* Whether it does shows in how many there are. */
	if (s->limited && s->procs.generation && s->procs.total < s->host.processes)
		put_item(&at, "", STYLE_BOLD, "own processes only");
	if (s->host.tier)
		put_item(&at, "tier", STYLE_PLAIN, s->host.tier);
	put_age(s, &at);
	put_interval(s, &at);
	if (s->host.version)
		put_item(&at, "daemon", STYLE_DIM, s->host.version);
}

static void put_files(const struct host *h, struct cursor *at)
{
	double ratio = h->file_max != VALUE_UNLIMITED && h->file_max > 0
			       ? (double)h->file_nr / (double)h->file_max
			       : NAN;
	struct text t = {};

	value__add_count(&t, h->file_nr);
	text__add(&t, " of ");
	value__add_count(&t, h->file_max);
	if (!isnan(ratio)) {
		text__add(&t, "  ");
		human__add_ratio(&t, ratio);
	}
	put_item(at, "open files",
		 view__level_style(ratio >= 0.95  ? 95
				   : ratio >= 0.8 ? 80
						  : -1),
		 text__str(&t));
	text__done(&t);
}

static void put_worst(const struct host *h, struct cursor *at)
{
	double percent = h->worst_used * 100;
	struct text t = {};

	if (!h->worst_comm)
		return;
	text__addf(&t, "%s[%jd] ", h->worst_comm, (intmax_t)h->worst_pid);
	human__add_ratio(&t, h->worst_used);
	if (at->c->cols >= 100) {
		text__add(&t, ", ");
		value__add_count(&t, h->worst_allocated);
		text__add(&t, " of ");
		value__add_count(&t, h->worst_soft);
	}
	put_item(at, "worst",
		 view__level_style(percent >= 95   ? 95
				   : percent >= 80 ? 80
						   : -1),
		 text__str(&t));
	text__done(&t);
}

static void put_highest_limit(const struct host *h, struct cursor *at)
{
	struct text t = {};

	value__add_count(&t, h->nr_open);
	put_item(at, "nr_open", STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

/* At the right end of the row, where those of other rows are, with what it shows in front. */
static void put_spark(const struct series *series, struct cursor *at, const char *label,
		      bool from_zero)
{
	int room = at->end - at->col - GAP - LABEL_WIDTH;
	struct text t = {};

	if (room > at->c->cols / 2)
		room = at->c->cols / 2;
	if (room > SERIES_MAX)
		room = SERIES_MAX;
	if (room < SPARK_MIN)
		return;
	series__spark(series->v, series->cnt, (size_t)room, from_zero, &t);
	canvas__put(at->c, at->row, at->end - room - LABEL_WIDTH, LABEL_WIDTH, STYLE_LABEL, label);
	canvas__put(at->c, at->row, at->end - room, room, STYLE_GOOD, text__str(&t));
	at->col = at->end;
	text__done(&t);
}

static void put_rate(struct cursor *at, const char *label, double per_s)
{
	struct text t = {};

	if (isnan(per_s))
		text__add(&t, "-");
	else
		text__addf(&t, per_s < 10 && per_s > 0 ? "%.1f" : "%.0f", per_s);
	text__add(&t, "/s");
	put_item(at, label, STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

/* What should be 0 and is not. */
static void put_number(struct cursor *at, const char *label, int64_t v)
{
	struct text t = {};

	value__add_count(&t, v);
	put_item(at, label, STYLE_WARN, text__str(&t));
	text__done(&t);
}

static void put_failures(const struct host *h, struct cursor *at)
{
	struct text t = {};

	value__add_count(&t, h->failures);
	if (h->failures_new)
		text__addf(&t, " (+%jd)", (intmax_t)h->failures_new);
	put_item(at, "failures",
		 h->failures_new   ? STYLE_CRITICAL
		 : h->failures > 0 ? STYLE_WARN
				   : STYLE_PLAIN,
		 text__str(&t));
	text__done(&t);
}

static void put_alerts(const struct host *h, struct cursor *at)
{
	struct text t = {};

	if (h->critical > 0)
		text__addf(&t, "%jd critical", (intmax_t)h->critical);
	if (h->warn > 0)
		text__addf(&t, "%s%jd warn", t.len ? " " : "", (intmax_t)h->warn);
	if (!t.len)
		text__add(&t, h->version ? "none" : "-");
	put_item(at, "alerts",
		 h->critical > 0 ? STYLE_CRITICAL
		 : h->warn > 0	 ? STYLE_WARN
				 : STYLE_PLAIN,
		 text__str(&t));
	text__done(&t);
}

static void put_processes(const struct state *s, struct cursor *at)
{
	struct text t = {};
	bool part = *s->filter || s->failing;

	if (part)
		text__addf(&t, "%zu of ", s->layout.match_cnt);
	value__add_count(&t, s->procs.generation ? s->procs.total : s->host.processes);
	put_item(at, "processes", STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

static void put_descriptors(const struct host *h, struct cursor *at)
{
	struct text t = {};

	if (h->fds_series.cnt)
		text__addf(&t, "%.0f", h->fds_series.v[h->fds_series.cnt - 1]);
	else
		value__add_count(&t, h->allocated);
	put_item(at, "descriptors", STYLE_PLAIN, text__str(&t));
	text__done(&t);
}

/* What it costs to look: this program, and the daemon. */
static void draw_cost(const struct state *s, struct canvas *c, int row)
{
	struct cursor at = {c, row, 0, c->cols};
	struct text t = {};

	if (isnan(s->cpu_ratio))
		text__add(&t, "-");
	else
		text__addf(&t, "%.1f%% of a core, ", s->cpu_ratio * 100);
	human__add_bytes(&t, s->rss_bytes);
	put_item(&at, "fdtop", STYLE_PLAIN, text__str(&t));
	text__clear(&t);
	human__add_duration(&t, s->list_took_ns);
	text__addf(&t, " for %zu of %jd rows", s->procs.row_cnt, (intmax_t)s->procs.total);
	put_item(&at, "list", STYLE_PLAIN, text__str(&t));
	text__clear(&t);
	if (s->host.daemon_cpu_ns > 0) {
		human__add_duration(&t, s->host.daemon_cpu_ns);
		text__add(&t, " CPU, ");
		human__add_bytes(&t, s->host.daemon_rss);
		put_item(&at, "daemon", STYLE_PLAIN, text__str(&t));
	}
	text__done(&t);
}

static void draw_host(const struct state *s, struct canvas *c, int row)
{
	struct cursor at = {c, row, 0, c->cols};

	put_files(&s->host, &at);
	put_worst(&s->host, &at);
	put_highest_limit(&s->host, &at);
}

static void draw_rates(const struct state *s, struct canvas *c, int row)
{
	struct cursor at = {c, row, 0, c->cols};
	const struct host *h = &s->host;

	put_rate(&at, "opens", h->opens_per_s);
	put_rate(&at, "closes", h->closes_per_s);
	put_failures(h, &at);
	if (h->drift > 0)
		put_number(&at, "drift", h->drift);
	if (h->lost > 0)
		put_number(&at, "lost", h->lost);
	put_spark(&h->opens_series, &at, "opens/s", true);
}

static void draw_descriptors(const struct state *s, struct canvas *c, int row)
{
	struct cursor at = {c, row, 0, c->cols};

	put_descriptors(&s->host, &at);
	put_processes(s, &at);
	put_alerts(&s->host, &at);
	put_spark(&s->host.fds_series, &at, "fds", false);
}

int view__header_rows(const struct state *s, int rows)
{
	int header = rows < 8 ? 1 : rows < 12 ? 2 : rows < 18 ? 3 : 4;

	/* Where there is room, cost has a row of its own. */
	return header + (s->settings.cost && header > 2);
}

void view__draw_header(const struct state *s, struct canvas *c, int rows)
{
	static void (*const draw[])(const struct state *s, struct canvas *c, int row) = {
		draw_title, draw_host, draw_rates, draw_descriptors};
	bool cost = s->settings.cost && rows > 1;

	for (int row = 0; row < rows - cost; row++)
		draw[row](s, c, row);
	if (cost)
		draw_cost(s, c, rows - 1);
}
