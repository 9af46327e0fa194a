// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages for the journal; see journal.h. */
#include "base/journal.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

static const char *const ids[FDS_MESSAGE_CNT] = {
#define X(id, uuid, subject) [FDS_MESSAGE_##id] = (uuid),
	FDS_MESSAGES(X)
#undef X
};

const char *journal__id(enum fds_message message)
{
	return ids[message];
}

static struct iovec iovec_of(const char *text)
{
	return (struct iovec){(void *)text, strlen(text)};
}

void journal__emit(enum fds_message message, int priority, const char *text,
		   const char *const *fields)
{
	struct iovec parts[3 + JOURNAL_FIELDS_MAX];
	char line[1024], level[16], id[64];
	int cnt = 0;

	if (priority > log__level())
		return;
	snprintf(line, sizeof(line), "MESSAGE=%s", text);
	snprintf(level, sizeof(level), "PRIORITY=%d", priority);
	snprintf(id, sizeof(id), "MESSAGE_ID=%s", ids[message]);
	parts[cnt++] = iovec_of(line);
	parts[cnt++] = iovec_of(level);
	parts[cnt++] = iovec_of(id);
	for (; fields && *fields && cnt < 3 + JOURNAL_FIELDS_MAX; fields++)
		parts[cnt++] = iovec_of(*fields);
	if (getenv("JOURNAL_STREAM") && !sd_journal_sendv(parts, cnt))
		return;
	log__emit(priority, 0, "%s", text);
}
