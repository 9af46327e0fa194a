/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the daemon's stream of events in a test.
 */
#ifndef FDSCOPE_TEST_STREAM_H
#define FDSCOPE_TEST_STREAM_H

#include "client.h"
#include "support.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/* What main() of a test returns that does the same in each tier. */
int stream__run_tiers(void (*run_tier)(const char *tier));

/*
 * Start the daemon with these arguments (NULL ends) and listen to these types of news.  NULL: it
 * did not start, which is told as a failed case.
 */
struct client *stream__start(struct fixture *f, const char *const *args, const char *types);

/* The next line of this type about this process (0: any); NULL: none came in time. */
json_t *stream__await(struct client *c, const char *type, pid_t pid);

long long stream__number(const json_t *line, const char *key);
/* "" where there is no text. */
const char *stream__text(const json_t *line, const char *key);

/* A case of TAP: the line was right, or is shown.  Takes the line. */
void stream__verdict(const char *tier, const char *name, json_t *line, bool right);

#endif
