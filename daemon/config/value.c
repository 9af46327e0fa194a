// SPDX-License-Identifier: GPL-2.0-or-later
/* Values as they are written in the configuration; see value.h. */
#include "config/value.h"

#include "config/config.h"
#include "detect/rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#define MS 1000000ull
#define S  (1000 * MS)
#define KI 1024ull
#define MI (1024 * KI)

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {{"us", 1000},	 {"ms", MS},	  {"s", S},
					{"min", 60 * S}, {"h", 3600 * S}, {"d", 86400 * S},
					{NULL, 0}};
static const struct unit sizes[] = {{"", 1}, {"K", KI}, {"M", MI}, {"G", 1024 * MI}, {NULL, 0}};
static const struct unit counts[] = {{"", 1}, {NULL, 0}};

static const char *const tier_names[] = {
#define X(id, name) [CONFIG_TIER_##id] = name,
	CONFIG_TIERS(X)
#undef X
		NULL};

static const char *const log_names[] = {
	[LOG_EMERG] = "",    [LOG_ALERT] = "",		[LOG_CRIT] = "",
	[LOG_ERR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug",	NULL};

static const char *const bool_names[] = {"no", "yes", NULL};

static const char *const kind_names[] = {
#define X(id, name, unit, subject, rising, what) [FDS_RULE_##id] = (name),
	FDS_RULE_KINDS(X)
#undef X
		NULL};

static const char *const step_names[] = {
#define X(id, name) [ALERT_##id] = (name),
	FDS_ALERT_STEPS(X)
#undef X
		NULL};

static const char *const hazard_names[] = {
#define X(id, name, severity, what) [FDS_HAZARD_##id] = (name),
	FDS_HAZARDS(X)
#undef X
		NULL};

static bool find_name(const char *const *names, const char *value, uint32_t *ret)
{
	for (uint32_t i = 0; names[i]; i++) {
		if (*names[i] && strcmp(names[i], value) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Digits and one of the units, nothing else. */
static bool parse_number(const char *value, const struct unit *units, uint64_t *ret)
{
	uint64_t number;
	char *end;

	/* strtoull would take blanks and signs. */
	if (*value < '0' || *value > '9')
		return false;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno)
		return false;
	for (; units->name; units++)
		if (strcmp(end, units->name) == 0)
			return !__builtin_mul_overflow(number, units->factor, ret);
	return false;
}

/* "1%", "0.25%": hundredths of a per cent. */
static bool parse_share(const char *value, uint64_t *ret)
{
	uint64_t whole = 0, part = 0;
	const char *s = value;

	for (; *s >= '0' && *s <= '9' && whole <= 100; s++)
		whole = whole * 10 + (*s - '0');
	if (s == value)
		return false;
	if (*s == '.') {
		if (s[1] < '0' || s[1] > '9')
			return false;
		part = (s[1] - '0') * 10;
		s += 2;
		if (*s >= '0' && *s <= '9')
			part += *s++ - '0';
	}
	*ret = whole * 100 + part;
	return strcmp(s, "%") == 0;
}

static bool parse_levels(uint64_t min, uint64_t max, const char *value, struct value_levels *ret)
{
	struct value_levels levels = {};

	for (const char *s = value;; s++) {
		uint64_t level;
		char *end;

		s += strspn(s, " \t");
		if (*s < '0' || *s > '9' || levels.cnt == VALUE_LEVELS_MAX)
			return false;
		level = strtoull(s, &end, 10);
		if (level < min || level > max ||
		    (levels.cnt && level <= levels.level[levels.cnt - 1]))
			return false;
		levels.level[levels.cnt++] = level;
		s = end + strspn(end, " \t");
		if (!*s)
			break;
		if (*s != ',')
			return false;
	}
	*ret = levels;
	return true;
}

/* Printable, since it may stand in messages; `max` counts the NUL. */
static bool parse_text(const char *value, size_t max, char *ret)
{
	size_t len = strlen(value);

	if (len >= max)
		return false;
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	memset(ret, 0, max);
	memcpy(ret, value, len);
	return true;
}

static bool parse_path(const char *value, size_t max, char *ret)
{
	return *value == '/' && parse_text(value, max, ret);
}

/* "80%", "62.5%", "4h", "100000", or "none". */
static bool parse_threshold(const char *value, struct threshold *ret)
{
	uint64_t number;
	double percent;
	char *end;

	if (!strcmp(value, "none")) {
		*ret = (struct threshold){};
		return true;
	}
	if (*value < '0' || *value > '9')
		return false;
	/* The daemon never calls setlocale(), so the decimal point is a point. */
	percent = strtod(value, &end);
	if (!strcmp(end, "%") && percent > 0 && percent <= 1000 && !strpbrk(value, "eExX"))
		*ret = (struct threshold){.value = percent, .unit = UNIT_PERCENT};
	else if (parse_number(value, counts, &number) && number)
		*ret = (struct threshold){.value = number, .unit = UNIT_COUNT};
	else if (parse_number(value, durations, &number) && number)
		*ret = (struct threshold){.value = number / 1e9, .unit = UNIT_DURATION};
	else
		return false;
	return true;
}

/* Names with commas between them, as bits. */
static bool parse_names(const char *const *names, const char *value, uint32_t *ret)
{
	uint32_t bits = 0;

	for (;;) {
		char name[32];
		size_t len;
		uint32_t bit;

		value += strspn(value, " \t");
		len = strcspn(value, " \t,");
		if (!len || len >= sizeof(name))
			return false;
		memcpy(name, value, len);
		name[len] = '\0';
		if (!find_name(names, name, &bit))
			return false;
		bits |= 1u << bit;
		value += len + strspn(value + len, " \t");
		if (!*value)
			break;
		if (*value++ != ',')
			return false;
	}
	*ret = bits;
	return true;
}

static bool parse_hazards(const char *value, uint32_t *ret)
{
	if (!strcmp(value, "auto"))
		*ret = VALUE_HAZARDS_AUTO;
	else if (!strcmp(value, "all"))
		*ret = (1u << FDS_HAZARD_CNT) - 1;
	else if (!strcmp(value, "none"))
		*ret = 0;
	else
		return parse_names(hazard_names, value, ret);
	return true;
}

/* "2026-11-30", "2026-11-30 08:00", or "none". */
static bool parse_time(const char *value, int64_t *ret)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

	if (!strcmp(value, "none")) {
		*ret = 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {};
		const char *end = strptime(value, forms[i], &tm);
		int day = tm.tm_mday;
		time_t time;

		if (!end || *end)
			continue;
		time = timegm(&tm);
		/* 31 November would become 1 December. */
		if (time <= 0 || tm.tm_mday != day)
			return false;
		*ret = time;
		return true;
	}
	return false;
}

bool value__parse(enum value_type type, uint64_t min, uint64_t max, const char *text, void *ret)
{
	uint64_t number = 0;
	bool ok = false;

	switch (type) {
	case VALUE_BOOL:
		return find_name(bool_names, text, ret);
	case VALUE_TIER:
		return find_name(tier_names, text, ret);
	case VALUE_LOG:
		return find_name(log_names, text, ret);
	case VALUE_KIND:
		return find_name(kind_names, text, ret);
	case VALUE_PATH:
		return parse_path(text, max, ret);
	case VALUE_FILE:
		if (!strcmp(text, "none"))
			return parse_text("", max, ret);
		return parse_path(text, max, ret);
	case VALUE_TEXT:
		return parse_text(text, max, ret);
	case VALUE_LEVELS:
		return parse_levels(min, max, text, ret);
	case VALUE_THRESHOLD:
		return parse_threshold(text, ret);
	case VALUE_STEPS:
		return parse_names(step_names, text, ret);
	case VALUE_HAZARDS:
		return parse_hazards(text, ret);
	case VALUE_TIME:
		return parse_time(text, ret);
	case VALUE_DURATION:
		ok = parse_number(text, durations, &number);
		break;
	case VALUE_SIZE:
		ok = parse_number(text, sizes, &number);
		break;
	case VALUE_COUNT:
		ok = parse_number(text, counts, &number);
		break;
	case VALUE_SHARE:
		ok = parse_share(text, &number);
		break;
	}
	if (!ok || number < min || number > max)
		return false;
	if (type == VALUE_DURATION || type == VALUE_SIZE)
		*(uint64_t *)ret = number;
	else
		*(uint32_t *)ret = number;
	return true;
}

/* A number as one would write it: in the largest unit that gives a whole one. */
static void print_number(FILE *f, const struct unit *units, uint64_t number)
{
	const struct unit *best = units;

	for (const struct unit *u = units; u->name; u++)
		if (number && number % u->factor == 0)
			best = u;
	fprintf(f, "%llu%s", (unsigned long long)(number / best->factor), best->name);
}

static void print_range(FILE *f, uint64_t min, uint64_t max, const struct unit *units)
{
	print_number(f, units, min);
	fputs(" to ", f);
	print_number(f, units, max);
}

static void print_names(FILE *f, const char *const *names)
{
	const char *between = "";

	for (; *names; names++) {
		if (!**names)
			continue;
		fprintf(f, "%s%s", between, *names);
		between = ", ";
	}
}

void value__print_allowed(enum value_type type, uint64_t min, uint64_t max, FILE *out)
{
	switch (type) {
	case VALUE_BOOL:
		fputs("yes, no", out);
		break;
	case VALUE_TIER:
		print_names(out, tier_names);
		break;
	case VALUE_LOG:
		print_names(out, log_names);
		break;
	case VALUE_KIND:
		print_names(out, kind_names);
		break;
	case VALUE_PATH:
		fprintf(out, "an absolute path of at most %u bytes", (unsigned)max - 1);
		break;
	case VALUE_FILE:
		fprintf(out, "an absolute path of at most %u bytes, or none", (unsigned)max - 1);
		break;
	case VALUE_TEXT:
		fprintf(out, "at most %u printable bytes", (unsigned)max - 1);
		break;
	case VALUE_LEVELS:
		fprintf(out, "1 to %d per cent values from %u to %u, ascending, comma between",
			VALUE_LEVELS_MAX, (unsigned)min, (unsigned)max);
		break;
	case VALUE_THRESHOLD:
		fputs("80%, 4h or 100000, by the kind of the rule; or none", out);
		break;
	case VALUE_STEPS:
		print_names(out, step_names);
		fputs(" (with commas between)", out);
		break;
	case VALUE_HAZARDS:
		fputs("auto, all, none, or some of ", out);
		print_names(out, hazard_names);
		fputs(" (with commas between)", out);
		break;
	case VALUE_TIME:
		fputs("a time in UTC, as in 2026-11-30 08:00, or none", out);
		break;
	case VALUE_DURATION:
		print_range(out, min, max, durations);
		fputs(", as in 100ms, 2s, 5min", out);
		break;
	case VALUE_SIZE:
		print_range(out, min, max, sizes);
		fputs(" bytes, as in 64K", out);
		break;
	case VALUE_COUNT:
		print_range(out, min, max, counts);
		break;
	case VALUE_SHARE:
		fprintf(out, "%g%% to %g%%", min / 100.0, max / 100.0);
		break;
	}
}
