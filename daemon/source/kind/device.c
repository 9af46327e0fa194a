// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices: numbers, the driver by /proc/devices, and the name of a terminal. */
#include "source/kind/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TTY_NAME_SZ    24
#define DRIVER_NAME_SZ 64
/* Documentation/admin-guide/devices.txt */
#define TTY_MAJOR      4
#define TTYAUX_MAJOR   5
#define PTS_MAJOR      136
#define PTS_MAJOR_LAST 143
#define TTY_SERIAL     64 /* minors from there on are serial lines */

/* As ps(1) writes it; false: no terminal. */
static bool find_tty(uint32_t major, uint32_t minor, char *buf, size_t buf_sz)
{
	static const char *const aux[] = {"tty", "console", "ptmx"};

	if (major >= PTS_MAJOR && major <= PTS_MAJOR_LAST)
		snprintf(buf, buf_sz, "pts/%u", (major - PTS_MAJOR) * 256 + minor);
	else if (major == TTY_MAJOR && minor < TTY_SERIAL)
		snprintf(buf, buf_sz, "tty%u", minor);
	else if (major == TTY_MAJOR)
		snprintf(buf, buf_sz, "ttyS%u", minor - TTY_SERIAL);
	else if (major == TTYAUX_MAJOR && minor < sizeof(aux) / sizeof(aux[0]))
		snprintf(buf, buf_sz, "%s", aux[minor]);
	else
		return false;
	return true;
}

/* The line " MAJOR NAME" below "Character devices:" or "Block devices:". */
static bool find_driver(const char *devices, bool block, uint32_t major, char *buf, size_t buf_sz)
{
	const char *end = devices ? strstr(devices, "Block devices:") : NULL;
	const char *s = block ? end : devices;

	while (s && (s = strchr(s, '\n'))) {
		char *name;

		s++;
		if (!block && end && s >= end)
			return false;
		if (strtoul(s, &name, 10) != major || *name != ' ')
			continue;
		name++;
		snprintf(buf, buf_sz, "%.*s", (int)strcspn(name, "\n"), name);
		return true;
	}
	return false;
}

static bool driver_of(const struct kind_view *v, char *buf, size_t buf_sz)
{
	const struct fds_file_rec *rec = &v->row->rec;

	return find_driver(v->list->devices, S_ISBLK(rec->mode), FDS_DEV_MAJOR(rec->rdev), buf,
			   buf_sz);
}

static bool tty_of(const struct kind_view *v, char *buf, size_t buf_sz)
{
	const struct fds_file_rec *rec = &v->row->rec;

	return S_ISCHR(rec->mode) &&
	       find_tty(FDS_DEV_MAJOR(rec->rdev), FDS_DEV_MINOR(rec->rdev), buf, buf_sz);
}

static void emit(struct json *j, const struct kind_view *v)
{
	char tty[TTY_NAME_SZ], driver[DRIVER_NAME_SZ];

	json__emit_uint(j, "major", FDS_DEV_MAJOR(v->row->rec.rdev));
	json__emit_uint(j, "minor", FDS_DEV_MINOR(v->row->rec.rdev));
	json__emit_text(j, "tty", tty_of(v, tty, sizeof(tty)) ? tty : NULL);
	json__emit_text(j, "driver", driver_of(v, driver, sizeof(driver)) ? driver : NULL);
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	char tty[TTY_NAME_SZ], driver[DRIVER_NAME_SZ];

	if (tty_of(v, tty, sizeof(tty))) {
		kind_text__addf(t, "tty %s", tty);
		return;
	}
	kind_text__addf(t, "%u:%u", FDS_DEV_MAJOR(v->row->rec.rdev),
			FDS_DEV_MINOR(v->row->rec.rdev));
	if (driver_of(v, driver, sizeof(driver)))
		kind_text__addf(t, " %s", driver);
}

const struct kind_ops kind__device = {0, emit, summarize};
