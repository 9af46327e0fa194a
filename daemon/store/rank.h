/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers over many processes: filtered, sorted, cut; or summed into groups.
 */
#ifndef FDSCOPE_RANK_H
#define FDSCOPE_RANK_H

#include "fdscope/api.h"
#include "store/store.h"

enum filter_field {
	FILTER_NONE,
	FILTER_COMM,
	FILTER_EXE,
	FILTER_UNIT,
	FILTER_USER, /* number, or a name of /etc/passwd */
	FILTER_CGROUP,
	FILTER_CONTAINER,
};

struct query {
	enum fds_sort_key sort;
	enum fds_group_key by;
	uint32_t limit; /* 0: all */
	enum filter_field field;
	const char *glob; /* fnmatch(3) pattern */
	struct viewer viewer;
};

struct group {
	char *key; /* NULL: members without one */
	uint32_t processes;
	uint32_t tables;
	uint64_t allocated; /* sums over distinct tables */
	uint64_t installed;
	uint64_t opens; /* FDS_UNKNOWN where the tier does not count */
	uint64_t closes;
	uint64_t failures;
	uint32_t peak; /* of the member whose peak is highest */
	int32_t highest;
	double worst_ratio;  /* negative: no member has a limit */
	double growth_per_s; /* sum of those known */
	bool growth_known;
	double exhaustion_s; /* of the member that runs out first; negative: none does */
	const struct process *worst;
};

/*
 * Rows that the query lets through, sorted descending (then by allocated, then by pid), at most
 * query->limit. *ret_rows is malloc'd, freed by the caller; *ret_total counts them before the cut.
 */
int rank__processes(struct store *s, const struct query *q, struct process ***ret_rows,
		    size_t *ret_cnt, size_t *ret_total);

/* The same summed by q->by; freed with rank__free_groups(). */
int rank__groups(struct store *s, const struct query *q, struct group **ret_groups, size_t *ret_cnt,
		 size_t *ret_total);
void rank__free_groups(struct group *groups, size_t cnt);

/* "KEY:GLOB" into field and glob (which points into text); -EINVAL: no such key. */
int rank__parse_filter(const char *text, struct query *ret);

#endif
