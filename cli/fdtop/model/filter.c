// SPDX-License-Identifier: GPL-2.0-or-later
/* The filter that is typed; see filter.h. */
#include "fdtop/model/filter.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

bool filter__contains(const char *text, const char *word)
{
	return strcasestr(text, word);
}

static bool match_any(const char *word, const struct proc *p)
{
	char pid[16];

	for (size_t i = 0; i < PROC_TEXT_CNT; i++)
		if (filter__contains(proc__text(p, i), word))
			return true;
	snprintf(pid, sizeof(pid), "%d", p->id.pid);
	return !strcmp(pid, word);
}

static bool match_key(enum proc_text which, const char *glob, const struct proc *p)
{
	/* While it is typed there is nothing behind the colon yet. */
	return !*glob || !fnmatch(glob, proc__text(p, which), FNM_CASEFOLD);
}

static bool match_word(const char *word, const struct proc *p)
{
	static const struct {
		const char *key;
		enum proc_text which;
	} keys[] = {
		{"comm:", PROC_COMM}, {"exe:", PROC_EXE},	{"user:", PROC_USER},
		{"unit:", PROC_UNIT}, {"cgroup:", PROC_CGROUP}, {"container:", PROC_CONTAINER},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(word, keys[i].key, strlen(keys[i].key)))
			return match_key(keys[i].which, word + strlen(keys[i].key), p);
	return match_any(word, p);
}

bool filter__match(const char *filter, const struct proc *p)
{
	char words[FILTER_MAX], *rest = words, *word;

	snprintf(words, sizeof(words), "%s", filter);
	while ((word = strsep(&rest, " "))) {
		bool turned = *word == '!';

		word += turned;
		if (*word && match_word(word, p) == turned)
			return false;
	}
	return true;
}
