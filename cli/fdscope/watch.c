// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope watch: a line for each event, as it happens. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cells.h"
#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"

static const struct column_set *watch_columns(const struct options *o)
{
	(void)o;
	return &columns__event;
}

/* Each line is flushed when it is written, so nothing is left to do. */
static void end_now(int sig)
{
	(void)sig;
	_exit(EXIT_FINE);
}

static bool is_type(const json_t *event, const char *type)
{
	const json_t *v = json_object_get(event, "type");

	return json_is_string(v) && !strcmp(json_string_value(v), type);
}

/* Streams cannot wait for the widest cell: columns have room for the usual ones. */
static size_t usual_width(const struct column *col)
{
	switch (col->type) {
	case COL_CLOCK:
		return strlen("23:59:59.999");
	case COL_COUNT:
	case COL_LIMIT:
		return strlen(col->name) > 7 ? strlen(col->name) : 7;
	default:
		return strcmp(col->name, "COMM") ? 8 : 15;
	}
}

static void add_padded(struct text *line, const struct column *col, const char *s, bool last)
{
	size_t chars = 0, width = usual_width(col);

	for (const char *p = s; *p; p++)
		chars += (*p & 0xc0) != 0x80;
	if (column__is_right(col))
		for (size_t i = chars; i < width; i++)
			text__add(line, " ");
	text__add(line, s);
	if (!column__is_right(col) && !last)
		for (size_t i = chars; i < width; i++)
			text__add(line, " ");
	text__add(line, last ? "\n" : " ");
}

static void add_headings(const struct options *o, struct text *line)
{
	for (size_t i = 0; i < o->columns.cnt; i++)
		add_padded(line, o->columns.col[i], o->columns.col[i]->name,
			   i + 1 == o->columns.cnt);
}

static void add_event(const struct options *o, const json_t *event, struct text *line)
{
	_cleanup_text_ struct text cell = {};

	for (size_t i = 0; i < o->columns.cnt; i++) {
		cell__format(o->columns.col[i], event, &cell);
		add_padded(line, o->columns.col[i], text__str(&cell), i + 1 == o->columns.cnt);
		line->oom |= cell.oom;
	}
}

/* -p: events of that process, and the fork that made it. */
static bool is_wanted(const struct options *o, const json_t *event)
{
	return !o->only_pid || json_integer_value(json_object_get(event, "pid")) == o->only_pid ||
	       json_integer_value(json_object_get(event, "child")) == o->only_pid;
}

/* False: nobody reads any more. */
static bool write_line(const struct text *line)
{
	if (fwrite(text__str(line), 1, line->len, stdout) == line->len && !fflush(stdout))
		return true;
	complain__output_failed();
	return false;
}

/* A heartbeat is the time to see that a reader has left although there was nothing to write. */
static bool is_read(void)
{
	struct pollfd pfd = {.fd = STDOUT_FILENO};

	return poll(&pfd, 1, 0) <= 0 || !(pfd.revents & POLLERR);
}

/* 1: go on, 0: enough, -errno.  *cnt is raised by an event that is shown. */
static int show_line(const struct options *o, const char *s, size_t len, struct text *line,
		     unsigned long *cnt)
{
	json_t *event;
	bool hello, shown;

	if (!len)
		return is_read();
	event = json_loadb(s, len, JSON_ALLOW_NUL, NULL);
	if (!json_is_object(event)) {
		json_decref(event);
		return -EBADMSG;
	}
	hello = is_type(event, "hello");
	shown = hello ? o->json : is_wanted(o, event);
	text__clear(line);
	if (o->json) {
		text__add_bytes(line, s, len);
		text__add(line, "\n");
	} else {
		add_event(o, event, line);
	}
	json_decref(event);
	if (line->oom)
		return -ENOMEM;
	if (!shown)
		return 1;
	if (!write_line(line))
		return 0;
	*cnt += !hello;
	return !o->count || *cnt < o->count;
}

static int follow(const struct options *o, struct client *c)
{
	_cleanup_text_ struct text line = {};
	unsigned long cnt = 0;
	const char *s;
	size_t len;
	int r;

	if (!o->json && !o->no_headings) {
		add_headings(o, &line);
		if (!write_line(&line))
			return EXIT_FINE;
	}
	for (;;) {
		r = client__line(c, &s, &len);
		if (r == -EINTR)
			continue;
		if (r < 0)
			return fetch__complain(c);
		if (!r)
			return complain(EXIT_UNREACHABLE, "the daemon has gone away");
		r = show_line(o, s, len, &line, &cnt);
		if (!r)
			return EXIT_FINE; /* see complain__check_output() */
		if (r < 0)
			return complain(EXIT_NO, "%s",
					r == -EBADMSG
						? "the daemon's stream is not what was asked for"
						: strerror(-r));
	}
}

static int watch_run(const struct options *o)
{
	_cleanup_client_ struct client *c = NULL;
	_cleanup_text_ struct text target = {};
	struct sigaction sa = {.sa_handler = end_now};
	int err = fetch__client(o, &c);

	if (err)
		return err;
	text__add(&target, FDS_API_EVENTS);
	if (o->types) {
		text__add(&target, "?types=");
		text__add(&target, o->types);
	}
	if (target.oom)
		return complain(EXIT_NO, "out of memory");
	sigaction(SIGINT, &sa, NULL);
	if (client__open_stream(c, text__str(&target)))
		return fetch__complain(c);
	return follow(o, c);
}

const struct command command__watch = {
	.name = "watch",
	.summary = "Prints a line for each event that matters, as it happens",
	.options = "tpc",
	.columns = watch_columns,
	.run = watch_run,
};
