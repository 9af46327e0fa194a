// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines for `systemctl status`; see notify.h. */
#include "notify.h"

#include "base/reserve.h"

#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

static int on_watchdog(sd_event_source *src, uint64_t usec, void *ctx)
{
	uint64_t interval_us = 0;

	(void)usec, (void)ctx;
	(void)WITH_RESERVE(sd_notify(0, "WATCHDOG=1"));
	if (sd_watchdog_enabled(0, &interval_us) > 0) {
		sd_event_source_set_time_relative(src, interval_us / 3);
		sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
	}
	return 0;
}

int notify__start_watchdog(sd_event *event)
{
	uint64_t interval_us;
	int err;

	if (sd_watchdog_enabled(0, &interval_us) <= 0)
		return 0;
	/* The first at once. */
	err = sd_event_add_time_relative(event, NULL, CLOCK_MONOTONIC, 0, 0, on_watchdog, NULL);
	return err < 0 ? err : 0;
}

void notify__format(const struct notify_facts *facts, char ret[static NOTIFY_TEXT_SZ])
{
	uint32_t alerts = facts->warn + facts->critical;
	int len = snprintf(ret, NOTIFY_TEXT_SZ, "tier %s, %u process%s", facts->tier,
			   facts->processes, facts->processes == 1 ? "" : "es");

	if (alerts)
		len += snprintf(ret + len, NOTIFY_TEXT_SZ - len, ", %u alert%s", alerts,
				alerts == 1 ? "" : "s");
	if (facts->critical)
		snprintf(ret + len, NOTIFY_TEXT_SZ - len, " (%u critical)", facts->critical);
}

void notify__ready(struct notify *n, const struct notify_facts *facts, uint64_t now_ns)
{
	notify__format(facts, n->last);
	n->sent_ns = now_ns;
	sd_notifyf(0, "READY=1\nSTATUS=%s", n->last);
}

bool notify__refresh(struct notify *n, const struct notify_facts *facts, uint64_t now_ns)
{
	char text[NOTIFY_TEXT_SZ];

	if (now_ns - n->sent_ns < NOTIFY_INTERVAL_NS)
		return false;
	notify__format(facts, text);
	if (!strcmp(text, n->last))
		return false;
	memcpy(n->last, text, sizeof(text));
	n->sent_ns = now_ns;
	sd_notifyf(0, "STATUS=%s", text);
	return true;
}
