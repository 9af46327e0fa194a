/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds rules against what the store knows: values in, findings out.  Keeps one state per alert
 * under way; who is told of it, and how, is not decided here.
 */
#ifndef FDSCOPE_DETECTOR_H
#define FDSCOPE_DETECTOR_H

#include "base/passwd.h"
#include "detect/rule.h"
#include "store/store.h"

#define DETECTOR_STATES_MAX 65536 /* alerts under way or waiting out their `for` */

struct alert_state; /* detector.c */

/* What happened to an alert.  Pointers are valid during the call. */
struct finding {
	uint64_t alert; /* the same in all steps of one alert, never used again */
	enum alert_step step;
	enum fds_rule_kind kind;
	const struct rule *rule; /* NULL: CLEAR of an alert whose rule is no more */
	const char *rule_name;
	enum fds_severity severity; /* of CLEAR the one that was told last */
	uint64_t since_ns, now_ns;  /* CLOCK_BOOTTIME */
	double value, threshold;    /* in the unit of the kind; threshold NAN: none */
	const char *why;	    /* CLEAR: why it ended; else NULL */

	enum rule_subject subject;
	struct process *process; /* NULL: no process, or one that no pass has met or that ended */
	uint32_t pid, tid;	 /* of a process */
	uint64_t start_ns;
	uint32_t uid, euid; /* of a process or a user */
	char comm[FDS_COMM_SZ + 1];
	/* FAILURE: the call; HAZARD: the step; USED: a level; NULL: told by a pass. */
	const struct news *news;
	enum fds_hazard_kind hazard; /* HAZARD: which */
};

/* Values of the host that rules look at; NAN: not known, or without a limit. */
struct detector_host {
	double file_nr;
	double file_nr_used;	   /* per cent of file-max */
	double file_nr_growth;	   /* per hour, if it is steady */
	double file_nr_exhaustion; /* seconds */
};

/* Use of a user's limits in per cent; NAN: not known. */
struct detector_user {
	uint32_t uid;
	double used[FDS_RULE_CNT]; /* of kinds whose subject is a user */
};

struct detector {
	struct store *store;
	const struct rule *rules; /* borrowed */
	size_t rule_cnt;
	double mildest[FDS_RULE_CNT]; /* threshold of any rule; NAN: no rule alarms */
	struct passwd_names names;
	struct alert_state *states; /* uthash */
	uint64_t next_alert;
	uint64_t refused; /* alerts for which there was no state */
	uint32_t firing[FDS_SEVERITY_CNT];
	void (*on_finding)(void *ctx, const struct finding *f);
	void *ctx;
};

/* `first_alert`: number of the next alert; above all that were given before. */
void detector__init(struct detector *d, struct store *store, uint64_t first_alert);
void detector__done(struct detector *d);

/* New rules; what goes on is held against them with the next value. */
void detector__set_rules(struct detector *d, const struct rule *rules, size_t cnt);

/* A truth pass has ended: all processes, and alerts whose subject is gone. */
void detector__apply_pass(struct detector *d);
void detector__apply_host(struct detector *d, const struct detector_host *host, uint64_t now_ns);
/* All users that are known; alerts of others end. */
void detector__apply_users(struct detector *d, const struct detector_user *users, size_t cnt,
			   uint64_t now_ns);
/* Something was told between passes: a call failed, a trap was met, a level was reached. */
void detector__apply_news(struct detector *d, const struct news *n);

#endif
