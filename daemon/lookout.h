/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching for hazards, wired together: the watcher's records and scans go to the judge, whose
 * findings go into the log and to the news.
 */
#ifndef FDSCOPE_LOOKOUT_H
#define FDSCOPE_LOOKOUT_H

#include "api/backend.h"
#include "config/config.h"
#include "source/source.h"
#include "store/hazards.h"
#include "store/store.h"

#include <systemd/sd-event.h>

struct lookout;

/* What the manager does for it. */
struct lookout_ops {
	void *ctx;
	int (*identify)(void *ctx, const struct fds_failure *f, struct identity **ret);
	void (*publish)(void *ctx, const struct news *n);
};

/*
 * `config` is borrowed and may change in place, which lookout__apply_config() is then told.  What
 * cannot be watched for is told by lookout__fill_status(), and is no failure.
 */
int lookout__new(sd_event *event, const struct config *config, const char *btf,
		 struct source *source, const struct ofd_key *key, const struct store *store,
		 const struct lookout_ops *ops, struct lookout **ret);
void lookout__free(struct lookout *l);
void lookout__apply_config(struct lookout *l);

/* A truth pass has ended. */
void lookout__apply_pass(struct lookout *l);
/* The log as it is now: what waits is taken in, and lasting traps are looked for if that is due. */
const struct hazard_log *lookout__read(void *ctx);
/* Its programs come behind those that are there. */
void lookout__fill_status(const struct lookout *l, struct backend_status *ret);

#endif
