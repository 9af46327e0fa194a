/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures as people write them: out (durations, ratios, rates, bytes) and in (process ids, counts).
 * Counts are never rounded.
 */
#ifndef FDSCOPE_CLI_HUMAN_H
#define FDSCOPE_CLI_HUMAN_H

#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* "870ns", "87us", "1.4ms", "350ms", "12s", "4m05s", "4h12m", "3d04h"; negative: "-" in front. */
void human__add_duration(struct text *t, int64_t ns);
/* As above; seconds beyond 10,000 days are "never". */
void human__add_seconds(struct text *t, double seconds);
/* 0.123 as "12.3%".  Rounded down, so that 100.0% and a level's colour mean what they say. */
void human__add_ratio(struct text *t, double ratio);
/* "+1.5/s", "-20/s", "0/s". */
void human__add_rate(struct text *t, double per_s);
/* "512 B", "11.3 MiB". */
void human__add_bytes(struct text *t, int64_t bytes);

/* A decimal number without sign or blanks, 1 to 2147483647; -EINVAL, -ERANGE. */
int human__parse_pid(const char *s, pid_t *ret_pid);
/* The same from 0 to max. */
int human__parse_count(const char *s, unsigned long max, unsigned long *ret_count);

/*
 * A moment in the past, unix time: a duration before now ("90s", "15m", "2h", "3d", "1h30m"), a
 * time of day ("04:10", of the day before if it is still to come), a day and perhaps a time of it
 * ("2026-01-31 04:10"), all of local time.  -EINVAL; -ERANGE: before 1970 or to come.
 */
int human__parse_moment(const char *s, int64_t now_s, int64_t *ret_s);

#endif
