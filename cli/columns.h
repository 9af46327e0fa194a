/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of columns: what a row of each answer can show.  It drives the headings, -o,
 * --list-columns, the lines of sheets and the man page.
 */
#ifndef FDSCOPE_CLI_COLUMNS_H
#define FDSCOPE_CLI_COLUMNS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* How the value of a column reads, which also says how it is aligned and what it is in JSON. */
enum column_type {
	COL_STRING,
	COL_COUNT,	/* integer; null: "-" */
	COL_LIMIT,	/* integer; null: "unlimited" */
	COL_RATIO,	/* number, 1 is all; coloured by level */
	COL_RATE,	/* number, per second */
	COL_SECONDS,	/* number, shown as a duration */
	COL_NS,		/* integer, shown as a duration */
	COL_TIME,	/* integer, CLOCK_BOOTTIME, shown as how long ago */
	COL_CLOCK,	/* integer, CLOCK_BOOTTIME, shown as time of day */
	COL_DATE,	/* integer, unix time in seconds, shown as local date and time */
	COL_BYTES,	/* integer */
	COL_BOOL,	/* "yes", "no" */
	COL_GET_STRING, /* from here on text by the column's own getter, */
	COL_GET_INT,	/* the name says what the value is in JSON */
	COL_GET_BOOL,
	COL_GET_ARRAY,
	COL_GET_OBJECT,
	COL_ROWS, /* an array of rows of its own, shown below a sheet */
};

struct column_set;

struct column {
	const char *name;  /* for -o and headings */
	const char *key;   /* of the value in the row; "a.b" is b in a */
	const char *label; /* in a sheet */
	const char *help;
	enum column_type type;
	unsigned flags;
	/* COL_GET_*: adds its text to a clear `out`, escaping what is not ours; nothing: "-". */
	void (*get)(const json_t *row, struct text *out);
	const struct column_set *rows; /* COL_ROWS */
};

#define COL_DEFAULT  1u	 /* shown without -o */
#define COL_CUT	     2u	 /* may be cut to fit a terminal */
#define COL_SHEET    4u	 /* only in the sheet of one process: not in lists */
#define COL_LEFT     16u /* a number in JSON, but words in a table */
#define COL_HOST     32u /* only in lists of the whole host, and there without -o */
#define COL_ONE	     64u /* only in lists of one process */
#define COL_IN_SHEET 8u	 /* in the sheet without -o, where that differs from COL_DEFAULT */

/* Columns that belong together: those of one kind of row. */
struct column_set {
	const char *name; /* what a row is */
	const struct column *columns;
	size_t cnt;
	unsigned dflt; /* flag of the columns that are shown without -o */
	unsigned omit; /* columns with one of these flags are not offered */
};

extern const struct column_set columns__process;   /* GET /v1/processes */
extern const struct column_set columns__group;	   /* the same with by= */
extern const struct column_set columns__sheet;	   /* GET /v1/processes/PID */
extern const struct column_set columns__user;	   /* its table_users */
extern const struct column_set columns__file;	   /* GET /v1/processes/PID/files */
extern const struct column_set columns__host_file; /* GET /v1/files */
extern const struct column_set columns__holder;	   /* GET /v1/who */
extern const struct column_set columns__system;
extern const struct column_set columns__user_use; /* its users */
extern const struct column_set columns__status;
extern const struct column_set columns__tier;	  /* its tiers */
extern const struct column_set columns__feature;  /* its features */
extern const struct column_set columns__trap;	  /* its hazards */
extern const struct column_set columns__program;  /* its BPF programs */
extern const struct column_set columns__event;	  /* GET /v1/events */
extern const struct column_set columns__failure;  /* GET /v1/failures */
extern const struct column_set columns__hazard;	  /* GET /v1/hazards */
extern const struct column_set columns__incident; /* GET /v1/incidents */
extern const struct column_set columns__case;	  /* GET /v1/incidents/ID */
extern const struct column_set columns__refusal;  /* its failures */
extern const struct column_set columns__target;	  /* its targets */
extern const struct column_set columns__folder;	  /* its directories */
extern const struct column_set columns__sharer;	  /* processes that share with it */
extern const struct column_set columns__member;	  /* of a storm */
extern const struct column_set columns__point;	  /* of GET /v1/history */

/* All of them, ended by NULL; for checks and documents. */
extern const struct column_set *const columns__sets[];

#define COLUMN_LIST_MAX 128 /* columns that -o may name, repeats included */

struct column_list {
	const struct column *col[COLUMN_LIST_MAX];
	size_t cnt;
};

/* Without regard to case; NULL: the set has no such column. */
const struct column *columns__find(const struct column_set *set, const char *name, size_t len);

/* The columns shown without -o. */
void columns__default(const struct column_set *set, struct column_list *ret_list);

/*
 * -o: names with commas between them; a "+" in front adds to the default.  -EINVAL: no such
 * column, and *ret_bad (*ret_bad_len bytes of spec) is its name, empty for an empty name;
 * -E2BIG: too many.
 */
int columns__parse(const struct column_set *set, const char *spec, struct column_list *ret_list,
		   const char **ret_bad, size_t *ret_bad_len);

/* "PID, USER, ..." */
void columns__add_names(const struct column_set *set, struct text *out);

/* Whether a set offers its i-th column. */
bool columns__offers(const struct column_set *set, size_t i);

/* "string", "integer", ...: the value's type in --json. */
const char *column__json_type(const struct column *col);
bool column__is_right(const struct column *col);

#endif
