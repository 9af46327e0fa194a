/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An alert for people: one sentence, without control characters whatever a process is called.
 */
#ifndef FDSCOPE_MESSAGE_H
#define FDSCOPE_MESSAGE_H

#include "alert/incident.h"

#include <stddef.h>
#include <stdint.h>

/* What the finding says, about the incident that it belongs to. */
void message__format(const struct incident *i, const struct finding *f, char *buf, size_t sz);
/* Of a storm, in any of its steps. */
void message__format_storm(const struct incident *i, char *buf, size_t sz);

#define MESSAGE_SUBJECT_SZ 128

/* "nginx[812]", "user root", "the host". */
void message__format_subject(const struct incident *i, char *buf, size_t sz);

/* A hazard by itself, as no rule tells it. */
void message__format_hazard(const struct hazard *h, char *buf, size_t sz);

/* RFC 3339, UTC, in `buf`. */
const char *message__time(int64_t unix_s, char buf[static 32]);

#endif
