/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of an answer as the cells that fdscope would show, kept as text: descriptors, refused
 * calls, incidents, events.
 */
#ifndef FDSCOPE_FDTOP_GRID_H
#define FDSCOPE_FDTOP_GRID_H

#include <stdint.h>

#include "columns.h"

#define GRID_ROWS_MAX 200000 /* rows that are kept; the others are counted */

struct grid_row {
	int64_t id;  /* what the grid was told to tell rows apart by */
	int64_t pid; /* process that the row leads to; 0: none */
	int64_t fd;  /* its number for the descriptor of the row, negative: not known */
	int64_t time_ns;
	int level;   /* 95: critical, 80: warning, 0 */
	char *cells; /* escaped texts, GRID_SEPARATOR between them */
};

#define GRID_SEPARATOR '\x1f' /* is in no escaped text */

struct grid {
	struct column_list list;
	struct grid_row *row;
	size_t cnt, cap;
	size_t total; /* rows of the answer */
	int width[COLUMN_LIST_MAX];
};

/* How an answer is read. */
struct grid_source {
	const char *array;
	const struct column_set *set;
	const char *columns; /* as -o; NULL: the default */
	const char *id_key;
	/* Looks at each row, also at those that are not kept; may be NULL. */
	void (*look)(const json_t *row, void *arg);
	/* NULL: all rows. */
	bool (*is_wanted)(const json_t *row, void *arg);
	void *arg;
};

/* Hazards of one process.  -EBADMSG, -ENOMEM. */
int grid__parse_hazards(const char *body, size_t sz, int64_t pid, struct grid **ret_grid);

int grid__new(const struct grid_source *source, struct grid **ret_grid);
/* -EBADMSG, -ENOMEM. */
int grid__parse(const char *body, size_t sz, const struct grid_source *source,
		struct grid **ret_grid);
/* Accepts NULL. */
void grid__free(struct grid *g);
int grid__add(struct grid *g, const struct grid_source *source, const json_t *row);
/* Gives up the oldest rows beyond `keep`, those in front. */
void grid__trim(struct grid *g, size_t keep);

/* The i-th cell of a row: the bytes of it. */
const char *grid__cell(const struct grid_row *row, size_t i, size_t *ret_len);
/* Whether a word is in one of its cells, without regard to case. */
bool grid__contains(const struct grid_row *row, const char *word);

#endif
