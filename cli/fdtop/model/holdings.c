// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptors of one process; see holdings.h. */
#include "fdtop/model/holdings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cells.h"
#include "fdtop/model/value.h"

/* "/var/log/a.log" counts for "/var/log"; what is no path has no directory. */
static void look_at_path(struct holdings *h, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *directory;

	if (*name != '/')
		return;
	directory = strndup(name, slash == name ? 1 : slash - name);
	if (directory)
		tally__count(&h->directories, directory);
	free(directory);
}

/* "10.0.0.1:80->10.0.0.2:3000", with whatever in front: port 80, peer 10.0.0.2. */
static void look_at_connection(struct holdings *h, const char *name)
{
	const char *arrow = strstr(name, "->");
	const char *port = arrow, *colon;
	char *part;

	if (!arrow || *name == '/')
		return;
	while (port > name && port[-1] >= '0' && port[-1] <= '9')
		port--;
	if (port > name && port[-1] == ':' && (part = strndup(port, arrow - port))) {
		tally__count(&h->ports, part);
		free(part);
	}
	colon = strrchr(arrow, ':');
	part = strndup(arrow + 2, colon ? (size_t)(colon - arrow - 2) : strlen(arrow + 2));
	if (part && *part)
		tally__count(&h->remotes, part);
	free(part);
}

static void count_part(struct tally *t, const char *s, size_t len)
{
	char *part = strndup(s, len);

	if (part && *part)
		tally__count(t, part);
	free(part);
}

/* "[::1]:80" without its port and brackets. */
static void look_at_remote(struct holdings *h, const json_t *detail)
{
	_cleanup_text_ struct text name = {};
	const char *s, *colon;
	size_t len;

	cell__add_string(&name, json_object_get(detail, "remote"));
	s = text__str(&name);
	colon = strrchr(s, ':');
	len = colon ? (size_t)(colon - s) : strlen(s);
	if (len > 2 && *s == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	}
	count_part(&h->remotes, s, len);
}

/* A port that is listened on, or both of a connection; what they mean is known at the end. */
static void look_at_ports(struct holdings *h, const json_t *detail)
{
	int64_t local = value__int(detail, "local_port"),
		remote = value__int(detail, "remote_port");
	const json_t *state = json_object_get(detail, "state");
	bool listens = json_is_string(state) && !strcasecmp(json_string_value(state), "listen");
	char name[32];

	if (local <= 0 || local > UINT16_MAX || remote > UINT16_MAX)
		return;
	if (listens || remote <= 0) {
		snprintf(name, sizeof(name), "%d %s", (int)local, listens ? "listening" : "bound");
		tally__count(&h->ports, name);
	} else {
		snprintf(name, sizeof(name), "%d %d", (int)local, (int)remote);
		tally__count(&h->links, name);
	}
}

/* Who has the other end of a pipe or of a Unix socket; each once. */
static void look_at_ends(struct holdings *h, const json_t *detail)
{
	const json_t *peers = json_object_get(detail, "peers");
	int64_t before = 0;
	json_t *peer;
	size_t i;

	json_array_foreach (peers, i, peer) {
		_cleanup_text_ struct text name = {};
		int64_t pid = value__int(peer, "pid");

		if (pid <= 0 || pid == before)
			continue;
		before = pid;
		cell__add_string(&name, json_object_get(peer, "comm"));
		text__addf(&name, "[%jd]", (intmax_t)pid);
		if (!name.oom)
			tally__count(&h->remotes, text__str(&name));
	}
}

/*
 * Whoever listens on the near port accepted the connection.  The listening socket may be another
 * process's; then the lower port is the service's.
 */
static void tell_links(struct holdings *h)
{
	for (const struct tally_entry *e = h->links.entries; e; e = e->hh.next) {
		const struct tally_entry *known;
		struct tally_entry *sum;
		int local = 0, remote = 0;
		char name[32];

		if (sscanf(e->name, "%d %d", &local, &remote) != 2)
			continue;
		snprintf(name, sizeof(name), "%d listening", local);
		HASH_FIND_STR(h->ports.entries, name, known);
		if (known || local < remote)
			snprintf(name, sizeof(name), "%d accepted", local);
		else
			snprintf(name, sizeof(name), "%d remote", remote);
		sum = tally__count(&h->ports, name);
		if (sum)
			sum->count += e->count - 1;
	}
}

/* What the daemon knows of the kind; an older one has names alone. */
static bool look_at_detail(struct holdings *h, const json_t *row)
{
	const json_t *detail = json_object_get(row, "detail");

	if (!json_is_object(detail))
		return false;
	look_at_remote(h, detail);
	look_at_ports(h, detail);
	look_at_ends(h, detail);
	return true;
}

static void look_at_holders(struct holdings *h, const json_t *row)
{
	const json_t *shared = json_object_get(row, "shared_with");
	int64_t before = 0;
	json_t *holder;
	size_t i;

	json_array_foreach (shared, i, holder) {
		_cleanup_text_ struct text name = {};
		int64_t pid = value__int(holder, "pid");
		struct tally_entry *e;

		/* One that holds it under several numbers counts once. */
		if (pid <= 0 || pid == before)
			continue;
		before = pid;
		cell__add_string(&name, json_object_get(holder, "comm"));
		text__addf(&name, "[%jd]", (intmax_t)pid);
		e = name.oom ? NULL : tally__count(&h->peers, text__str(&name));
		if (e && e->count == 1) {
			e->pid = pid;
			e->fd = value__int(holder, "fd");
		}
	}
}

static void look(const json_t *row, void *arg)
{
	_cleanup_text_ struct text name = {};
	struct holdings *h = arg;

	cell__get_name(row, &name);
	if (name.oom)
		return;
	tally__count(&h->targets, text__str(&name));
	look_at_path(h, text__str(&name));
	if (!look_at_detail(h, row))
		look_at_connection(h, text__str(&name));
	look_at_holders(h, row);
}

static void sort_all(struct holdings *h)
{
	tell_links(h);
	tally__sort(&h->directories);
	tally__sort(&h->targets);
	tally__sort(&h->peers);
	tally__sort(&h->remotes);
	tally__sort(&h->ports);
}

static void cleanup_holdings(struct holdings **h)
{
	holdings__free(*h);
}

int holdings__parse(const char *body, size_t sz, struct holdings **ret_holdings)
{
	_cleanup_(cleanup_holdings) struct holdings *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	err = grid__parse(body, sz,
			  &(struct grid_source){.array = "files",
						.set = &columns__file,
						.id_key = "fd",
						.look = look,
						.arg = h},
			  &h->files);
	if (err)
		return err;
	sort_all(h);
	*ret_holdings = take_ptr(h);
	return 0;
}

void holdings__free(struct holdings *h)
{
	if (!h)
		return;
	grid__free(h->files);
	tally__done(&h->directories);
	tally__done(&h->targets);
	tally__done(&h->peers);
	tally__done(&h->remotes);
	tally__done(&h->ports);
	tally__done(&h->links);
	free(h);
}
