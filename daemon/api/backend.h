/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the API asks of the daemon: the store, and the few things that only the manager can do.
 * The API knows nothing else of it, so it can be driven by a store filled by hand.
 */
#ifndef FDSCOPE_BACKEND_H
#define FDSCOPE_BACKEND_H

#include "alert/alerter.h"
#include "alert/recorder.h"
#include "source/files.h"
#include "source/host_files.h"
#include "source/identity.h"
#include "source/who.h"
#include "store/failures.h"
#include "store/hazards.h"
#include "store/store.h"
#include "store/users.h"

#include <stdbool.h>
#include <stdint.h>

struct backend_tier {
	const char *name;
	const char *state; /* "active", "passed over", "failed", "untried" */
	const char *why;   /* NULL: nothing to say */
};

struct backend_feature {
	const char *name;
	bool available;
	const char *why; /* why not, or what it gives; may be NULL */
};

#define BACKEND_TIER_CNT    8
#define BACKEND_FEATURE_CNT 32
#define BACKEND_PROGRAM_CNT 64

/* A BPF program of the tier; the strings live as long as the daemon. */
struct backend_program {
	const char *name;
	char attach[24];      /* "fentry", "kretprobe.multi", "tp_btf", "iter", ... */
	const char *function; /* or tracepoint, or kind of iterator */
	bool attached;	      /* now; some are on demand */
	uint64_t missed;      /* FDS_UNKNOWN: the kernel does not tell */
	uint32_t verified_insns;
};

/* Alerts, and what tells them. */
struct backend_alerts {
	uint32_t warn, critical; /* that fire now */
	uint64_t refused;	 /* that found no memory or room */
	uint64_t hooks_started, hooks_failed, hooks_timed_out, hooks_dropped;
	uint32_t hooks_running, hooks_queued;
	const char *archive_state; /* "ok", "off", "unavailable"; NULL: no alerts at all */
	char archive_why[192];	   /* "": nothing to say */
	uint64_t archive_bytes, archive_incidents, archive_dropped;
};

struct backend_status {
	const char *tier;
	const char *tier_note; /* what this tier costs and misses; NULL: nothing */
	struct backend_tier tiers[BACKEND_TIER_CNT];
	size_t tier_cnt;
	struct backend_feature features[BACKEND_FEATURE_CNT];
	size_t feature_cnt;
	struct backend_program programs[BACKEND_PROGRAM_CNT];
	size_t program_cnt;
	char kernel[128];
	uint64_t started_ns, now_ns; /* CLOCK_BOOTTIME */
	uint64_t lost_records, missed_updates;
	uint32_t untracked_tables;
	uint64_t pass_cost_ns, passes, max_staleness_ns;
	uint64_t rss_bytes, cpu_ns;
	uint32_t open_fds;
	struct backend_alerts alerts;
	struct backend_feature hazards[FDS_HAZARD_CNT]; /* no name: nothing is known of them */
};

struct backend_host {
	uint64_t file_nr;
	uint64_t file_max; /* FDS_RLIM_INFINITY: unlimited in practice */
	uint64_t nr_open;
	uint64_t ofds; /* distinct ofds in all tables; FDS_UNKNOWN: this tier cannot tell */
};

/* One incident of the archive, as its list has it; texts are never NULL. */
struct backend_incident {
	uint64_t id;
	int64_t opened_s, cleared_s; /* unix time; 0: open, or see ended_unseen */
	bool ended_unseen;	     /* open when the daemon ended */
	uint32_t pid;
	const char *comm, *unit, *rule, *kind, *severity, *message;
};

/* What became of a soft limit. */
struct backend_raise {
	uint64_t old_soft, soft, hard;
};

#define BACKEND_USERS_AGE_NS 10000000000ull /* good enough */

struct backend {
	void *ctx;
	struct store *store;
	const struct failure_log *failures; /* NULL: none are kept */
	const struct alerter *alerter;	    /* NULL: no incidents in memory */
	const struct history *host_history; /* of file-nr; NULL: none is kept */

	/* Hazards as of now; NULL: none are watched for. */
	const struct hazard_log *(*hazards)(void *ctx);
	void *hazards_ctx;
	/* Take a truth pass if the last one is older than max_age_ns.  0 or -errno. */
	int (*refresh)(void *ctx, uint64_t max_age_ns);
	/* Descriptors of one row of the store.  -ESRCH: gone. */
	int (*files)(void *ctx, uint32_t pid, uint32_t tid, struct file_list **ret);
	/* All of the host, one by one. */
	int (*host_files)(void *ctx, struct host_files **ret);
	int (*holders)(void *ctx, const struct who_query *q, struct who_list **ret);
	int (*host)(void *ctx, struct backend_host *ret);
	void (*status)(void *ctx, struct backend_status *ret);
	/* Name of the active tier, as in the status, but without the cost of all of it. */
	const char *(*tier)(void *ctx);
	/*
	 * What users have, not older than that: reading it goes through every descriptor of the
	 * host.  Never NULL, empty where the tier cannot tell.
	 */
	const struct users *(*users)(void *ctx, uint64_t max_age_ns);
	/* The types of news (bits 1 << enum fds_news) that somebody now listens to. */
	void (*news_wanted)(void *ctx, uint32_t mask);
	/* Name of a system call of this machine; NULL: not known. */
	const char *(*syscall_name)(uint32_t nr);
	/* Whether it drops descriptors without an error. */
	bool (*syscall_is_silent)(uint32_t nr);
	/*
	 * The calls that led to a failure, for people: fn is called for each in turn with
	 * "FILE+0xOFFSET" or, where the file cannot be told, what else is known.  Returns the id of
	 * the stack, the same for the same calls in the same files.
	 */
	uint64_t (*describe_stack)(const struct fds_failure *f,
				   void (*fn)(void *ctx, const char *place), void *ctx);
	/* Who failed, gone by now or not; to be freed with identity__free().  0 or -errno. */
	int (*identify_failed)(void *ctx, const struct fds_failure *f, struct identity **ret);
	/* What these are called with in place of `ctx`. */
	void *alarm_ctx;
	/* Incidents of the archive, newest first, below an id (0: all).  0 or -errno. */
	int (*old_incidents)(void *ctx, uint64_t before_id, unsigned int limit,
			     void (*fn)(void *fn_ctx, const struct backend_incident *i),
			     void *fn_ctx);
	/* One of them as JSON, to be freed; -ENOENT. */
	int (*old_incident)(void *ctx, uint64_t id, char **ret_json, size_t *ret_sz);
	/* History of the archive, see recorder__read(). */
	int (*old_points)(void *ctx, const struct recorder_subject *of, int64_t since_s,
			  archive_point_fn fn, void *fn_ctx);
	/*
	 * Raise a soft limit.  -EOPNOTSUPP: acting is off; else -errno and why in *ret_why, a
	 * text to be freed.
	 */
	int (*raise)(void *ctx, const struct process *p, uint64_t soft, struct backend_raise *ret,
		     char **ret_why);
	uint64_t max_staleness_ns;
};

#endif
