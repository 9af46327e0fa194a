// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers of descriptors in arguments and environments; see told.h. */
#include "detect/hazard/told.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LISTEN_FDS_START 3

/* Parts of names of variables whose numbers are descriptors. */
static const char *const fd_names[] = {
	"FD", "SOCK", "PIPE", "CHANNEL", "HANDLE", "INHERIT", "NGINX", "LISTEN", "SERVER_STARTER",
};

/* Of these that mean something else. */
static const char *const no_fd_names[] = {
	"LISTEN_PID", "LISTEN_FDS", "LISTEN_PORT", "LISTEN_BACKLOG", "PIPESTATUS",
};

/* Programs whose lone numbers are times, counts or processes. */
static const char *const counters[] = {
	"sleep", "usleep", "timeout", "seq",  "head",	 "tail", "kill",
	"nice",	 "renice", "ionice",  "chrt", "taskset", "expr", "factor",
};

/* The next whole text of a block, or NULL. */
static const char *next_text(const char *block, size_t sz, const char *text)
{
	const char *at = text ? text + strlen(text) + 1 : block;

	return at < block + sz && memchr(at, '\0', block + sz - at) ? at : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_one_of(const char *const *list, size_t cnt, const char *text)
{
	for (size_t i = 0; i < cnt; i++)
		if (!strcmp(list[i], text))
			return true;
	return false;
}

#define IS_ONE_OF(list, text) is_one_of(list, sizeof(list) / sizeof((list)[0]), text)

static bool parse_uint(const char *text, unsigned long *ret)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*ret = strtoul(text, &end, 10);
	return !*end && !errno;
}

/* "/dev/fd/N", "/proc/self/fd/N", "/proc/PID/fd/N" right before the number. */
static bool is_fd_folder(const char *text, const char *number)
{
	static const char *const ends[] = {"/fd/", "/fdinfo/"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t len = strlen(ends[i]);

		if ((size_t)(number - text) >= len && !memcmp(number - len, ends[i], len))
			return true;
	}
	return false;
}

/* "fd" or "FD" right before the number: "-fd5", "fd5". */
static bool is_fd_word(const char *text, const char *number)
{
	return number - text >= 2 && !strncasecmp(number - 2, "fd", 2);
}

/*
 * The number stands in a text in a way that can mean a descriptor: as a whole, and not as part of a
 * path, a version, a size or a date.
 */
static bool names_number(const char *text, const char *number, const char *end)
{
	unsigned char before = number > text ? number[-1] : '\0', after = *end;

	if (isdigit(before) || isdigit(after))
		return false;
	if (is_fd_folder(text, number) || is_fd_word(text, number))
		return true;
	if (isalnum(before) || isalnum(after) || (after && strchr("_%-/", after)) ||
	    (after == '.' && isdigit((unsigned char)end[1])))
		return false;
	/* None of "1.5", "a/5", "-5", "x-5", "a_5". */
	return !before || strchr("=:,; \t\n([{<'\"@+|", before);
}

/* A callback for each place where a text has the number; whether it said yes. */
static bool find_number(const char *text, unsigned int fd,
			bool (*fn)(const char *text, const char *number, const char *end))
{
	for (const char *at = text; *at;) {
		char *end;

		if (!isdigit((unsigned char)*at)) {
			at++;
			continue;
		}
		errno = 0;
		if (strtoul(at, &end, 10) == fd && !errno && fn(text, at, end))
			return true;
		at = end;
	}
	return false;
}

static bool is_fd_form(const char *text, const char *number, const char *end)
{
	unsigned char before = number > text ? number[-1] : '\0';

	if (isdigit((unsigned char)*end))
		return false;
	if (is_fd_folder(text, number))
		return !isalnum((unsigned char)*end);
	/* "fd=5", "fd:5", "-fd5" */
	if ((before == '=' || before == ':') && is_fd_word(text, number - 1))
		return true;
	return is_fd_word(text, number);
}

/* --jobserver-auth=R,W, and what make before 4.2 called it. */
static bool is_jobserver(const char *text, unsigned int fd)
{
	static const char *const options[] = {"--jobserver-auth=", "--jobserver-fds="};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *at = strstr(text, options[i]);
		unsigned long read, write;
		char *end;

		if (!at)
			continue;
		at += strlen(options[i]);
		if (!isdigit((unsigned char)*at))
			continue;
		read = strtoul(at, &end, 10);
		if (*end != ',')
			continue;
		write = strtoul(end + 1, NULL, 10);
		if (fd == read || fd == write)
			return true;
	}
	return false;
}

static bool arg_names(const char *arg, const char *before, bool counts, unsigned int fd)
{
	unsigned long number;

	/* Alone: the value of the option before it, or all that there is to say. */
	if (parse_uint(arg, &number))
		return number == fd && (!counts || (before[0] == '-' && strcasestr(before, "fd")));
	return find_number(arg, fd, counts ? is_fd_form : names_number) || is_jobserver(arg, fd);
}

static bool args_name(const struct told *t, unsigned int fd)
{
	const char *arg = next_text(t->args, t->args_sz, NULL), *before = arg;
	bool counts = arg && IS_ONE_OF(counters, base_name(arg));

	if (!arg)
		return false;
	while ((arg = next_text(t->args, t->args_sz, arg))) {
		/* The state of a program that goes on as another says what each is. */
		if (!strncmp(arg, "--deserialize", strlen("--deserialize")))
			return true;
		if (arg_names(arg, before, counts, fd))
			return true;
		before = arg;
	}
	return false;
}

static bool is_fd_name(const char *name, size_t len)
{
	char copy[128];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, name, len);
	copy[len] = '\0';
	if (IS_ONE_OF(no_fd_names, copy))
		return false;
	for (size_t i = 0; i < sizeof(fd_names) / sizeof(fd_names[0]); i++)
		if (strcasestr(copy, fd_names[i]))
			return true;
	return false;
}

static bool variable_names(const char *variable, unsigned int fd)
{
	const char *value = strchr(variable, '=');

	if (!value)
		return false;
	if (is_fd_name(variable, value - variable))
		return find_number(value + 1, fd, names_number);
	return find_number(value + 1, fd, is_fd_form) || is_jobserver(value, fd);
}

/* A number that a variable has; false: there is no such variable. */
static bool find_variable(const struct told *t, const char *name, unsigned long *ret)
{
	size_t len = strlen(name);

	for (const char *v = NULL; (v = next_text(t->env, t->env_sz, v));)
		if (!strncmp(v, name, len) && v[len] == '=')
			return parse_uint(v + len + 1, ret);
	return false;
}

/* What systemd hands over; see sd_listen_fds(3). */
static bool is_listened(const struct told *t, unsigned int fd)
{
	unsigned long cnt, pid;

	return find_variable(t, "LISTEN_FDS", &cnt) && find_variable(t, "LISTEN_PID", &pid) &&
	       pid == t->pid && fd >= LISTEN_FDS_START && fd - LISTEN_FDS_START < cnt;
}

bool told__names(const struct told *t, unsigned int fd)
{
	if (is_listened(t, fd) || args_name(t, fd))
		return true;
	for (const char *v = NULL; (v = next_text(t->env, t->env_sz, v));)
		if (variable_names(v, fd))
			return true;
	return false;
}
