// SPDX-License-Identifier: GPL-2.0-or-later
/* One descriptor as JSON; see file_row.h. */
#include "api/file_row.h"

#include "source/kind/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* f_flags as names; each is there when all of its bits are. */
static const struct {
	uint32_t bits;
	const char *name;
} flag_names[] = {
	{O_APPEND, "append"},
	{O_NONBLOCK, "nonblock"},
	{O_ASYNC, "async"},
	{O_DIRECT, "direct"},
	{O_PATH, "path"},
	{O_SYNC, "sync"},
	{O_DSYNC, "dsync"},
	{O_NOATIME, "noatime"},
	{O_DIRECTORY, "directory"},
	{O_NOFOLLOW, "nofollow"},
	{O_TMPFILE & ~O_DIRECTORY, "tmpfile"},
};

static void emit_flags(struct json *j, uint32_t flags)
{
	json__begin_array(j, "flags");
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if ((flags & flag_names[i].bits) == flag_names[i].bits)
			json__emit_text(j, NULL, flag_names[i].name);
	json__end_array(j);
}

static const char *mode_name(uint32_t fmode)
{
	static const char *const names[] = {"-", "r", "w", "rw"};

	return names[(fmode & FDS_FMODE_READ ? 1 : 0) | (fmode & FDS_FMODE_WRITE ? 2 : 0)];
}

/* Holders that the viewer may not see are left out; `refs` still tells that there are more. */
static void emit_holders(struct json *j, const struct request *req, const struct file_list *files,
			 const struct file_row *row)
{
	if (!files->looked_for_holders) {
		json__emit_null(j, "shared_with");
		return;
	}
	json__begin_array(j, "shared_with");
	for (size_t i = 0; i < row->holder_cnt; i++) {
		const struct file_holder *h = &files->holders[row->holder_first + i];

		if (!viewer__check(&req->query.viewer, h->uid, h->euid))
			continue;
		json__begin_object(j, NULL);
		json__emit_uint(j, "pid", h->pid);
		json__emit_uint(j, "fd", h->fd);
		json__emit_text_n(j, "comm", h->comm, strnlen(h->comm, sizeof(h->comm)));
		json__end_object(j);
	}
	json__end_array(j);
}

/* Why a row is not complete; NULL: it is. */
static const char *error_text(int error)
{
	switch (error) {
	case 0:
		return NULL;
	case ENOENT:
		return "closed while it was read";
	case ESTALE:
		return "closed and used again while it was read";
	default:
		return strerror(error);
	}
}

static bool may_see(const void *ctx, uint32_t uid, uint32_t euid)
{
	return viewer__check(ctx, uid, euid);
}

void file_row__emit(struct json *j, const struct request *req, const struct file_list *files,
		    const struct file_row *row)
{
	const struct fds_file_rec *rec = &row->rec;
	bool located = rec->major || rec->minor || rec->inode;
	struct kind_view view = {files, row, may_see, &req->query.viewer};

	json__begin_object(j, NULL);
	json__emit_uint(j, "fd", rec->fd);
	json__emit_text(j, "kind", kind__name(row->kind));
	if (row->ofd)
		json__emit_hex(j, "ofd", row->ofd);
	else
		json__emit_null(j, "ofd");
	JSON_UINT_OR_NULL(j, "refs", rec->refs, 0);
	emit_holders(j, req, files, row);
	if (located)
		json__emit_textf(j, "dev", "%u:%u", rec->major, rec->minor);
	else
		json__emit_null(j, "dev");
	if (located)
		json__emit_uint(j, "inode", rec->inode);
	else
		json__emit_null(j, "inode");
	json__emit_text(j, "name", row->name);
	json__emit_text(j, "mode", mode_name(rec->fmode));
	emit_flags(j, rec->flags);
	if (located) {
		json__emit_bool(j, "cloexec", rec->cloexec);
		json__emit_int(j, "offset", (int64_t)rec->offset);
	} else {
		json__emit_null(j, "cloexec");
		json__emit_null(j, "offset");
	}
	json__emit_null(j, "opened_ns"); /* no tier notes each open */
	json__emit_text(j, "error", error_text(row->error));
	kind__emit(j, &view);
	json__end_object(j);
}
