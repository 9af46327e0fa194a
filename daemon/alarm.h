/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that alarms, wired together: the detector's findings become incidents, which go to hooks, the
 * journal, the archive and the streams.  One call after each truth pass and one for each of the
 * news drive it.
 */
#ifndef FDSCOPE_ALARM_H
#define FDSCOPE_ALARM_H

#include "api/backend.h"
#include "config/config.h"
#include "store/store.h"

#include <systemd/sd-event.h>

struct alarm;

/* What the manager does for it. */
struct alarm_ops {
	void *ctx;
	int (*files)(void *ctx, uint32_t pid, uint32_t tid, size_t rows_max, size_t holders_max,
		     struct file_list **ret);
	int (*identify_failed)(void *ctx, const struct fds_failure *f, struct identity **ret);
	void (*publish)(void *ctx, const struct news *n);
};

/*
 * Before trouble: what hooks, the journal and the archive need is opened now.  `config` is borrowed
 * and may change in place, which alarm__apply_config() is then told.  `nofile`: the soft limit that
 * hooks get.
 */
int alarm__new(sd_event *event, const struct config *config, struct store *store, uint64_t nofile,
	       const struct alarm_ops *ops, struct alarm **ret);
void alarm__free(struct alarm *a);
void alarm__apply_config(struct alarm *a);

/* A truth pass has ended; `host` as of now, NULL: not known. */
void alarm__apply_pass(struct alarm *a, const struct backend_host *host, const struct users *users);
void alarm__apply_news(struct alarm *a, const struct news *n);
uint32_t alarm__firing(const struct alarm *a, enum fds_severity severity);
void alarm__fill_status(const struct alarm *a, struct backend_status *ret);
const struct alerter *alarm__alerter(const struct alarm *a);
const struct failure_log *alarm__failures(const struct alarm *a);
const struct history *alarm__host_history(const struct alarm *a);
/* As the backend has them; `ctx` is the alarm. */
int alarm__old_incidents(void *ctx, uint64_t before_id, unsigned int limit,
			 void (*fn)(void *fn_ctx, const struct backend_incident *i), void *fn_ctx);
int alarm__old_incident(void *ctx, uint64_t id, char **ret_json, size_t *ret_sz);
int alarm__old_points(void *ctx, const struct recorder_subject *of, int64_t since_s,
		      archive_point_fn fn, void *fn_ctx);
int alarm__raise(void *ctx, const struct process *p, uint64_t soft, struct backend_raise *ret,
		 char **ret_why);

#endif
