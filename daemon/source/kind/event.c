// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors that count and wait: eventfd, timerfd, signalfd. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000ull

/* ---- eventfd ---- */

static void emit_eventfd(struct json *j, const struct kind_view *v)
{
	uint64_t value;

	if (fdinfo__parse_uint(v->row->fdinfo, "eventfd-count:", 16, &value))
		json__emit_uint(j, "count", value);
	else
		json__emit_null(j, "count");
	/* 6.5: "eventfd: show the EFD_SEMAPHORE flag in fdinfo" */
	if (fdinfo__parse_uint(v->row->fdinfo, "eventfd-semaphore:", 10, &value))
		json__emit_bool(j, "semaphore", value);
	else
		json__emit_null(j, "semaphore");
}

static void summarize_eventfd(struct kind_text *t, const struct kind_view *v)
{
	uint64_t count;

	if (fdinfo__parse_uint(v->row->fdinfo, "eventfd-count:", 16, &count))
		kind_text__addf(t, "count %llu", (unsigned long long)count);
}

const struct kind_ops kind__eventfd = {KIND_FDINFO, emit_eventfd, summarize_eventfd};

/* ---- timerfd ---- */

static const char *clock_name(uint64_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
		return "realtime";
	case CLOCK_MONOTONIC:
		return "monotonic";
	case CLOCK_BOOTTIME:
		return "boottime";
	case CLOCK_REALTIME_ALARM:
		return "realtime-alarm";
	case CLOCK_BOOTTIME_ALARM:
		return "boottime-alarm";
	default:
		return NULL;
	}
}

/* "key: (seconds, nanoseconds)" */
static bool parse_time(const char *text, const char *key, uint64_t *ret_ns)
{
	const char *s = fdinfo__find(text, key);
	unsigned long long sec, ns;

	if (!s || sscanf(s, "(%llu, %llu)", &sec, &ns) != 2 || ns >= NS_PER_S ||
	    sec > (UINT64_MAX - ns) / NS_PER_S)
		return false;
	*ret_ns = sec * NS_PER_S + ns;
	return true;
}

static void emit_time(struct json *j, const char *name, const char *text, const char *key)
{
	uint64_t ns;

	if (parse_time(text, key, &ns))
		json__emit_uint(j, name, ns);
	else
		json__emit_null(j, name);
}

static void emit_timerfd(struct json *j, const struct kind_view *v)
{
	const char *text = v->row->fdinfo;
	uint64_t value;

	json__emit_text(j, "clock",
			fdinfo__parse_uint(text, "clockid:", 10, &value) ? clock_name(value)
									 : NULL);
	if (fdinfo__parse_uint(text, "ticks:", 10, &value))
		json__emit_uint(j, "ticks", value);
	else
		json__emit_null(j, "ticks");
	emit_time(j, "value_ns", text, "it_value:");
	emit_time(j, "interval_ns", text, "it_interval:");
}

static void summarize_timerfd(struct kind_text *t, const struct kind_view *v)
{
	const char *text = v->row->fdinfo;
	uint64_t value, interval, clock;

	if (fdinfo__parse_uint(text, "clockid:", 10, &clock) && clock_name(clock))
		kind_text__addf(t, "%s ", clock_name(clock));
	if (!parse_time(text, "it_value:", &value) || !parse_time(text, "it_interval:", &interval))
		return;
	if (!value && !interval)
		kind_text__addf(t, "off");
	else
		kind_text__addf(t, "in %.3f s", value / 1e9);
	if (interval)
		kind_text__addf(t, " every %.3f s", interval / 1e9);
}

const struct kind_ops kind__timerfd = {KIND_FDINFO, emit_timerfd, summarize_timerfd};

/* ---- signalfd ---- */

#define SIGNAL_CNT     64
#define SIGNAL_NAME_SZ 24

static void format_signal(int sig, char *buf)
{
	const char *name = sigabbrev_np(sig);

	if (name)
		snprintf(buf, SIGNAL_NAME_SZ, "SIG%s", name);
	else if (sig >= SIGRTMIN)
		snprintf(buf, SIGNAL_NAME_SZ, "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(buf, SIGNAL_NAME_SZ, "%d", sig);
}

static void emit_signalfd(struct json *j, const struct kind_view *v)
{
	char name[SIGNAL_NAME_SZ];
	uint64_t mask;

	if (!fdinfo__parse_uint(v->row->fdinfo, "sigmask:", 16, &mask)) {
		json__emit_null(j, "signals");
		return;
	}
	json__begin_array(j, "signals");
	for (int sig = 1; sig <= SIGNAL_CNT; sig++) {
		if (!(mask >> (sig - 1) & 1))
			continue;
		format_signal(sig, name);
		json__emit_text(j, NULL, name);
	}
	json__end_array(j);
}

static void summarize_signalfd(struct kind_text *t, const struct kind_view *v)
{
	char name[SIGNAL_NAME_SZ];
	uint64_t mask = 0;

	fdinfo__parse_uint(v->row->fdinfo, "sigmask:", 16, &mask);
	for (int sig = 1; sig <= SIGNAL_CNT; sig++) {
		if (!(mask >> (sig - 1) & 1))
			continue;
		format_signal(sig, name);
		kind_text__addf(t, "%s%s", t->len ? " " : "", name);
	}
}

const struct kind_ops kind__signalfd = {KIND_FDINFO, emit_signalfd, summarize_signalfd};
