// links: daemon/config/value.c daemon/config/keys.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Values as they are written: of each type good ones, boundaries, bad ones, and what is allowed. */
#include "config/value.h"

#include "config/config.h"
#include "config/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#define CNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define US	  1000ull
#define MS	  (1000 * US)
#define S	  (1000 * MS)
#define DAY	  (86400 * S)

union any {
	uint64_t u64;
	uint32_t u32;
	int64_t time;
	struct value_levels levels;
	struct threshold threshold;
	char text[256];
};

/* Refused, and nothing of *ret is touched. */
static void refuse(enum value_type type, uint64_t min, uint64_t max, const char *text)
{
	union any got, before;

	memset(&got, 0xa5, sizeof(got));
	before = got;
	if (value__parse(type, min, max, text, &got))
		fail_msg("type %d takes \"%s\"", type, text);
	if (memcmp(&got, &before, sizeof(got)) != 0)
		fail_msg("type %d: \"%s\" is refused, but left something behind", type, text);
}

#define REFUSE(type, min, max, ...)                                                                \
	do {                                                                                       \
		static const char *const bad_[] = {__VA_ARGS__};                                   \
		for (size_t i_ = 0; i_ < CNT_OF(bad_); i_++)                                       \
			refuse(type, min, max, bad_[i_]);                                          \
	} while (0)

static union any parse(enum value_type type, uint64_t min, uint64_t max, const char *text)
{
	union any got;

	memset(&got, 0xa5, sizeof(got));
	if (!value__parse(type, min, max, text, &got))
		fail_msg("type %d does not take \"%s\"", type, text);
	return got;
}

/* No more is written than the type has: what lies behind stays. */
static void assert_behind(const union any *got, size_t sz)
{
	for (size_t i = sz; i < sizeof(*got); i++)
		assert_int_equal(((const unsigned char *)got)[i], 0xa5);
}

static void assert_u64(enum value_type type, uint64_t min, uint64_t max, const char *text,
		       uint64_t want)
{
	union any got = parse(type, min, max, text);

	if (got.u64 != want)
		fail_msg("\"%s\" is %llu, not %llu", text, (unsigned long long)got.u64,
			 (unsigned long long)want);
	assert_behind(&got, sizeof(got.u64));
}

static void assert_u32(enum value_type type, uint64_t min, uint64_t max, const char *text,
		       uint32_t want)
{
	union any got = parse(type, min, max, text);

	if (got.u32 != want)
		fail_msg("\"%s\" is %u, not %u", text, got.u32, want);
	assert_behind(&got, sizeof(got.u32));
}

static void assert_allowed(enum value_type type, uint64_t min, uint64_t max, const char *want)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	value__print_allowed(type, min, max, f);
	fclose(f);
	assert_string_equal(text, want);
	free(text);
}

static void durations(void **state)
{
	(void)state;
	assert_u64(VALUE_DURATION, 0, DAY, "0us", 0);
	assert_u64(VALUE_DURATION, 0, DAY, "1us", US);
	assert_u64(VALUE_DURATION, 0, DAY, "250ms", 250 * MS);
	assert_u64(VALUE_DURATION, 0, DAY, "2s", 2 * S);
	assert_u64(VALUE_DURATION, 0, DAY, "5min", 300 * S);
	assert_u64(VALUE_DURATION, 0, DAY, "3h", 3 * 3600 * S);
	assert_u64(VALUE_DURATION, 0, DAY, "1d", DAY);
	assert_u64(VALUE_DURATION, 0, DAY, "007s", 7 * S);
	/* Both bounds are allowed, whatever unit they are written in. */
	assert_u64(VALUE_DURATION, 10 * MS, S, "10ms", 10 * MS);
	assert_u64(VALUE_DURATION, 10 * MS, S, "10000us", 10 * MS);
	assert_u64(VALUE_DURATION, 10 * MS, S, "1000ms", S);
	REFUSE(VALUE_DURATION, 10 * MS, S, "9999us", "1001ms", "2s", "0s");
	assert_u64(VALUE_DURATION, 0, UINT64_MAX, "18446744073s", 18446744073 * S);
	REFUSE(VALUE_DURATION, 0, UINT64_MAX, "18446744074s", "18446744073709551616us", "213504d",
	       "99999999999999999999999999s");
	REFUSE(VALUE_DURATION, 0, DAY, "", "s", "1", "0", "1 s", " 1s", "1s ", "-1s", "+1s", "1.5s",
	       "1S", "1m", "1sec", "1s1ms", "0x1s", "1e3s", "none");
	assert_allowed(VALUE_DURATION, 0, 60 * S, "0us to 1min, as in 100ms, 2s, 5min");
	assert_allowed(VALUE_DURATION, 1500 * MS, 36 * 3600 * S,
		       "1500ms to 36h, as in 100ms, 2s, 5min");
}

static void sizes(void **state)
{
	(void)state;
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "0", 0);
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "1023", 1023);
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "4K", 4096);
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "3M", 3 << 20);
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "1024G", UINT64_C(1) << 40);
	assert_u64(VALUE_SIZE, 0, UINT64_MAX, "18446744073709551615", UINT64_MAX);
	REFUSE(VALUE_SIZE, 0, UINT64_MAX, "18446744073709551616", "17179869184G",
	       "18014398509481984K");
	assert_u64(VALUE_SIZE, 4096, 8192, "4096", 4096);
	assert_u64(VALUE_SIZE, 4096, 8192, "8K", 8192);
	REFUSE(VALUE_SIZE, 4096, 8192, "4095", "8193", "3K", "9K");
	REFUSE(VALUE_SIZE, 0, UINT64_MAX, "", "K", "1k", "1KB", "1KiB", "1 K", "1T", "-1", "1.5M",
	       "0x10");
	assert_allowed(VALUE_SIZE, 4096, 64 << 20, "4K to 64M bytes, as in 64K");
	assert_allowed(VALUE_SIZE, 0, 1025, "0 to 1025 bytes, as in 64K");
}

static void counts(void **state)
{
	(void)state;
	assert_u32(VALUE_COUNT, 1, 10, "1", 1);
	assert_u32(VALUE_COUNT, 1, 10, "10", 10);
	assert_u32(VALUE_COUNT, 0, UINT32_MAX, "4294967295", UINT32_MAX);
	REFUSE(VALUE_COUNT, 1, 10, "0", "11");
	REFUSE(VALUE_COUNT, 0, UINT32_MAX, "4294967296", "4294967297", "18446744073709551616", "",
	       "-1", "+1", " 1", "1 ", "1K", "1.0", "0x1", "one");
	assert_allowed(VALUE_COUNT, 1, 65536, "1 to 65536");
}

static void shares(void **state)
{
	(void)state;
	assert_u32(VALUE_SHARE, 0, 10000, "0%", 0);
	assert_u32(VALUE_SHARE, 0, 10000, "1%", 100);
	assert_u32(VALUE_SHARE, 0, 10000, "0.5%", 50);
	assert_u32(VALUE_SHARE, 0, 10000, "0.05%", 5);
	assert_u32(VALUE_SHARE, 0, 10000, "12.34%", 1234);
	assert_u32(VALUE_SHARE, 0, 10000, "100%", 10000);
	assert_u32(VALUE_SHARE, 1, 10000, "0.01%", 1);
	REFUSE(VALUE_SHARE, 1, 10000, "0%", "0.00%", "100.01%", "101%", "1000%",
	       "18446744073709551617%");
	REFUSE(VALUE_SHARE, 0, 10000, "", "%", "1", "1.%", ".5%", "1.234%", "1,5%", "1 %", "-1%",
	       "1%%", "1.5.5%");
	assert_allowed(VALUE_SHARE, 1, 10000, "0.01% to 100%");
}

static void names(void **state)
{
	(void)state;
	assert_u32(VALUE_BOOL, 0, 0, "no", 0);
	assert_u32(VALUE_BOOL, 0, 0, "yes", 1);
	REFUSE(VALUE_BOOL, 0, 0, "", "1", "0", "true", "Yes", "on", "yes ", "ye");
	assert_allowed(VALUE_BOOL, 0, 0, "yes, no");
	assert_u32(VALUE_TIER, 0, 0, "auto", CONFIG_TIER_AUTO);
	assert_u32(VALUE_TIER, 0, 0, "procfs", CONFIG_TIER_PROCFS);
	REFUSE(VALUE_TIER, 0, 0, "", "Auto", "bpf");
	assert_allowed(VALUE_TIER, 0, 0, "auto, trampoline, kprobe, syscall, sample, procfs");
	assert_u32(VALUE_LOG, 0, 0, "error", LOG_ERR);
	assert_u32(VALUE_LOG, 0, 0, "debug", LOG_DEBUG);
	REFUSE(VALUE_LOG, 0, 0, "", "crit", "err", "3");
	assert_allowed(VALUE_LOG, 0, 0, "error, warning, notice, info, debug");
	for (uint32_t i = 0; i < FDS_RULE_CNT; i++) {
		static const char *const kinds[] = {
#define X(id, name, unit, subject, rising, what) (name),
			FDS_RULE_KINDS(X)
#undef X
		};

		assert_u32(VALUE_KIND, 0, 0, kinds[i], i);
	}
	REFUSE(VALUE_KIND, 0, 0, "", "use", "usedd", "Used", "by name", "file_nr");
	assert_allowed(VALUE_KIND, 0, 0,
		       "used, highest, failure, hazard, exhaustion, limit-excessive, file-nr, "
		       "file-nr-used, file-nr-growth, file-nr-exhaustion, inotify-instances, "
		       "inotify-watches, epoll-watches, pipe-pages");
}

static void paths(void **state)
{
	union any got = parse(VALUE_PATH, 0, 16, "/a b/c");

	(void)state;
	assert_string_equal(got.text, "/a b/c");
	/* What was there before is gone whole: a config is compared byte by byte. */
	for (int i = 7; i < 16; i++)
		assert_int_equal(got.text[i], 0);
	assert_behind(&got, 16);
	assert_string_equal(parse(VALUE_PATH, 0, 16, "/23456789012345").text, "/23456789012345");
	REFUSE(VALUE_PATH, 0, 16, "/234567890123456", "", "a", "./a", "~/a", "none", "/a\n",
	       "/\x7f", "/a\tb");
	assert_allowed(VALUE_PATH, 0, 16, "an absolute path of at most 15 bytes");
	assert_string_equal(parse(VALUE_FILE, 0, 16, "none").text, "");
	assert_string_equal(parse(VALUE_FILE, 0, 16, "/none").text, "/none");
	REFUSE(VALUE_FILE, 0, 16, "", "None", "none ", "a", "/234567890123456");
	assert_allowed(VALUE_FILE, 0, 16, "an absolute path of at most 15 bytes, or none");
	assert_string_equal(parse(VALUE_TEXT, 0, 8, "\xc3\xa4 \"'!*").text, "\xc3\xa4 \"'!*");
	assert_string_equal(parse(VALUE_TEXT, 0, 8, "").text, "");
	REFUSE(VALUE_TEXT, 0, 8, "12345678", "a\nb", "\x1b", "\x7f");
	assert_allowed(VALUE_TEXT, 0, 8, "at most 7 printable bytes");
}

static void levels(void **state)
{
	union any got = parse(VALUE_LEVELS, 10, 100, "10,\t55 , 100");

	(void)state;
	assert_int_equal(got.levels.cnt, 3);
	assert_int_equal(got.levels.level[0], 10);
	assert_int_equal(got.levels.level[1], 55);
	assert_int_equal(got.levels.level[2], 100);
	assert_int_equal(got.levels.level[3], 0);
	got = parse(VALUE_LEVELS, 10, 100, "10,11,12,13,14,15,16,17");
	assert_int_equal(got.levels.cnt, VALUE_LEVELS_MAX);
	assert_int_equal(got.levels.level[7], 17);
	REFUSE(VALUE_LEVELS, 10, 100, "", " ", "9", "101", "50,50", "50,40", "50,", ",50", "50,,60",
	       "50;60", "50 60", "50%", "-50", "50.5", "10,11,12,13,14,15,16,17,18",
	       "18446744073709551626");
	assert_allowed(VALUE_LEVELS, 10, 100,
		       "1 to 8 per cent values from 10 to 100, ascending, comma between");
}

static void assert_threshold(const char *text, double value, enum rule_unit unit)
{
	union any got = parse(VALUE_THRESHOLD, 0, 0, text);

	if (got.threshold.value != value || got.threshold.unit != unit)
		fail_msg("\"%s\" is %g of unit %u", text, got.threshold.value, got.threshold.unit);
	assert_int_equal(got.threshold.pad, 0);
	assert_behind(&got, sizeof(got.threshold));
}

static void thresholds(void **state)
{
	(void)state;
	assert_threshold("none", 0, UNIT_NONE);
	assert_threshold("80%", 80, UNIT_PERCENT);
	assert_threshold("62.5%", 62.5, UNIT_PERCENT);
	assert_threshold("1000%", 1000, UNIT_PERCENT);
	assert_threshold("1", 1, UNIT_COUNT);
	assert_threshold("1048577", 1048577, UNIT_COUNT);
	assert_threshold("4h", 4 * 3600, UNIT_DURATION);
	assert_threshold("1500ms", 1.5, UNIT_DURATION);
	REFUSE(VALUE_THRESHOLD, 0, 0, "", "0", "0%", "0.0%", "0s", "1000.1%", "-1", "-1%", "+1",
	       " 80%", "80 %", "80%%", "%", "1.5", "1.5h", "1e2%", "0x10%", "nan%", "inf", "1K",
	       "None", "18446744073709551616", "18446744073709551615d");
	assert_allowed(VALUE_THRESHOLD, 0, 0,
		       "80%, 4h or 100000, by the kind of the rule; or none");
}

static void steps(void **state)
{
	(void)state;
	assert_u32(VALUE_STEPS, 0, 0, "fire", 1u << ALERT_FIRE);
	assert_u32(VALUE_STEPS, 0, 0, " clear ,\tfire,clear ",
		   1u << ALERT_FIRE | 1u << ALERT_CLEAR);
	assert_u32(VALUE_STEPS, 0, 0, "fire,escalate,ease,repeat,clear",
		   (1u << ALERT_STEP_CNT) - 1);
	REFUSE(VALUE_STEPS, 0, 0, "", " ", ",", "fire,", ",fire", "fire,,clear", "fire clear",
	       "Fire", "fires", "none", "all", "fire,nonsense", "averylongnamethatnostephasatall");
	assert_allowed(VALUE_STEPS, 0, 0,
		       "fire, escalate, ease, repeat, clear (with commas between)");
}

static void hazards(void **state)
{
	(void)state;
	assert_u32(VALUE_HAZARDS, 0, 0, "auto", VALUE_HAZARDS_AUTO);
	assert_u32(VALUE_HAZARDS, 0, 0, "all", (1u << FDS_HAZARD_CNT) - 1);
	assert_u32(VALUE_HAZARDS, 0, 0, "none", 0);
#define X(id, name, severity, what) assert_u32(VALUE_HAZARDS, 0, 0, name, 1u << FDS_HAZARD_##id);
	FDS_HAZARDS(X)
#undef X
	assert_u32(VALUE_HAZARDS, 0, 0, " exec-leak ,\tepoll-fork,exec-leak ",
		   1u << FDS_HAZARD_EXEC_LEAK | 1u << FDS_HAZARD_EPOLL_FORK);
	/* Words for several of them stand alone. */
	REFUSE(VALUE_HAZARDS, 0, 0, "", " ", ",", "epoll-fork,", ",epoll-fork", "all,epoll-fork",
	       "epoll-fork,none", "auto,auto", "epoll-fork exec-leak", "Auto", "epoll", "1",
	       "truncate-before-lockx", "averylongnamethatnohazardhasatallinanyversion");
	assert_allowed(VALUE_HAZARDS, 0, 0,
		       "auto, all, none, or some of epoll-fork, epoll-stale, select-1024, "
		       "exec-leak, deleted-open, truncate-before-lock, nonblock-shared, "
		       "limit-excessive (with commas between)");
}

static void times(void **state)
{
	(void)state;
	assert_u64(VALUE_TIME, 0, 0, "none", 0);
	assert_u64(VALUE_TIME, 0, 0, "1970-01-01 00:01", 60);
	assert_u64(VALUE_TIME, 0, 0, "2026-11-30", 1795996800);
	assert_u64(VALUE_TIME, 0, 0, "2026-11-30 08:05", 1795996800 + 8 * 3600 + 300);
	assert_u64(VALUE_TIME, 0, 0, "2026-11-30T23:59", 1795996800 + 86400 - 60);
	assert_u64(VALUE_TIME, 0, 0, "2028-02-29", 1835395200);
	/* Days that there are not: the first of the month after is not what was meant. */
	REFUSE(VALUE_TIME, 0, 0, "2026-02-29", "2026-02-30", "2026-11-31", "2026-04-31 10:00");
	REFUSE(VALUE_TIME, 0, 0, "2026-13-01", "2026-00-10", "2026-11-00", "2026-11-32",
	       "2026-11-30 24:00", "2026-11-30 08:60");
	/* Before all time. */
	REFUSE(VALUE_TIME, 0, 0, "1970-01-01", "1969-12-31", "1900-01-01", "26-11-30");
	REFUSE(VALUE_TIME, 0, 0, "", "0", "tomorrow", "2026", "2026-11", "2026-11-30 ",
	       "2026-11-30 08", "2026-11-30 08:00:00", "2026-11-30 08:00 UTC", "2026-11-30Z",
	       "30.11.2026", "2026/11/30", "None");
	assert_allowed(VALUE_TIME, 0, 0, "a time in UTC, as in 2026-11-30 08:00, or none");
}

/* Every default of a key is a value that the key takes, whatever is shown in its place. */
static void defaults_are_values(void **state)
{
	static const char *const words[] = {"by name",	     "by kind", "near warn",
					    "near critical", "any",	"none"};
	static char room[sizeof(struct config)];

	(void)state;
	for (const struct key *k = keys; k->section; k++) {
		bool is_word = false;

		for (size_t i = 0; i < CNT_OF(words); i++)
			is_word |= k->scope != SCOPE_CONFIG && !strcmp(k->dflt, words[i]);
		if (!is_word && !value__parse(k->type, k->min, k->max, k->dflt, room))
			fail_msg("[%s] %s does not take its default %s", k->section, k->name,
				 k->dflt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations), cmocka_unit_test(sizes),
		cmocka_unit_test(counts),    cmocka_unit_test(shares),
		cmocka_unit_test(names),     cmocka_unit_test(paths),
		cmocka_unit_test(levels),    cmocka_unit_test(thresholds),
		cmocka_unit_test(steps),     cmocka_unit_test(hazards),
		cmocka_unit_test(times),     cmocka_unit_test(defaults_are_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
