// SPDX-License-Identifier: GPL-2.0-or-later
/* io_uring and userfaultfd. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <string.h>

/* ---- io_uring ---- */

/* The mask of a ring is its number of entries less one. */
static void emit_entries(struct json *j, const char *name, const char *text, const char *key)
{
	uint64_t mask;

	if (fdinfo__parse_uint(text, key, 0, &mask))
		json__emit_uint(j, name, mask + 1);
	else
		json__emit_null(j, name);
}

static void emit_count(struct json *j, const char *name, const char *text, const char *key)
{
	uint64_t value;

	if (fdinfo__parse_uint(text, key, 10, &value))
		json__emit_uint(j, name, value);
	else
		json__emit_null(j, name);
}

/* The kernel leaves out what it would have to wait for. */
static void emit_io_uring(struct json *j, const struct kind_view *v)
{
	const char *text = v->row->fdinfo;

	emit_entries(j, "sq_entries", text, "SqMask:");
	emit_entries(j, "cq_entries", text, "CqMask:");
	emit_count(j, "registered_files", text, "UserFiles:");
	emit_count(j, "registered_buffers", text, "UserBufs:");
}

static void summarize_io_uring(struct kind_text *t, const struct kind_view *v)
{
	const char *text = v->row->fdinfo;
	uint64_t value;

	if (fdinfo__parse_uint(text, "SqMask:", 0, &value))
		kind_text__addf(t, "entries %llu ", (unsigned long long)value + 1);
	if (fdinfo__parse_uint(text, "UserFiles:", 10, &value))
		kind_text__addf(t, "files %llu ", (unsigned long long)value);
	if (fdinfo__parse_uint(text, "UserBufs:", 10, &value))
		kind_text__addf(t, "buffers %llu ", (unsigned long long)value);
	if (t->len)
		t->data[--t->len] = '\0';
}

const struct kind_ops kind__io_uring = {KIND_FDINFO, emit_io_uring, summarize_io_uring};

/* ---- userfaultfd ---- */

static void emit_userfaultfd(struct json *j, const struct kind_view *v)
{
	const char *text = v->row->fdinfo, *api = fdinfo__find(text, "API:");

	emit_count(j, "pending", text, "pending:");
	emit_count(j, "total", text, "total:");
	if (api)
		json__emit_text_n(j, "api", api, strcspn(api, "\n"));
	else
		json__emit_null(j, "api");
}

static void summarize_userfaultfd(struct kind_text *t, const struct kind_view *v)
{
	uint64_t pending, total;

	if (fdinfo__parse_uint(v->row->fdinfo, "pending:", 10, &pending) &&
	    fdinfo__parse_uint(v->row->fdinfo, "total:", 10, &total))
		kind_text__addf(t, "pending %llu of %llu", (unsigned long long)pending,
				(unsigned long long)total);
}

const struct kind_ops kind__userfaultfd = {KIND_FDINFO, emit_userfaultfd, summarize_userfaultfd};
