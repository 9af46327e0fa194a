// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of /v1/events; see stream.h. */
#include "stream.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* How long a line may take; the sample tier needs a pass, emulation its time. */
#define LINE_TIMEOUT_S 30

static void on_alarm(int sig)
{
	(void)sig; /* interrupts the read */
}

int stream__run_tiers(void (*run_tier)(const char *tier))
{
	struct sigaction sa = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (const char *const *tier = test_tiers(); *tier; tier++)
		run_tier(*tier);
	return tap__exit();
}

struct client *stream__start(struct fixture *f, const char *const *args, const char *types)
{
	struct client *c;
	char target[96];

	if (fixture__start(f, args) || client__new(f->socket, &c)) {
		tap__not_ok("start", "the daemon did not start");
		return NULL;
	}
	snprintf(target, sizeof(target), "/v1/events?types=%s", types);
	if (client__open_stream(c, target))
		tap__bail("%s", client__message(c));
	return c;
}

json_t *stream__await(struct client *c, const char *type, pid_t pid)
{
	struct itimerval wait = {.it_value.tv_sec = LINE_TIMEOUT_S, .it_interval.tv_sec = 1};
	static const struct itimerval off;

	/* Again and again: a signal between two reads interrupts none. */
	setitimer(ITIMER_REAL, &wait, NULL);
	for (;;) {
		const char *text;
		size_t len;
		json_t *line;

		if (client__line(c, &text, &len) != 1)
			break;
		line = json_loadb(text, len, 0, NULL);
		if (line && !strcmp(stream__text(line, "type"), type) &&
		    (!pid || stream__number(line, "pid") == pid)) {
			setitimer(ITIMER_REAL, &off, NULL);
			return line;
		}
		json_decref(line);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	return NULL;
}

long long stream__number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

const char *stream__text(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key)) ?: "";
}

void stream__verdict(const char *tier, const char *name, json_t *line, bool right)
{
	char full[96], *dump = line ? json_dumps(line, JSON_COMPACT) : NULL;

	snprintf(full, sizeof(full), "%s: %s", tier, name);
	if (right)
		tap__ok("%s", full);
	else
		tap__not_ok(full, "%s", dump ?: "no such line");
	free(dump);
	json_decref(line);
}
