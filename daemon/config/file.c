// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of the configuration; see config__load().  inih splits the lines but gets them from us:
 * by itself it would cut long lines, take an indented line for more of the value before it and
 * ignore what stands behind a section's name, all in silence.
 */
#include "config/config.h"

#include "base/cleanup.h"
#include "base/why.h"
#include "fdscope/api.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHERE_SZ (PATH_MAX + 16) /* PATH:LINE */

/* One file while it is parsed. */
struct source {
	const char *path;
	const char *text;
	size_t len, at;
	int line;
	struct config *config;
	int result;
	char *error; /* NULL also where there was no memory for it */
};

/* The name between the brackets is known, and nothing but a comment follows. */
static int check_section(struct source *src, const char *line, size_t len)
{
	const char *end = memchr(line, ']', len);
	char where[WHERE_SZ];
	char name[128];
	size_t rest;
	int r;

	snprintf(where, sizeof(where), "%s:%d", src->path, src->line);
	if (!end)
		return why__format(&src->error, -EINVAL, "%s: section without a closing ]", where);
	snprintf(name, sizeof(name), "%.*s", (int)(end - line - 1), line + 1);
	r = config__check_section(where, name, &src->error);
	if (r < 0)
		return r;
	end++;
	rest = line + len - end;
	while (rest && (*end == ' ' || *end == '\t')) {
		end++;
		rest--;
	}
	if (rest && *end != ';' && *end != '#')
		return why__format(&src->error, -EINVAL, "%s: text behind section [%s]", where,
				   name);
	return 0;
}

/* As fgets; inih calls it for each line.  NULL ends the file, also after an error. */
static char *next_line(char *buf, int buf_sz, void *ctx)
{
	struct source *src = ctx;
	const char *line = src->text + src->at, *end;
	size_t left = src->len - src->at, len;

	if (src->result < 0 || !left)
		return NULL;
	end = memchr(line, '\n', left);
	len = end ? (size_t)(end - line) : left;
	src->at += len + !!end;
	src->line++;
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	if (len && line[len - 1] == '\r')
		len--;
	if (memchr(line, '\0', len))
		src->result = why__format(&src->error, -EINVAL, "%s:%d: not text: a NUL byte",
					  src->path, src->line);
	else if (len + 2 > (size_t)buf_sz)
		src->result = why__format(&src->error, -EINVAL, "%s:%d: line longer than %d bytes",
					  src->path, src->line, buf_sz - 2);
	else if (len && *line == '[')
		src->result = check_section(src, line, len);
	if (src->result < 0)
		return NULL;
	memcpy(buf, line, len);
	buf[len] = '\n';
	buf[len + 1] = '\0';
	return buf;
}

/* inih: a key has been read; 1: go on. */
static int take_key(void *ctx, const char *section, const char *name, const char *value)
{
	struct source *src = ctx;
	char where[WHERE_SZ];

	if (src->result < 0)
		return 0;
	snprintf(where, sizeof(where), "%s:%d", src->path, src->line);
	src->result = config__set(src->config, where, section, name, value, &src->error);
	return src->result == 0;
}

static int parse_text(const char *path, const char *text, size_t len, struct config *c,
		      char **ret_error)
{
	struct source src = {.path = path, .text = text, .len = len, .config = c};
	int line = ini_parse_stream(next_line, &src, take_key, &src);

	if (src.result < 0) {
		*ret_error = src.error;
		return src.result;
	}
	if (line < 0)
		return why__format(ret_error, -ENOMEM, "%s: not parsed: out of memory", path);
	if (line > 0)
		return why__format(ret_error, -EINVAL, "%s:%d: neither KEY=VALUE nor [SECTION]",
				   path, line);
	return 0;
}

/* -ENOENT comes without a message: whether that matters is the caller's to say. */
static int open_file(const char *path, int *ret, char **ret_error)
{
	/* A FIFO must not stop the daemon. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return why__format(ret_error, -errno, "%s: %m", path);
	if (S_ISDIR(st.st_mode))
		return why__format(ret_error, -EISDIR, "%s: is a directory, not a file", path);
	/* Devices: /dev/null stands for an empty file. */
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		return why__format(ret_error, -EINVAL, "%s: is no regular file", path);
	*ret = take_fd(&fd);
	return 0;
}

static int load_file(const char *path, struct config *c, char **ret_error)
{
	_cleanup_free_ char *text = malloc(CONFIG_FILE_MAX + 1);
	_cleanup_close_ int fd = -1;
	size_t len = 0;
	int r;

	if (!text)
		return why__format(ret_error, -ENOMEM, "%s: out of memory", path);
	r = open_file(path, &fd, ret_error);
	if (r < 0)
		return r;
	while (len <= CONFIG_FILE_MAX) {
		ssize_t n = read(fd, text + len, CONFIG_FILE_MAX + 1 - len);

		if (n < 0)
			return why__format(ret_error, -errno, "%s: %m", path);
		if (n == 0)
			return parse_text(path, text, len, c, ret_error);
		len += n;
	}
	return why__format(ret_error, -EFBIG, "%s: larger than %d bytes", path, CONFIG_FILE_MAX);
}

static int is_dropin(const struct dirent *e)
{
	size_t len = strlen(e->d_name), end = strlen(".conf");

	return *e->d_name != '.' && len > end && strcmp(e->d_name + len - end, ".conf") == 0;
}

/* Not alphasort: that would follow the locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_dropin(const char *dir, const char *name, struct config *c, char **ret_error)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return why__format(ret_error, -ENOMEM, "%s: out of memory", dir);
	r = load_file(path, c, ret_error);
	/* A symlink to nowhere. */
	return r == -ENOENT ? why__format(ret_error, r, "%s: %s", path, strerror(ENOENT)) : r;
}

static int load_dropins(const char *dir, struct config *c, char **ret_error)
{
	struct dirent **names = NULL;
	int cnt = scandir(dir, &names, is_dropin, compare_names);
	int r = 0;

	if (cnt < 0)
		return errno == ENOENT ? 0 : why__format(ret_error, -errno, "%s: %m", dir);
	if (cnt > CONFIG_DROPIN_MAX)
		r = why__format(ret_error, -E2BIG, "%s: more than %d files", dir,
				CONFIG_DROPIN_MAX);
	for (int i = 0; i < cnt; i++) {
		if (r == 0)
			r = load_dropin(dir, names[i]->d_name, c, ret_error);
		free(names[i]);
	}
	free(names);
	return r;
}

void config__list_files(const char *path, void (*fn)(void *ctx, const char *file), void *ctx)
{
	const char *file = path ? path : FDS_CONFIG_PATH;
	struct dirent **names = NULL;
	char dropin[PATH_MAX];
	int cnt;

	if (!access(file, F_OK))
		fn(ctx, file);
	snprintf(dropin, sizeof(dropin), "%s.d", file);
	cnt = scandir(dropin, &names, is_dropin, compare_names);
	for (int i = 0; i < cnt; i++) {
		snprintf(dropin, sizeof(dropin), "%s.d/%s", file, names[i]->d_name);
		fn(ctx, dropin);
		free(names[i]);
	}
	free(names);
}

int config__load(const char *path, struct config *ret, char **ret_error)
{
	const char *file = path ? path : FDS_CONFIG_PATH;
	_cleanup_free_ char *dir = NULL;
	struct config c;
	int r;

	config__init(&c);
	r = load_file(file, &c, ret_error);
	if (r == -ENOENT && path)
		return why__format(ret_error, r, "%s: %s", file, strerror(ENOENT));
	if (r < 0 && r != -ENOENT)
		return r;
	if (asprintf(&dir, "%s.d", file) < 0) {
		dir = NULL;
		return why__format(ret_error, -ENOMEM, "%s: out of memory", file);
	}
	r = load_dropins(dir, &c, ret_error);
	if (r == 0)
		r = config__check(&c, ret_error);
	if (r < 0)
		return r;
	*ret = c;
	return 0;
}
