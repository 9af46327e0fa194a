/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that programs look for: into the journal with an id and fields of their own where our
 * standard error is the journal, else a line of the log like any other.
 */
#ifndef FDSCOPE_JOURNAL_H
#define FDSCOPE_JOURNAL_H

#include "fdscope/messages.h"

#define JOURNAL_FIELDS_MAX 40

/*
 * `text` is one line; `fields`, ended by NULL, are "NAME=VALUE", those beyond JOURNAL_FIELDS_MAX
 * are left out.  The first message opens what later ones need: send one before descriptors can be
 * gone.
 */
void journal__emit(enum fds_message message, int priority, const char *text,
		   const char *const *fields);

/* The text MESSAGE_ID of a message. */
const char *journal__id(enum fds_message message);

#endif
