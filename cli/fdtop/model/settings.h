/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How somebody likes to see it: what is remembered between runs, as lines "name = value". */
#ifndef FDSCOPE_FDTOP_SETTINGS_H
#define FDSCOPE_FDTOP_SETTINGS_H

#include <stdbool.h>

#include "fdscope/api.h"
#include "fdtop/model/field.h"
#include "text.h"

#define SETTINGS_INTERVAL_MIN 200 /* ms */
#define SETTINGS_INTERVAL_MAX 60000

struct settings {
	enum field_id sort;
	bool reverse;
	enum fds_group_key group; /* FDS_BY_PROCESS: none */
	bool tree;
	unsigned interval_ms;
	bool cost; /* fdtop's own cost is shown */
	bool mouse;
	bool no_kthreads; /* kernel threads are hidden */
};

void settings__init(struct settings *s);
/* Lines that mean nothing are passed over: they may be a newer version's. */
void settings__parse(struct settings *s, const char *text);
void settings__format(const struct settings *s, struct text *out);

/* The next longer or shorter time between refreshes. */
unsigned settings__next_interval(unsigned ms, bool longer);

const char *settings__group_name(enum fds_group_key group);
/* FDS_BY_CNT: there is none of that name. */
enum fds_group_key settings__find_group(const char *name);

/* 0, -ENOENT where there is none yet, other -errno. */
int settings__load(struct settings *s);
/* Makes the folder, replaces the file in one step. */
int settings__save(const struct settings *s);

#endif
