// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptors of one process; see holdings.h. */
#include "fdtop/model/holdings.h"

#include <errno.h>
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
	look_at_connection(h, text__str(&name));
	look_at_holders(h, row);
}

static void sort_all(struct holdings *h)
{
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
	free(h);
}
