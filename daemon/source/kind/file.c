// SPDX-License-Identifier: GPL-2.0-or-later
/* Files, directories and what else has a place in a file system; memfds; namespaces. */
#include "source/kind/kind.h"

#include <stdio.h>
#include <string.h>

#define MEMFD	"/memfd:"
#define DELETED " (deleted)"

static void emit_file(struct json *j, const struct kind_view *v)
{
	const struct fds_file_rec *rec = &v->row->rec;

	json__emit_uint(j, "size", rec->size);
	json__emit_uint(j, "nlink", rec->nlink);
	json__emit_bool(j, "deleted", rec->nlink == 0);
	json__emit_uint(j, "disk_bytes", rec->blocks * 512);
}

static void summarize_file(struct kind_text *t, const struct kind_view *v)
{
	const struct fds_file_rec *rec = &v->row->rec;

	if (v->row->kind != FDS_KIND_FILE)
		return;
	kind_text__addf(t, "size %llu", (unsigned long long)rec->size);
	if (rec->nlink == 0)
		kind_text__addf(t, " deleted, holds %llu", (unsigned long long)rec->blocks * 512);
}

/* The name that memfd_create(2) was given; of memfd_secret(2) there is none. */
static size_t memfd_name(const struct file_row *row, const char **ret)
{
	const char *name = row->name;
	size_t len;

	if (!name || strncmp(name, MEMFD, strlen(MEMFD)) != 0)
		return 0;
	name += strlen(MEMFD);
	len = strlen(name);
	if (len >= strlen(DELETED) && !strcmp(name + len - strlen(DELETED), DELETED))
		len -= strlen(DELETED);
	*ret = name;
	return len;
}

static void emit_memfd(struct json *j, const struct kind_view *v)
{
	const struct fds_file_rec *rec = &v->row->rec;
	const char *name = NULL;
	size_t len = memfd_name(v->row, &name);

	json__emit_uint(j, "size", rec->size);
	json__emit_uint(j, "disk_bytes", rec->blocks * 512);
	if (name)
		json__emit_text_n(j, "name", name, len);
	else
		json__emit_null(j, "name");
	json__emit_bool(j, "secret", v->row->name && !name);
}

static void summarize_memfd(struct kind_text *t, const struct kind_view *v)
{
	const char *name = NULL;
	size_t len = memfd_name(v->row, &name);

	kind_text__addf(t, "size %llu", (unsigned long long)v->row->rec.size);
	if (len)
		kind_text__addf(t, " %.*s", (int)(len < KIND_SUMMARY_SZ ? len : KIND_SUMMARY_SZ),
				name);
}

static void emit_ns(struct json *j, const struct kind_view *v)
{
	const char *name = v->row->name ?: "";

	json__emit_text_n(j, "type", name, strcspn(name, ":"));
}

static void summarize_ns(struct kind_text *t, const struct kind_view *v)
{
	const char *name = v->row->name ?: "";

	kind_text__addf(t, "%.*s namespace", (int)strcspn(name, ":"), name);
}

const struct kind_ops kind__file = {0, emit_file, summarize_file};
const struct kind_ops kind__memfd = {0, emit_memfd, summarize_memfd};
const struct kind_ops kind__ns = {0, emit_ns, summarize_ns};
