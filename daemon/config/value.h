/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the values of configuration keys are written: one parser and one description for each type.
 */
#ifndef FDSCOPE_VALUE_H
#define FDSCOPE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum value_type {
	VALUE_DURATION,	 /* uint64_t, ns */
	VALUE_SIZE,	 /* uint64_t, bytes */
	VALUE_COUNT,	 /* uint32_t */
	VALUE_SHARE,	 /* uint32_t, 1/100 % */
	VALUE_BOOL,	 /* uint32_t */
	VALUE_TIER,	 /* uint32_t, enum config_tier */
	VALUE_LOG,	 /* uint32_t, LOG_* */
	VALUE_PATH,	 /* char[max]: absolute */
	VALUE_FILE,	 /* char[max]: absolute, or "none" for "" */
	VALUE_LEVELS,	 /* struct value_levels */
	VALUE_THRESHOLD, /* struct threshold */
	VALUE_KIND,	 /* uint32_t, enum fds_rule_kind */
	VALUE_STEPS,	 /* uint32_t, bits 1 << enum alert_step */
	VALUE_HAZARDS,	 /* uint32_t, bits 1 << enum fds_hazard_kind, or VALUE_HAZARDS_AUTO */
	VALUE_TEXT,	 /* char[max], printable */
	VALUE_TIME,	 /* int64_t, seconds since 1970, UTC; 0: none */
};

#define VALUE_HAZARDS_AUTO (~(uint32_t)0) /* what costs little in the tier */
#define VALUE_LEVELS_MAX   8

/* Per cent, ascending. */
struct value_levels {
	uint32_t cnt;
	uint32_t level[VALUE_LEVELS_MAX];
};

/* False: it is not written as it should be, or out of range; *ret is untouched then. */
bool value__parse(enum value_type type, uint64_t min, uint64_t max, const char *text, void *ret);

/* What is accepted, in a few words. */
void value__print_allowed(enum value_type type, uint64_t min, uint64_t max, FILE *out);

#endif
