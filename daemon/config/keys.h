/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of configuration keys: which there are in each section, what they accept and mean.
 */
#ifndef FDSCOPE_KEYS_H
#define FDSCOPE_KEYS_H

#include "config/value.h"

/*
 * What a section is about: one part of the daemon, or one of many things with a name of their own
 * ("[rule NAME]"), in which the offsets of keys then are.
 */
enum key_scope { SCOPE_CONFIG, SCOPE_RULE, SCOPE_HOOK };

struct key {
	const char *section;
	const char *name;
	enum value_type type;
	enum key_scope scope;
	size_t offset;
	uint64_t min, max; /* of numbers; of text, its size with the NUL */
	const char *dflt;  /* of named things for people only: rule__init() and the like decide */
	const char *help;
};

/* Sorted by section as they are shown; ended by a section of NULL. */
extern const struct key keys[];

/* NULL: there is no such. */
const struct key *keys__find(const char *section, const char *name);
/* Any key of a section; NULL: there is no such section. */
const struct key *keys__find_section(const char *section);

#endif
