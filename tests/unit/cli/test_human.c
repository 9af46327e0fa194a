// links: cli/human.c cli/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures as people write them, out and in. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "human.h"

#define SAYS(call, want)                                                                           \
	do {                                                                                       \
		_cleanup_text_ struct text t = {};                                                 \
		call;                                                                              \
		assert_string_equal(text__str(&t), want);                                          \
	} while (0)

#define S 1000000000ll

static void durations(void **state)
{
	(void)state;
	SAYS(human__add_duration(&t, 0), "0ns");
	SAYS(human__add_duration(&t, 999), "999ns");
	SAYS(human__add_duration(&t, 87654), "87us");
	SAYS(human__add_duration(&t, 1449999), "1.4ms");
	SAYS(human__add_duration(&t, 350 * S / 1000), "350ms");
	SAYS(human__add_duration(&t, S - 1), "999ms");
	SAYS(human__add_duration(&t, 12 * S), "12s");
	SAYS(human__add_duration(&t, 245 * S), "4m05s");
	SAYS(human__add_duration(&t, 15120 * S), "4h12m");
	SAYS(human__add_duration(&t, (3 * 24 + 4) * 3600 * S), "3d04h");
	SAYS(human__add_duration(&t, -12 * S), "-12s");
	SAYS(human__add_duration(&t, INT64_MIN), "-106751d23h");
}

static void seconds(void **state)
{
	(void)state;
	SAYS(human__add_seconds(&t, 15120.5), "4h12m");
	SAYS(human__add_seconds(&t, 0.35), "350ms");
	SAYS(human__add_seconds(&t, 1e300), "never");
	SAYS(human__add_seconds(&t, (double)NAN), "-");
}

static void ratios(void **state)
{
	(void)state;
	SAYS(human__add_ratio(&t, 0), "0.0%");
	SAYS(human__add_ratio(&t, 0.123), "12.3%");
	SAYS(human__add_ratio(&t, 0.29), "29.0%");
	for (int i = 1; i < 1000; i++) { /* what divides exactly loses nothing */
		char want[16];

		snprintf(want, sizeof(want), "%d.%d%%", i / 10, i % 10);
		SAYS(human__add_ratio(&t, i / 1000.0), want);
	}
	SAYS(human__add_ratio(&t, 1), "100.0%");
	SAYS(human__add_ratio(&t, 1023.0 / 1024), "99.9%"); /* not 100: there is one left */
	SAYS(human__add_ratio(&t, 2.5), "250.0%");	    /* the limit was lowered */
	SAYS(human__add_ratio(&t, -1), "-");
	SAYS(human__add_ratio(&t, (double)INFINITY), "-");
}

static void rates(void **state)
{
	(void)state;
	SAYS(human__add_rate(&t, 0), "0/s");
	SAYS(human__add_rate(&t, 0.02), "+0.02/s");
	SAYS(human__add_rate(&t, 1.52), "+1.5/s");
	SAYS(human__add_rate(&t, -20.4), "-20/s");
	SAYS(human__add_rate(&t, 1e308), "-");
}

static void bytes(void **state)
{
	(void)state;
	SAYS(human__add_bytes(&t, 0), "0 B");
	SAYS(human__add_bytes(&t, 1023), "1023 B");
	SAYS(human__add_bytes(&t, 1536), "1.5 KiB");
	SAYS(human__add_bytes(&t, 11 << 20), "11.0 MiB");
	SAYS(human__add_bytes(&t, INT64_MAX), "8.0 EiB");
	SAYS(human__add_bytes(&t, INT64_MIN), "-8.0 EiB");
}

static void pids(void **state)
{
	pid_t pid = -7;

	(void)state;
	assert_int_equal(human__parse_pid("", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("x", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("12x", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("-1", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("+1", &pid), -EINVAL);
	assert_int_equal(human__parse_pid(" 1", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("0x10", &pid), -EINVAL);
	assert_int_equal(human__parse_pid("0", &pid), -ERANGE);
	assert_int_equal(human__parse_pid("2147483648", &pid), -ERANGE);
	assert_int_equal(human__parse_pid("4294967297", &pid), -ERANGE);
	assert_int_equal(human__parse_pid("18446744073709551617", &pid), -ERANGE);
	assert_int_equal(pid, -7);
	assert_int_equal(human__parse_pid("2147483647", &pid), 0);
	assert_int_equal(pid, 2147483647);
	assert_int_equal(human__parse_pid("0010", &pid), 0);
	assert_int_equal(pid, 10);
}

static void counts(void **state)
{
	unsigned long n = 7;

	(void)state;
	assert_int_equal(human__parse_count("101", 100, &n), -ERANGE);
	assert_int_equal(n, 7);
	assert_int_equal(human__parse_count("100", 100, &n), 0);
	assert_int_equal(n, 100);
	assert_int_equal(human__parse_count("0", 100, &n), 0);
	assert_int_equal(n, 0);
}

static int64_t moment(const char *s, int64_t now_s)
{
	int64_t ret = -1;
	int err = human__parse_moment(s, now_s, &ret);

	assert_true(!err || ret == -1);
	return err ?: ret;
}

static void moments(void **state)
{
	const int64_t now = 1767225600; /* 2026-01-01 00:00:00 UTC */

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(moment("90s", now), now - 90);
	assert_int_equal(moment("0s", now), now);
	assert_int_equal(moment("15m", now), now - 900);
	assert_int_equal(moment("1h30m", now), now - 5400);
	assert_int_equal(moment("2d", now), now - 172800);
	assert_int_equal(moment("1w", now), now - 604800);
	assert_int_equal(moment("00:00", now + 30), now);
	assert_int_equal(moment("04:10", now + 5 * 3600), now + 15000);
	assert_int_equal(moment("04:10", now), now - 86400 + 15000); /* of yesterday */
	assert_int_equal(moment("04:10:05", now + 5 * 3600), now + 15005);
	assert_int_equal(moment("2025-12-31", now), now - 86400);
	assert_int_equal(moment("2025-12-31 23:59", now), now - 60);
	assert_int_equal(moment("2025-12-31 23:59:58", now), now - 2);
	assert_int_equal(moment("2026-01-01 00:01", now), -ERANGE);
	assert_int_equal(moment("99999w", now), -ERANGE);
	assert_int_equal(moment("99999999999999999999s", now), -ERANGE);
	assert_int_equal(moment("9223372036854775807w", now), -ERANGE);
	for (const char *const *s = (const char *const[]){"", "5", "s", "5x", "-5m", "1h-3m",
							  "25:00", "2025-13-01", "2025-02-31",
							  "2025-12-31 x", "now", "5m ", NULL};
	     *s; s++)
		assert_int_equal(moment(*s, now), -EINVAL);
	/* Local time, on both sides of a change of the clock. */
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	assert_int_equal(moment("2025-07-01 12:00", now), 1751364000);
	assert_int_equal(moment("2025-12-01 12:00", now), 1764586800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations), cmocka_unit_test(seconds), cmocka_unit_test(ratios),
		cmocka_unit_test(rates),     cmocka_unit_test(bytes),	cmocka_unit_test(pids),
		cmocka_unit_test(counts),    cmocka_unit_test(moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
