/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told of the daemon's state (sd_notify(3)): a line for people, which
 * `systemctl status` shows.  In goes the store's summary, out goes STATUS=, seldom and only news.
 */
#ifndef FDSCOPE_NOTIFY_H
#define FDSCOPE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define NOTIFY_TEXT_SZ	   256
#define NOTIFY_INTERVAL_NS (10 * 1000000000ull) /* at least between two lines */

struct notify {
	char last[NOTIFY_TEXT_SZ]; /* line that was sent; "": none yet */
	uint64_t sent_ns;
};

/* What the line is made of. */
struct notify_facts {
	const char *tier;
	uint32_t processes;
	uint32_t warn, critical; /* alerts that go on */
};

void notify__format(const struct notify_facts *facts, char ret[static NOTIFY_TEXT_SZ]);

/*
 * Pings the service manager's watchdog, if there is one, from this event loop.  Not
 * sd_event_set_watchdog(): a ping takes a descriptor, for which the reserve is there.  0 or -errno.
 */
int notify__start_watchdog(sd_event *event);

/* READY=1, and the first line. */
void notify__ready(struct notify *n, const struct notify_facts *facts, uint64_t now_ns);
/* Sends the line if it differs from the last one and that is long enough ago; whether it did. */
bool notify__refresh(struct notify *n, const struct notify_facts *facts, uint64_t now_ns);

#endif
