/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An incident: an alert with what was found out when it was told, kept when its process is long
 * gone.  Owns all of its texts.
 */
#ifndef FDSCOPE_INCIDENT_H
#define FDSCOPE_INCIDENT_H

#include "base/json.h"
#include "detect/detector.h"

#define INCIDENT_MESSAGE_SZ 320
#define INCIDENT_MEMBER_MAX 32 /* alerts of a storm that are named */

/* One of the alerts that a storm stands for. */
struct incident_member {
	uint32_t pid;
	char comm[FDS_COMM_SZ + 1];
};

struct incident {
	struct incident *prev, *next; /* of a list, oldest first */
	uint64_t id;
	enum fds_rule_kind kind;
	char rule[RULE_NAME_SZ];
	enum fds_severity severity;	   /* of one that has ended the last */
	enum alert_step step;		   /* last told */
	uint64_t opened_ns, cleared_ns;	   /* CLOCK_BOOTTIME; 0: goes on */
	int64_t opened_s, cleared_s;	   /* since 1970, UTC */
	const char *cleared_why;	   /* static text; NULL: goes on */
	char message[INCIDENT_MESSAGE_SZ]; /* a sentence without its stop, of the last step */
	double value, threshold;

	enum rule_subject subject;
	uint32_t pid, tid;
	uint64_t start_ns;
	uint32_t uid, euid;
	char comm[FDS_COMM_SZ + 1];
	char user[PASSWD_NAME_SZ];
	char *exe, *unit, *cgroup;	/* NULL: not known */
	enum fds_hazard_kind hazard;	/* of kind HAZARD */
	char *summary;			/* of the hazard; NULL: not known */
	uint64_t allocated, soft, hard; /* FDS_UNKNOWN; limits also FDS_RLIM_INFINITY */

	char *process; /* JSON: the row of its process; NULL: no pass has met it */
	size_t process_sz;
	char *black_box; /* JSON; NULL: none was taken */
	size_t black_box_sz;

	bool storm; /* stands for many alerts of one rule */
	uint64_t member_cnt;
	struct incident_member members[INCIDENT_MEMBER_MAX];
};

struct identity;

/*
 * From the first step that is told; no black box.  `departed`: who it was, if /proc no longer
 * tells; may be NULL.  NULL: no memory.
 */
struct incident *incident__new(const struct finding *f, const struct identity *departed,
			       struct store *s, const struct passwd_names *names);
void incident__free(struct incident *i);

/* A further step: severity, value, message, end. */
void incident__apply(struct incident *i, const struct finding *f, struct store *s);

/* As lists show it, or with the black box; an object in `j`. */
void incident__emit(struct json *j, const char *key, const struct incident *i, bool whole);
/* The whole as a text of its own, to be freed; -errno. */
int incident__format(const struct incident *i, char **ret, size_t *ret_sz);

#endif
