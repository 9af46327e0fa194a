// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures as people write them; see human.h. */
#include "human.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S  1000000000ull
#define FOREVER_S (10000.0 * 86400)

void human__add_duration(struct text *t, int64_t ns)
{
	uint64_t abs_ns = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t s = abs_ns / NS_PER_S;

	if (ns < 0)
		text__add(t, "-");
	if (abs_ns < 1000)
		text__addf(t, "%juns", (uintmax_t)abs_ns);
	else if (abs_ns < 1000000)
		text__addf(t, "%juus", (uintmax_t)(abs_ns / 1000));
	else if (abs_ns < 10000000)
		text__addf(t, "%ju.%jums", (uintmax_t)(abs_ns / 1000000),
			   (uintmax_t)(abs_ns / 100000 % 10));
	else if (s < 1)
		text__addf(t, "%jums", (uintmax_t)(abs_ns / 1000000));
	else if (s < 60)
		text__addf(t, "%jus", (uintmax_t)s);
	else if (s < 3600)
		text__addf(t, "%jum%02jus", (uintmax_t)(s / 60), (uintmax_t)(s % 60));
	else if (s < 86400)
		text__addf(t, "%juh%02jum", (uintmax_t)(s / 3600), (uintmax_t)(s / 60 % 60));
	else
		text__addf(t, "%jud%02juh", (uintmax_t)(s / 86400), (uintmax_t)(s / 3600 % 24));
}

void human__add_seconds(struct text *t, double seconds)
{
	if (isnan(seconds))
		text__add(t, "-");
	else if (fabs(seconds) > FOREVER_S)
		text__add(t, "never");
	else
		human__add_duration(t, (int64_t)(seconds * NS_PER_S));
}

void human__add_ratio(struct text *t, double ratio)
{
	int64_t tenths;

	if (!isfinite(ratio) || ratio < 0 || ratio > 1e12) {
		text__add(t, "-");
		return;
	}
	tenths = (int64_t)(ratio * 1000);
	text__addf(t, "%jd.%jd%%", (intmax_t)(tenths / 10), (intmax_t)(tenths % 10));
}

void human__add_rate(struct text *t, double per_s)
{
	if (!isfinite(per_s) || fabs(per_s) > 1e12)
		text__add(t, "-");
	else if (fabs(per_s) < 0.005)
		text__add(t, "0/s");
	else if (fabs(per_s) < 0.095)
		text__addf(t, "%+.2f/s", per_s);
	else if (fabs(per_s) < 9.95)
		text__addf(t, "%+.1f/s", per_s);
	else
		text__addf(t, "%+.0f/s", per_s);
}

void human__add_bytes(struct text *t, int64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double v = bytes;
	size_t i = 0;

	if (bytes > -1024 && bytes < 1024) {
		text__addf(t, "%jd B", (intmax_t)bytes);
		return;
	}
	for (v /= 1024; fabs(v) >= 1024; v /= 1024)
		i++;
	text__addf(t, "%.1f %s", v, units[i]);
}

int human__parse_count(const char *s, unsigned long max, unsigned long *ret_count)
{
	unsigned long v = 0;

	if (!*s)
		return -EINVAL;
	for (const char *p = s; *p; p++)
		if (*p < '0' || *p > '9')
			return -EINVAL;
	for (; *s; s++)
		if (__builtin_mul_overflow(v, 10ul, &v) ||
		    __builtin_add_overflow(v, (unsigned long)(*s - '0'), &v))
			return -ERANGE;
	if (v > max)
		return -ERANGE;
	*ret_count = v;
	return 0;
}

int human__parse_pid(const char *s, pid_t *ret_pid)
{
	unsigned long v;
	int err = human__parse_count(s, INT_MAX, &v);

	if (err)
		return err;
	if (!v)
		return -ERANGE;
	*ret_pid = (pid_t)v;
	return 0;
}

/* "1h30m": larger units first or not, each any number of times. */
static int parse_ago(const char *s, int64_t *ret_s)
{
	static const char units[] = "smhdw";
	static const int64_t lengths[] = {1, 60, 3600, 86400, 7 * 86400};
	int64_t sum = 0;

	do {
		const char *unit;
		int64_t n = 0;

		if (*s < '0' || *s > '9')
			return -EINVAL;
		for (; *s >= '0' && *s <= '9'; s++)
			if (__builtin_mul_overflow(n, 10, &n) ||
			    __builtin_add_overflow(n, *s - '0', &n))
				return -ERANGE;
		unit = *s ? strchr(units, *s) : NULL;
		if (!unit)
			return -EINVAL;
		if (__builtin_mul_overflow(n, lengths[unit - units], &n) ||
		    __builtin_add_overflow(sum, n, &sum))
			return -ERANGE;
	} while (*++s);
	*ret_s = sum;
	return 0;
}

/* Whether all of `s` is of a form of strptime(3); what the form leaves out stays in *tm. */
static bool parse_form(const char *s, const char *form, struct tm *tm)
{
	const char *end = strptime(s, form, tm);

	return end && !*end;
}

int human__parse_moment(const char *s, int64_t now_s, int64_t *ret_s)
{
	static const char *const days[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"};
	time_t now = now_s;
	struct tm today = {}, tm;
	int64_t ago, moment;
	int err = parse_ago(s, &ago);

	if (err == -ERANGE || (!err && ago > now_s))
		return -ERANGE;
	if (!err) {
		*ret_s = now_s - ago;
		return 0;
	}
	localtime_r(&now, &today);
	today.tm_isdst = -1;
	tm = today;
	tm.tm_sec = 0;
	if (parse_form(s, "%H:%M", &tm) || parse_form(s, "%H:%M:%S", &tm)) {
		moment = mktime(&tm);
		if (moment > now_s) {
			tm.tm_mday--;
			tm.tm_isdst = -1;
			moment = mktime(&tm);
		}
		*ret_s = moment;
		return 0;
	}
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		int day;

		tm = (struct tm){.tm_isdst = -1};
		if (!parse_form(s, days[i], &tm))
			continue;
		day = tm.tm_mday;
		moment = mktime(&tm);
		/* The 31st of February. */
		if (tm.tm_mday != day)
			return -EINVAL;
		if (moment < 0 || moment > now_s)
			return -ERANGE;
		*ret_s = moment;
		return 0;
	}
	return -EINVAL;
}
