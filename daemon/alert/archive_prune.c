// SPDX-License-Identifier: GPL-2.0-or-later
/* How the archive stays within its bounds of size and age, in small turns; see archive_db.h. */
#include "alert/archive_db.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* What a series' oldest points are cut by, so that one turn's work is bounded. */
#define CUT_STEP_S 3600
/* Steps of thinning of one series in a turn. */
#define THIN_STEPS_MAX 64
/* Free pages that the file keeps for the next records. */
#define FREE_PAGES_MAX 1024
#define VACUUM_PAGES   64
/* About, with what leads there: rows of an incident beside its JSON, a point, a series. */
#define INCIDENT_ROW_BYTES 400
#define POINT_ROW_BYTES	   16
#define SERIES_ROW_BYTES   200

/* Things of about four pages that one transaction may touch, as the log is short. */
static unsigned int turn_units(const struct archive_db *d)
{
	unsigned int units = d->wal_page_max / 16;

	return units < 4 ? 4 : units > 256 ? 256 : units;
}

static int get_number(struct archive_db *d, enum archive_stmt which, unsigned int *ret)
{
	sqlite3_stmt *stmt = archive_db__bind(d, which, 0);
	int err = archive_db__step(d, stmt);

	if (err < 0)
		return err;
	*ret = err ? sqlite3_column_int64(stmt, 0) : 0;
	sqlite3_reset(stmt);
	return 0;
}

static int delete_points(struct archive_db *d, int64_t series, int64_t from_s, int64_t before_s)
{
	int err = archive_db__step(
		d, archive_db__bind(d, STMT_POINT_DELETE, 3, series, from_s, before_s));

	if (!err)
		d->counts.points -= sqlite3_changes(d->db);
	return err;
}

int archive_db__cut_series(struct archive_db *d, int64_t id, int64_t before_s)
{
	sqlite3_stmt *stmt;
	int64_t first_s;
	int err;

	err = delete_points(d, id, INT64_MIN, before_s);
	if (err)
		return err;
	stmt = archive_db__bind(d, STMT_POINT_FIRST, 2, id, INT64_MIN);
	err = archive_db__step(d, stmt);
	if (err < 0)
		return err;
	if (!err) {
		err = archive_db__step(d, archive_db__bind(d, STMT_SERIES_DELETE, 1, id));
		if (!err)
			d->counts.series--;
		return err;
	}
	first_s = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return archive_db__step(d, archive_db__bind(d, STMT_SERIES_FIRST, 2, first_s, id));
}

/* The incident that a query found.  1: done; 0: there was none. */
static int delete_incident(struct archive_db *d, sqlite3_stmt *stmt)
{
	int64_t id, sz;
	int err = archive_db__step(d, stmt);

	if (err <= 0)
		return err;
	id = sqlite3_column_int64(stmt, 0);
	sz = sqlite3_column_int64(stmt, 1);
	sqlite3_reset(stmt);
	err = archive_db__step(d, archive_db__bind(d, STMT_INCIDENT_DELETE, 1, id));
	if (err)
		return err;
	d->counts.incidents--;
	d->counts.incident_bytes -= sz;
	return 1;
}

/* The oldest points of the series that has the oldest, before `before_s`.  1: done; 0: none. */
static int delete_oldest_points(struct archive_db *d, int64_t before_s)
{
	sqlite3_stmt *stmt = archive_db__bind(d, STMT_SERIES_OLDEST, 1, before_s);
	int64_t id, first_s;
	int err = archive_db__step(d, stmt);

	if (err <= 0)
		return err;
	id = sqlite3_column_int64(stmt, 0);
	first_s = sqlite3_column_int64(stmt, 1);
	sqlite3_reset(stmt);
	if (before_s > first_s + CUT_STEP_S)
		before_s = first_s + CUT_STEP_S;
	err = archive_db__cut_series(d, id, before_s);
	return err ?: 1;
}

/*
 * What takes more of the two gives: under pressure each has half of the room, and whoever needs
 * less leaves the rest to the other.
 */
static int delete_oldest(struct archive_db *d)
{
	const struct archive_counts *c = &d->counts;
	uint64_t incident_bytes = c->incident_bytes + c->incidents * INCIDENT_ROW_BYTES;
	uint64_t point_bytes = c->points * POINT_ROW_BYTES + c->series * SERIES_ROW_BYTES;
	bool points = point_bytes > incident_bytes;
	int err;

	err = points ? delete_oldest_points(d, INT64_MAX)
		     : delete_incident(d, archive_db__bind(d, STMT_INCIDENT_OLDEST, 0));
	if (err)
		return err;
	return points ? delete_incident(d, archive_db__bind(d, STMT_INCIDENT_OLDEST, 0))
		      : delete_oldest_points(d, INT64_MAX);
}

/* Deletes until there is room for *ctx pages, or the turn is over. */
static int delete_turn(struct archive_db *d, void *ctx)
{
	const unsigned int *pages = ctx;

	for (unsigned int unit = 0; unit < turn_units(d); unit++) {
		unsigned int have = 0, spare = 0;
		int err = delete_oldest(d);

		if (err == 0) {
			snprintf(d->why, sizeof(d->why), "no room, and nothing left to delete");
			return -ENOSPC;
		}
		if (err == 1)
			err = get_number(d, STMT_PAGES, &have);
		if (!err)
			err = get_number(d, STMT_FREE_PAGES, &spare);
		if (err)
			return err;
		if (have - spare + *pages <= d->page_max)
			break;
	}
	return 0;
}

static int in_transaction(struct archive_db *d, int (*run)(struct archive_db *d, void *ctx),
			  void *ctx)
{
	struct archive_counts before = d->counts;
	int err;

	err = archive_db__begin(d);
	if (!err)
		err = run(d, ctx);
	if (!err)
		err = archive_db__commit(d);
	if (err) {
		archive_db__rollback(d);
		d->counts = before;
		return err;
	}
	return archive_db__checkpoint(d, false);
}

/* Gives free pages at the end of the file back to the file system. */
static int shrink(struct archive_db *d)
{
	char sql[64];
	int err;

	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%u)",
		 VACUUM_PAGES < turn_units(d) ? VACUUM_PAGES : turn_units(d));
	err = archive_db__exec(d, sql);
	return err ?: archive_db__checkpoint(d, false);
}

int archive_db__make_room(struct archive_db *d, unsigned int pages)
{
	unsigned int have = 0, spare = 0, was = UINT_MAX;
	char sql[64];
	bool shrunk = false;
	int err;

	if (pages > d->page_max / 2)
		pages = d->page_max / 2;
	for (;;) {
		err = get_number(d, STMT_PAGES, &have);
		if (!err)
			err = get_number(d, STMT_FREE_PAGES, &spare);
		if (err)
			return err;
		if (d->give_up(d->ctx))
			return -EINTR;
		if (have - spare + pages > d->page_max) {
			err = in_transaction(d, delete_turn, &pages);
		} else if (have > d->page_max && have < was) {
			/* It was made with a larger bound; `was`: never without an end. */
			was = have;
			shrunk = true;
			err = shrink(d);
		} else {
			break;
		}
		if (err)
			return err;
	}
	if (!shrunk)
		return 0;
	/* It cannot be set below what there is, which is why it was not yet. */
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %u", d->page_max);
	err = archive_db__exec(d, sql);
	return err ?: archive_db__checkpoint(d, true);
}

/* The points of one step become one.  *ret_next: the step behind it; INT64_MAX: no more points. */
static int thin_step(struct archive_db *d, int64_t series, int64_t from_s, int64_t end_s,
		     int64_t *ret_next)
{
	sqlite3_stmt *stmt = archive_db__bind(d, STMT_POINT_FIRST, 2, series, from_s);
	int64_t step, cnt, first_s, min, max;
	int err = archive_db__step(d, stmt);

	if (err < 0)
		return err;
	if (!err) {
		*ret_next = INT64_MAX;
		return 0;
	}
	step = archive__thin_step(sqlite3_column_int64(stmt, 0));
	sqlite3_reset(stmt);
	*ret_next = step < end_s ? step + ARCHIVE_THIN_STEP_S : end_s;
	if (step >= end_s)
		return 0;

	stmt = archive_db__bind(d, STMT_POINT_SUM, 3, series, step, *ret_next);
	err = archive_db__step(d, stmt);
	if (err <= 0)
		return err;
	cnt = sqlite3_column_int64(stmt, 0);
	first_s = sqlite3_column_int64(stmt, 1);
	min = sqlite3_column_int64(stmt, 2);
	max = sqlite3_column_int64(stmt, 3);
	sqlite3_reset(stmt);
	if (cnt == 1 && first_s == step)
		return 0;
	err = delete_points(d, series, step, *ret_next);
	if (!err)
		err = archive_db__step(
			d, archive_db__bind(d, STMT_POINT_ADD, 4, series, step, min, max));
	if (!err)
		d->counts.points++;
	return err;
}

/* Thins one series up to `end_s`, a step's beginning.  1: done; 0: there was none. */
static int thin_series(struct archive_db *d, int64_t end_s)
{
	sqlite3_stmt *stmt = archive_db__bind(d, STMT_SERIES_THICK, 1, end_s);
	int64_t id, first_s, last_s, at;
	int err = archive_db__step(d, stmt);

	if (err <= 0)
		return err;
	id = sqlite3_column_int64(stmt, 0);
	first_s = sqlite3_column_int64(stmt, 1);
	last_s = sqlite3_column_int64(stmt, 2);
	at = sqlite3_column_int64(stmt, 3);
	sqlite3_reset(stmt);

	err = 0;
	for (int step = 0; step < THIN_STEPS_MAX && at < end_s && !err; step++)
		err = thin_step(d, id, at, end_s, &at);
	if (err)
		return err;
	/* Its first point may have moved to the beginning of its step. */
	if (archive__thin_step(first_s) < end_s)
		first_s = archive__thin_step(first_s);
	/* `at` is the end of time where there is nothing left: until there is, nobody looks. */
	err = archive_db__step(d, archive_db__bind(d, STMT_SERIES_SET, 4, first_s, last_s, at, id));
	return err ?: 1;
}

static int delete_aged_incident(struct archive_db *d, int64_t before_s)
{
	return delete_incident(d, archive_db__bind(d, STMT_INCIDENT_AGED, 1, before_s));
}

struct turn {
	int64_t now_s;
	bool more;
};

/* As often as one turn may, until nothing is left. */
static int repeat(struct archive_db *d, int (*one)(struct archive_db *d, int64_t before_s),
		  int64_t before_s, bool *more)
{
	int err = 1;

	for (unsigned int unit = 0; unit < turn_units(d) && err == 1; unit++)
		err = one(d, before_s);
	if (err == 1)
		*more = true;
	return err < 0 ? err : 0;
}

static int tend_turn(struct archive_db *d, void *ctx)
{
	struct turn *turn = ctx;
	int err = 0;

	if (d->max_age_s && (uint64_t)turn->now_s > d->max_age_s) {
		int64_t before_s = turn->now_s - (int64_t)d->max_age_s;

		err = repeat(d, delete_aged_incident, before_s, &turn->more);
		if (!err)
			err = repeat(d, delete_oldest_points, before_s, &turn->more);
	}
	if (!err && turn->now_s > ARCHIVE_THIN_AGE_S)
		err = repeat(d, thin_series, archive__thin_step(turn->now_s - ARCHIVE_THIN_AGE_S),
			     &turn->more);
	return err;
}

int archive_db__tend(struct archive_db *d, int64_t now_s, bool *ret_more)
{
	struct turn turn = {.now_s = now_s};
	unsigned int spare = 0;
	int err;

	err = archive_db__checkpoint(d, false);
	/* The bound may be a new one. */
	if (!err)
		err = archive_db__make_room(d, 0);
	if (!err)
		err = in_transaction(d, tend_turn, &turn);
	if (!err)
		err = get_number(d, STMT_FREE_PAGES, &spare);
	if (!err && spare > FREE_PAGES_MAX) {
		turn.more = true;
		err = shrink(d);
	}
	if (!err)
		*ret_more = turn.more;
	return err;
}
