// SPDX-License-Identifier: GPL-2.0-or-later
/* What is remembered between runs; see settings.h. */
#include "fdtop/model/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "human.h"

#define FILE_MAX_SZ 4096 /* bytes; a longer file is not ours */

static const char *const group_names[] = {
#define X(id, name) name,
	FDS_GROUP_KEYS(X)
#undef X
};

const char *settings__group_name(enum fds_group_key group)
{
	return group_names[group];
}

enum fds_group_key settings__find_group(const char *name)
{
	enum fds_group_key i = 0;

	while (i < FDS_BY_CNT && strcmp(group_names[i], name))
		i++;
	return i;
}

void settings__init(struct settings *s)
{
	*s = (struct settings){.sort = FIELD_FDS, .interval_ms = 1000, .mouse = true};
}

static bool is_yes(const char *value)
{
	return !strcmp(value, "yes");
}

static void set(struct settings *s, const char *name, const char *value)
{
	unsigned long ms;

	if (!strcmp(name, "sort")) {
		enum field_id id = field__find(value);

		if (id < FIELD_CNT && field__list[id].compare)
			s->sort = id;
	} else if (!strcmp(name, "group")) {
		if (settings__find_group(value) < FDS_BY_CNT)
			s->group = settings__find_group(value);
	} else if (!strcmp(name, "interval_ms")) {
		if (!human__parse_count(value, SETTINGS_INTERVAL_MAX, &ms) &&
		    ms >= SETTINGS_INTERVAL_MIN)
			s->interval_ms = (unsigned)ms;
	} else if (!strcmp(name, "reverse")) {
		s->reverse = is_yes(value);
	} else if (!strcmp(name, "tree")) {
		s->tree = is_yes(value);
	} else if (!strcmp(name, "cost")) {
		s->cost = is_yes(value);
	} else if (!strcmp(name, "mouse")) {
		s->mouse = is_yes(value);
	} else if (!strcmp(name, "no_kthreads")) {
		s->no_kthreads = is_yes(value);
	}
}

void settings__parse(struct settings *s, const char *text)
{
	while (*text) {
		char name[32], value[32];
		size_t len = strcspn(text, "\n");

		if (len < sizeof(name) + sizeof(value) && *text != '#' &&
		    sscanf(text, "%31[a-z_] = %31[a-z0-9]", name, value) == 2)
			set(s, name, value);
		text += len + (text[len] == '\n');
	}
	if (s->tree)
		s->group = FDS_BY_PROCESS;
}

void settings__format(const struct settings *s, struct text *out)
{
	text__add(out, "# fdtop(1) writes this when it ends\n");
	text__addf(out, "sort = %s\n", field__list[s->sort].name);
	text__addf(out, "reverse = %s\n", s->reverse ? "yes" : "no");
	text__addf(out, "group = %s\n", settings__group_name(s->group));
	text__addf(out, "tree = %s\n", s->tree ? "yes" : "no");
	text__addf(out, "interval_ms = %u\n", s->interval_ms);
	text__addf(out, "cost = %s\n", s->cost ? "yes" : "no");
	text__addf(out, "no_kthreads = %s\n", s->no_kthreads ? "yes" : "no");
	text__addf(out, "mouse = %s\n", s->mouse ? "yes" : "no");
}

unsigned settings__next_interval(unsigned ms, bool longer)
{
	static const unsigned steps[] = {SETTINGS_INTERVAL_MIN, 500, 1000, 2000, 5000, 10000, 30000,
					 SETTINGS_INTERVAL_MAX};
	const size_t cnt = sizeof(steps) / sizeof(steps[0]);

	if (longer) {
		for (size_t i = 0; i < cnt; i++)
			if (steps[i] > ms)
				return steps[i];
		return steps[cnt - 1];
	}
	for (size_t i = cnt; i--;)
		if (steps[i] < ms)
			return steps[i];
	return steps[0];
}

/* The folder; its parent too, since a fresh account has no ~/.config. */
static int find_folder(struct text *path, bool make)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	/* A relative path means nothing, says the XDG specification. */
	if (base && *base == '/')
		text__add(path, base);
	else if (home && *home == '/')
		text__addf(path, "%s/.config", home);
	else
		return -ENOENT;
	if (make)
		mkdir(text__str(path), 0700);
	text__add(path, "/fdscope");
	if (path->oom)
		return -ENOMEM;
	if (make && mkdir(text__str(path), 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

/* A FIFO or a device must not keep anybody waiting. */
static FILE *open_regular(const char *path, int flags, const char *mode)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		f = fdopen(fd, mode);
	if (!f)
		close(fd);
	return f;
}

int settings__load(struct settings *s)
{
	_cleanup_text_ struct text path = {};
	_cleanup_fclose_ FILE *f = NULL;
	char buf[FILE_MAX_SZ];
	size_t len;
	int err = find_folder(&path, false);

	if (err)
		return err;
	text__add(&path, "/fdtop.conf");
	f = path.oom ? NULL : open_regular(text__str(&path), O_RDONLY, "r");
	if (!f)
		return path.oom ? -ENOMEM : -errno;
	len = fread(buf, 1, sizeof(buf) - 1, f);
	if (ferror(f))
		return -EIO;
	buf[len] = '\0';
	settings__parse(s, buf);
	return 0;
}

int settings__save(const struct settings *s)
{
	_cleanup_text_ struct text path = {}, fresh = {}, body = {};
	FILE *f;
	int err = find_folder(&path, true);

	if (err)
		return err;
	text__add(&path, "/fdtop.conf");
	text__addf(&fresh, "%s.new", text__str(&path));
	settings__format(s, &body);
	if (path.oom || fresh.oom || body.oom)
		return -ENOMEM;
	f = open_regular(text__str(&fresh), O_WRONLY | O_CREAT | O_TRUNC, "w");
	if (!f)
		return -errno;
	if (fputs(text__str(&body), f) < 0)
		err = -EIO;
	if (fclose(f))
		err = -EIO;
	if (!err && rename(text__str(&fresh), text__str(&path)))
		err = -errno;
	if (err)
		unlink(text__str(&fresh));
	return err;
}
