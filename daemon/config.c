// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys of the configuration: one table says which there are, what they accept and what they
 * mean.  Files are read by config_file.c.
 */
#include "config.h"

#include "fdscope/api.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define MS 1000000ull
#define S  (1000 * MS)
#define KI 1024ull
#define MI (1024 * KI)

enum value_type {
	VALUE_DURATION, /* uint64_t, ns */
	VALUE_SIZE,	/* uint64_t, bytes */
	VALUE_COUNT,	/* uint32_t */
	VALUE_SHARE,	/* uint32_t, 1/100 % */
	VALUE_TIER,	/* uint32_t */
	VALUE_LOG,	/* uint32_t */
	VALUE_PATH,	/* char[CONFIG_SOCKET_SZ] */
	VALUE_LEVELS,	/* levels and level_cnt */
};

struct key {
	const char *section;
	const char *name;
	enum value_type type;
	size_t offset;
	uint64_t min, max; /* of numbers */
	const char *dflt;
	const char *help;
};

#define AT(field) offsetof(struct config, field)

static const struct key keys[] = {
	{"daemon", "tier", VALUE_TIER, AT(tier), 0, 0, "auto",
	 "how descriptors are watched; auto takes the first that works"},
	{"daemon", "socket", VALUE_PATH, AT(socket), 0, 0, FDS_SOCKET_PATH,
	 "absolute path of the socket that answers"},
	{"daemon", "log-level", VALUE_LOG, AT(log_level), 0, 0, "info",
	 "least important messages that are logged"},
	{"daemon", "max-staleness", VALUE_DURATION, AT(max_staleness_ns), 0, 60 * S, "100ms",
	 "a query never gets older data; 0ms: each takes a fresh pass"},
	{"daemon", "truth-interval", VALUE_DURATION, AT(truth_interval_ns), 10 * MS, 3600 * S, "2s",
	 "time between two truth passes of a tier that counts events"},
	{"daemon", "sample-interval", VALUE_DURATION, AT(sample_interval_ns), 10 * MS, 3600 * S,
	 "100ms", "time between two truth passes of a tier that does not"},
	{"daemon", "truth-budget", VALUE_SHARE, AT(truth_budget_bp), 1, 10000, "1%",
	 "share of one core for periodic passes; they become rarer to keep it"},
	{"daemon", "max-tables", VALUE_COUNT, AT(max_tables), 64, 4194304, "131072",
	 "files tables whose events are counted"},
	{"daemon", "ring-size", VALUE_SIZE, AT(ring_sz), 4 * KI, 64 * MI, "256K",
	 "bytes for events on their way from the kernel; rounded up to a power of two of pages"},
	{"levels", "levels", VALUE_LEVELS, 0, 10, 100, "50,80,90,95",
	 "parts of the soft limit that are reported when they are crossed"},
	{"api", "max-clients", VALUE_COUNT, AT(max_clients), 1, 65536, "512",
	 "connections at a time"},
	{"api", "max-clients-per-user", VALUE_COUNT, AT(max_clients_per_user), 1, 65536, "128",
	 "connections at a time of one user other than root"},
	{"api", "idle-timeout", VALUE_DURATION, AT(idle_timeout_ns), 1 * S, 3600 * S, "15s",
	 "time until a connection without a whole request is cut off"},
	{"api", "max-streams", VALUE_COUNT, AT(max_streams), 0, 4096, "32",
	 "streams of events at a time"},
	{"api", "max-stream-backlog", VALUE_SIZE, AT(max_stream_backlog_sz), 4 * KI, 64 * MI,
	 "256K", "bytes that wait for one slow reader before it is cut off"},
};

#define KEY_CNT (sizeof(keys) / sizeof(*keys))

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit durations[] = {{"us", 1000},	 {"ms", MS},	  {"s", S},
					{"min", 60 * S}, {"h", 3600 * S}, {NULL, 0}};
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

static bool parse_levels(const struct key *key, const char *value, struct config *c)
{
	uint32_t levels[CONFIG_LEVELS_MAX] = {0}, cnt = 0;

	for (const char *s = value;; s++) {
		uint64_t level;
		char *end;

		s += strspn(s, " \t");
		if (*s < '0' || *s > '9' || cnt == CONFIG_LEVELS_MAX)
			return false;
		level = strtoull(s, &end, 10);
		if (level < key->min || level > key->max || (cnt && level <= levels[cnt - 1]))
			return false;
		levels[cnt++] = level;
		s = end + strspn(end, " \t");
		if (!*s)
			break;
		if (*s != ',')
			return false;
	}
	memcpy(c->levels, levels, sizeof(levels));
	c->level_cnt = cnt;
	return true;
}

static bool parse_path(const char *value, char *ret)
{
	if (*value != '/' || strlen(value) >= CONFIG_SOCKET_SZ)
		return false;
	memset(ret, 0, CONFIG_SOCKET_SZ);
	strcpy(ret, value);
	return true;
}

static bool parse_value(const struct key *key, const char *value, struct config *c)
{
	void *field = (char *)c + key->offset;
	uint64_t number;
	bool ok = false;

	switch (key->type) {
	case VALUE_TIER:
		return find_name(tier_names, value, field);
	case VALUE_LOG:
		return find_name(log_names, value, field);
	case VALUE_PATH:
		return parse_path(value, field);
	case VALUE_LEVELS:
		return parse_levels(key, value, c);
	case VALUE_DURATION:
		ok = parse_number(value, durations, &number);
		break;
	case VALUE_SIZE:
		ok = parse_number(value, sizes, &number);
		break;
	case VALUE_COUNT:
		ok = parse_number(value, counts, &number);
		break;
	case VALUE_SHARE:
		ok = parse_share(value, &number);
		break;
	}
	if (!ok || number < key->min || number > key->max)
		return false;
	if (key->type == VALUE_DURATION || key->type == VALUE_SIZE)
		*(uint64_t *)field = number;
	else
		*(uint32_t *)field = number;
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

static void print_range(FILE *f, const struct key *key, const struct unit *units)
{
	print_number(f, units, key->min);
	fputs(" to ", f);
	print_number(f, units, key->max);
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

/* What a key accepts. */
static void print_allowed(FILE *f, const struct key *key)
{
	switch (key->type) {
	case VALUE_TIER:
		print_names(f, tier_names);
		break;
	case VALUE_LOG:
		print_names(f, log_names);
		break;
	case VALUE_PATH:
		fprintf(f, "an absolute path of at most %d bytes", CONFIG_SOCKET_SZ - 1);
		break;
	case VALUE_LEVELS:
		fprintf(f, "1 to %d per cent values from %u to %u, ascending, comma between",
			CONFIG_LEVELS_MAX, (unsigned)key->min, (unsigned)key->max);
		break;
	case VALUE_DURATION:
		print_range(f, key, durations);
		fputs(", as in 100ms, 2s, 5min", f);
		break;
	case VALUE_SIZE:
		print_range(f, key, sizes);
		fputs(" bytes, as in 64K", f);
		break;
	case VALUE_COUNT:
		print_range(f, key, counts);
		break;
	case VALUE_SHARE:
		fprintf(f, "%g%% to %g%%", key->min / 100.0, key->max / 100.0);
		break;
	}
}

void config__print_keys(FILE *f)
{
	for (size_t i = 0; i < KEY_CNT; i++) {
		fprintf(f, "%s\t%s\t%s\t", keys[i].section, keys[i].name, keys[i].dflt);
		print_allowed(f, &keys[i]);
		fprintf(f, "\t%s\n", keys[i].help);
	}
}

void config__init(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < KEY_CNT; i++)
		parse_value(&keys[i], keys[i].dflt, ret);
}

const char *config__tier_name(uint32_t tier)
{
	return tier < CONFIG_TIER_CNT ? tier_names[tier] : "unknown";
}

static bool has_section(const char *section)
{
	for (size_t i = 0; i < KEY_CNT; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

/* The names of a section's keys, or with NULL those of the sections. */
static void print_known(FILE *f, const char *section)
{
	const char *last = "";

	for (size_t i = 0; i < KEY_CNT; i++) {
		if (section && strcmp(keys[i].section, section) == 0)
			fprintf(f, " %s", keys[i].name);
		else if (!section && strcmp(keys[i].section, last) != 0)
			fprintf(f, " [%s]", keys[i].section);
		last = keys[i].section;
	}
}

/* One line "WHERE: ..." about what was not accepted; `key` NULL: there is no such. */
static char *explain(const char *where, const char *section, const char *name, const char *value,
		     const struct key *key)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	if (key) {
		fprintf(f, "%s: bad value \"%s\" for \"%s\"; allowed: ", where, value, name);
		print_allowed(f, key);
	} else if (has_section(section)) {
		fprintf(f, "%s: unknown key \"%s\" in section [%s]; known:", where, name, section);
		print_known(f, section);
	} else if (*section || !*name) {
		fprintf(f, "%s: unknown section [%s]; known:", where, section);
		print_known(f, NULL);
	} else {
		fprintf(f, "%s: \"%s\" stands before any section; known:", where, name);
		print_known(f, NULL);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

int config__set(struct config *c, const char *what, const char *section, const char *key,
		const char *value, char **ret_error)
{
	const struct key *found = NULL;

	for (size_t i = 0; i < KEY_CNT && !found; i++)
		if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, key) == 0)
			found = &keys[i];
	if (found && parse_value(found, value, c))
		return 0;
	*ret_error = explain(what, section, key, value, found);
	return -EINVAL;
}

int config__check_section(const char *what, const char *section, char **ret_error)
{
	if (*section && has_section(section))
		return 0;
	*ret_error = explain(what, section, "", "", NULL);
	return -EINVAL;
}
