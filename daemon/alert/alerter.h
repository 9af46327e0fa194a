/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From findings to what is told: opens incidents with their black boxes, keeps storms apart, and
 * hands each step to those who tell it.  What it needs of the rest of the daemon it is given as
 * functions, so that it is tested without any of it.
 */
#ifndef FDSCOPE_ALERTER_H
#define FDSCOPE_ALERTER_H

#include "alert/hook.h"
#include "alert/incident.h"
#include "source/files.h"
#include "store/failures.h"

#define ALERTER_INCIDENTS_MAX 512		/* in memory; more are told all the same */
#define ALERTER_BYTES_MAX     ((size_t)8 << 20) /* of their black boxes */
/* Rules and users that storms are told from; with a storm in each others are told one by one. */
#define ALERTER_BUCKETS_MAX 256

struct alerter_ops {
	void *ctx;
	struct store *store;
	const struct passwd_names *names;
	const struct failure_log *log;
	/* The number of an incident that no finding is about. */
	uint64_t (*next_id)(void *ctx);
	/*
	 * Descriptors of a process in a hurry, see file_list__sample(); *ret_holders: whether it
	 * was looked who shares them.  -ESRCH: gone.
	 */
	int (*files)(void *ctx, uint32_t pid, uint32_t tid, bool *ret_holders,
		     struct file_list **ret);
	/* Who failed, gone by now or not; to be freed with identity__free().  0 or -errno. */
	int (*identify_failed)(void *ctx, const struct fds_failure *f, struct identity **ret);
	const char *(*syscall_name)(uint32_t nr);
	/* A step of an incident, told once to each of these.  `json` is the whole of it. */
	void (*run_hook)(void *ctx, const struct hook *h, const struct incident *i,
			 const char *const *facts, const char *json, size_t json_sz);
	void (*record)(void *ctx, const struct incident *i, const char *const *facts);
	void (*keep)(void *ctx, const struct incident *i, const char *json, size_t json_sz);
	void (*publish)(void *ctx, const struct news *n);
	/* The rule wants the soft limit raised. */
	void (*raise)(void *ctx, const struct finding *f);
};

struct alerter_config {
	const struct hook *hooks; /* borrowed; rules have bits of it */
	size_t hook_cnt;	  /* at most RULE_HOOK_MAX */
	uint32_t storm_cnt;
	uint64_t storm_window_ns;
};

struct alerter;

int alerter__new(const struct alerter_ops *ops, struct alerter **ret);
void alerter__free(struct alerter *a);
void alerter__apply_config(struct alerter *a, const struct alerter_config *c);

/* What the detector finds. */
void alerter__apply(struct alerter *a, const struct finding *f);
/* Time goes by: storms end, or are told again. */
void alerter__check_storms(struct alerter *a, uint64_t now_ns);

/* Oldest first; NULL: none. */
const struct incident *alerter__incidents(const struct alerter *a);
const struct incident *alerter__find(const struct alerter *a, uint64_t id);
/* Incidents that go on, those that have no room in memory included. */
size_t alerter__open_cnt(const struct alerter *a);

#endif
