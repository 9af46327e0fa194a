// SPDX-License-Identifier: GPL-2.0-or-later
/* inotify and fanotify: what is watched. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <sys/fanotify.h>
#include <sys/inotify.h>

#define BITS(array) array, sizeof(array) / sizeof(array[0])

static const struct kind_bit inotify_bits[] = {
	{IN_ACCESS, "access"},
	{IN_MODIFY, "modify"},
	{IN_ATTRIB, "attrib"},
	{IN_CLOSE_WRITE, "close_write"},
	{IN_CLOSE_NOWRITE, "close_nowrite"},
	{IN_OPEN, "open"},
	{IN_MOVED_FROM, "moved_from"},
	{IN_MOVED_TO, "moved_to"},
	{IN_CREATE, "create"},
	{IN_DELETE, "delete"},
	{IN_DELETE_SELF, "delete_self"},
	{IN_MOVE_SELF, "move_self"},
	{IN_UNMOUNT, "unmount"},
	{IN_EXCL_UNLINK, "excl_unlink"},
	{IN_ONESHOT, "oneshot"},
};

static const struct kind_bit fanotify_bits[] = {
	{FAN_ACCESS, "access"},
	{FAN_MODIFY, "modify"},
	{FAN_ATTRIB, "attrib"},
	{FAN_CLOSE_WRITE, "close_write"},
	{FAN_CLOSE_NOWRITE, "close_nowrite"},
	{FAN_OPEN, "open"},
	{FAN_MOVED_FROM, "moved_from"},
	{FAN_MOVED_TO, "moved_to"},
	{FAN_CREATE, "create"},
	{FAN_DELETE, "delete"},
	{FAN_DELETE_SELF, "delete_self"},
	{FAN_MOVE_SELF, "move_self"},
	{FAN_OPEN_EXEC, "open_exec"},
	{FAN_OPEN_PERM, "open_perm"},
	{FAN_ACCESS_PERM, "access_perm"},
	{FAN_OPEN_EXEC_PERM, "open_exec_perm"},
	{FAN_ONDIR, "ondir"},
	{FAN_EVENT_ON_CHILD, "event_on_child"},
};

static void emit_field(struct json *j, const char *name, const char *line, const char *key)
{
	uint64_t value;

	if (fdinfo__parse_field(line, key, 16, &value))
		json__emit_uint(j, name, value);
	else
		json__emit_null(j, name);
}

static void emit_file(struct json *j, const char *line)
{
	uint64_t dev;

	if (fdinfo__parse_field(line, "sdev:", 16, &dev))
		kind__emit_dev(j, dev);
	else
		json__emit_null(j, "dev");
	emit_field(j, "inode", line, "ino:");
}

static void emit_mask(struct json *j, const char *line, const struct kind_bit *bits, size_t cnt)
{
	uint64_t mask = 0;

	fdinfo__parse_field(line, " mask:", 16, &mask);
	kind__emit_bits(j, "mask", mask, bits, cnt);
}

/* "inotify wd:HEX ino:HEX sdev:HEX mask:HEX ..." */
static void emit_inotify(struct json *j, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo, *line;

	json__begin_array(j, "watches");
	while ((line = fdinfo__next(&pos, "inotify "))) {
		json__begin_object(j, NULL);
		emit_field(j, "wd", line, "wd:");
		emit_file(j, line);
		emit_mask(j, line, BITS(inotify_bits));
		json__end_object(j);
	}
	json__end_array(j);
}

static void summarize_inotify(struct kind_text *t, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo;
	size_t cnt = 0;

	while (fdinfo__next(&pos, "inotify "))
		cnt++;
	kind_text__addf(t, "watches %zu", cnt);
}

/*
 * "fanotify flags:HEX event-flags:HEX", then a line for each mark: of a mount ("mnt_id:HEX ..."),
 * a file system ("sdev:HEX ...") or an inode ("ino:HEX sdev:HEX ...").
 */
static const char *next_mark(const char **pos)
{
	const char *line;

	while ((line = fdinfo__next(pos, "fanotify "))) {
		uint64_t mask;

		if (fdinfo__parse_field(line, " mask:", 16, &mask))
			return line;
	}
	return NULL;
}

static const char *mark_type(const char *line)
{
	uint64_t value;

	if (fdinfo__parse_field(line, "ino:", 16, &value))
		return "inode";
	return fdinfo__parse_field(line, "mnt_id:", 16, &value) ? "mount" : "filesystem";
}

static void emit_fanotify(struct json *j, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo, *line;
	uint64_t flags;

	if (fdinfo__parse_uint(pos, "fanotify flags:", 16, &flags))
		json__emit_textf(j, "flags", "0x%llx", (unsigned long long)flags);
	else
		json__emit_null(j, "flags");
	json__begin_array(j, "marks");
	while ((line = next_mark(&pos))) {
		json__begin_object(j, NULL);
		json__emit_text(j, "type", mark_type(line));
		emit_file(j, line);
		emit_field(j, "mount", line, "mnt_id:");
		emit_mask(j, line, BITS(fanotify_bits));
		json__end_object(j);
	}
	json__end_array(j);
}

static void summarize_fanotify(struct kind_text *t, const struct kind_view *v)
{
	const char *pos = v->row->fdinfo;
	size_t cnt = 0;

	while (next_mark(&pos))
		cnt++;
	kind_text__addf(t, "marks %zu", cnt);
}

const struct kind_ops kind__inotify = {KIND_FDINFO, emit_inotify, summarize_inotify};
const struct kind_ops kind__fanotify = {KIND_FDINFO, emit_fanotify, summarize_fanotify};
