// SPDX-License-Identifier: GPL-2.0-or-later
/* Who a process is, out of /proc/PID/{exe,cmdline,cgroup}; see identity.h. */
#include "source/identity.h"

#include "base/cleanup.h"
#include "base/patient.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define CGROUP_TEXT_MAX	 65536 /* /proc/PID/cgroup: a line per hierarchy, a path has up to 4096 */
#define UNIT_NAME_MAX	 255
#define CONTAINER_ID_LEN 64
#define PATH_SZ		 32
#define DELETED		 " (deleted)"

/* A part of a path, or of a part. */
struct part {
	const char *s;
	size_t len;
};

static bool ends_with(struct part p, const char *end)
{
	size_t len = strlen(end);

	return p.len >= len && memcmp(p.s + p.len - len, end, len) == 0;
}

static bool begins_with(struct part p, const char *begin)
{
	size_t len = strlen(begin);

	return p.len >= len && memcmp(p.s, begin, len) == 0;
}

static bool equals(struct part p, const char *s)
{
	return p.len == strlen(s) && memcmp(p.s, s, p.len) == 0;
}

/* The next part; false at the end. */
static bool next_part(const char **path, struct part *ret)
{
	const char *s = *path + strspn(*path, "/");

	ret->s = s;
	ret->len = strcspn(s, "/");
	*path = s + ret->len;
	return ret->len > 0;
}

/* systemd puts "_" before names that would be taken for something else (cg_escape). */
static struct part unescape_cgroup(struct part p)
{
	return *p.s == '_' ? (struct part){p.s + 1, p.len - 1} : p;
}

/* unit_name_is_valid() of systemd, for units that have a cgroup: plain or instance, no template. */
static bool is_unit(struct part p)
{
	static const char *const types[] = {".service", ".scope", ".slice",
					    ".socket",	".mount", ".swap"};
	bool typed = false;
	size_t at = SIZE_MAX, dot = 0;

	if (p.len > UNIT_NAME_MAX)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		typed |= ends_with(p, types[i]);
	for (size_t i = 0; i < p.len; i++) {
		if (!isalnum((unsigned char)p.s[i]) && !strchr(":-_.\\@", p.s[i]))
			return false;
		if (p.s[i] == '@' && at == SIZE_MAX)
			at = i;
		if (p.s[i] == '.')
			dot = i;
	}
	return typed && dot > 0 && at != 0 && at + 1 != dot;
}

static bool is_slice(struct part p)
{
	p = unescape_cgroup(p);
	return ends_with(p, ".slice") && is_unit(p);
}

static struct part find_unit(const char *path)
{
	struct part p;

	while (next_part(&path, &p)) {
		if (is_slice(p))
			continue;
		p = unescape_cgroup(p);
		return is_unit(p) ? p : (struct part){0};
	}
	return (struct part){0};
}

static bool is_container_id(struct part p)
{
	if (p.len != CONTAINER_ID_LEN)
		return false;
	for (size_t i = 0; i < p.len; i++)
		if (!isdigit((unsigned char)p.s[i]) && !(p.s[i] >= 'a' && p.s[i] <= 'f'))
			return false;
	return true;
}

/*
 * ID, RUNTIME-ID, RUNTIME-ID.scope and SLICE:RUNTIME:ID, whoever the runtime is; but not the
 * monitor beside a container (libpod-conmon-ID.scope), which is none.
 */
static struct part find_id(struct part p)
{
	struct part id, runtime;

	if (ends_with(p, ".scope"))
		p.len -= strlen(".scope");
	if (p.len < CONTAINER_ID_LEN)
		return (struct part){0};
	id = (struct part){p.s + p.len - CONTAINER_ID_LEN, CONTAINER_ID_LEN};
	if (!is_container_id(id))
		return (struct part){0};
	if (p.len == CONTAINER_ID_LEN)
		return id;
	runtime = (struct part){p.s, p.len - CONTAINER_ID_LEN - 1};
	if ((id.s[-1] != '-' && id.s[-1] != ':') || !runtime.len || ends_with(runtime, "conmon"))
		return (struct part){0};
	return id;
}

/* What stands between `begin` and `end`. */
static struct part strip(struct part p, const char *begin, const char *end)
{
	size_t cut = strlen(begin) + strlen(end);

	if (!begins_with(p, begin) || !ends_with(p, end) || p.len <= cut)
		return (struct part){0};
	return (struct part){p.s + strlen(begin), p.len - cut};
}

/* The name that a part gives to a container, if it does; `above`: the part before it. */
static struct part find_name(struct part p, struct part above)
{
	struct part name = find_id(p);

	if (!name.len)
		name = strip(p, "lxc.payload.", "");
	if (!name.len && (equals(above, "lxc") || equals(above, "lxc.payload")))
		name = p;
	if (!name.len)
		name = strip(p, "systemd-nspawn@", ".service");
	if (!name.len && equals(above, "machine.slice"))
		name = strip(p, "machine-", ".scope");
	return name;
}

static struct part find_container(const char *path)
{
	struct part p, above = {0}, found = {0};

	while (next_part(&path, &p)) {
		struct part name = find_name(p, above);

		if (name.len)
			found = name;
		above = p;
	}
	return found;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Names of machines come with \x2d for "-" and the like (unit_name_escape). */
static struct part unescape_name(struct part p, char *buf)
{
	size_t len = 0;

	for (size_t i = 0; i < p.len; i++) {
		int high = -1, low = -1;

		if (i + 3 < p.len && p.s[i] == '\\' && p.s[i + 1] == 'x') {
			high = hex_digit(p.s[i + 2]);
			low = hex_digit(p.s[i + 3]);
		}
		if (high >= 0 && low >= 0) {
			buf[len++] = high << 4 | low;
			i += 3;
		} else {
			buf[len++] = p.s[i];
		}
	}
	return (struct part){buf, len};
}

/* Text of the part in *ret, NULL for an empty one; 0 or -ENOMEM. */
static int copy_part(struct part p, char **ret)
{
	char *s = NULL;

	if (p.len) {
		s = text__to_utf8(p.s, p.len);
		if (!s)
			return -ENOMEM;
	}
	*ret = s;
	return 0;
}

int identity__parse_cgroup(const char *path, char **ret_unit, char **ret_container)
{
	_cleanup_free_ char *unit = NULL, *container = NULL, *buf = NULL;
	struct part name = find_container(path);

	if (name.len) {
		buf = malloc(name.len);
		if (!buf)
			return -ENOMEM;
		name = unescape_name(name, buf);
	}
	if (copy_part(name, &container) < 0 || copy_part(find_unit(path), &unit) < 0)
		return -ENOMEM;
	*ret_unit = take_ptr(unit);
	*ret_container = take_ptr(container);
	return 0;
}

/* ID:CONTROLLERS:PATH; the path may contain colons.  False: not such a line. */
static bool parse_line(struct part line, struct part *ret_controllers, struct part *ret_path)
{
	const char *first = memchr(line.s, ':', line.len);
	const char *second;

	if (!first)
		return false;
	first++;
	second = memchr(first, ':', line.s + line.len - first);
	if (!second || second[1] != '/')
		return false;
	*ret_controllers = (struct part){first, second - first};
	*ret_path = (struct part){second + 1, line.s + line.len - second - 1};
	/* A cgroup that is removed while a zombie is left in it. */
	if (ends_with(*ret_path, DELETED))
		ret_path->len -= strlen(DELETED);
	return true;
}

int identity__choose_cgroup(const char *text, char **ret)
{
	struct part unified = {0}, named = {0}, other = {0}, best;

	for (const char *s = text; *s;) {
		struct part line = {s, strcspn(s, "\n")}, controllers, path;

		s += line.len + (s[line.len] == '\n');
		if (!parse_line(line, &controllers, &path))
			continue;
		if (!controllers.len)
			unified = path;
		else if (equals(controllers, "name=systemd"))
			named = path;
		else if (!other.len && path.len > 1)
			other = path;
	}
	best = unified.len > 1 ? unified : named.len > 1 ? named : other;
	if (!best.len)
		best = unified.len ? unified : named;
	return copy_part(best, ret);
}

/* Errors that mean that we are in trouble, not that the process has no such thing. */
static bool is_fatal(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* Up to buf_sz - 1 bytes and a NUL; the length, or -errno. */
static ssize_t read_all(int dir, const char *path, char *buf, size_t buf_sz)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;

	if (fd < 0)
		return -errno;
	while (used < buf_sz - 1) {
		ssize_t len = read(fd, buf + used, buf_sz - 1 - used);

		if (len < 0)
			return -errno;
		if (len == 0)
			break;
		used += len;
	}
	buf[used] = '\0';
	return used;
}

static int read_exe(int dir, struct identity *id)
{
	char link[PATH_MAX];
	ssize_t len = readlinkat(dir, "exe", link, sizeof(link));
	struct part p = {link, len};

	if (len < 0)
		return -errno;
	if (ends_with(p, DELETED))
		p.len -= strlen(DELETED);
	return copy_part(p, &id->exe);
}

/* It lies in the process's memory, whose lock the process can keep. */
static int read_cmdline(int dir, char *buf, struct identity *id)
{
	ssize_t len = patient__read(dir, "cmdline", buf, IDENTITY_CMDLINE_MAX + 1);
	size_t used;

	id->missed = len == -EBUSY;
	if (len < 0)
		return len;
	used = len == IDENTITY_CMDLINE_MAX ? text__whole_utf8(buf, len) : (size_t)len;
	while (used && buf[used - 1] == '\0')
		used--;
	for (size_t i = 0; i < used; i++)
		if (buf[i] == '\0')
			buf[i] = ' ';
	return copy_part((struct part){buf, used}, &id->cmdline);
}

static int read_cgroup(int dir, char *buf, struct identity *id)
{
	ssize_t len = read_all(dir, "cgroup", buf, CGROUP_TEXT_MAX);
	int r;

	/* Everybody may read it, unless the process has gone or the kernel has no cgroups. */
	if ((len == -ESRCH || len == -ENOENT) && faccessat(dir, "stat", F_OK, 0) < 0)
		return -ESRCH;
	if (len < 0)
		return is_fatal(len) ? len : 0;
	r = identity__choose_cgroup(buf, &id->cgroup);
	if (r < 0 || !id->cgroup)
		return r;
	return identity__parse_cgroup(id->cgroup, &id->unit, &id->container);
}

bool identity__is_unified(void)
{
	struct statfs fs;

	return !statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static void cleanup_identity(struct identity **id)
{
	identity__free(*id);
}

/* A descriptor, or -errno. */
static int open_process(pid_t pid)
{
	char path[PATH_SZ];
	int dir;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 ? dir : errno == ENOENT ? -ESRCH : -errno;
}

int identity__read(pid_t pid, struct identity **ret)
{
	_cleanup_(cleanup_identity) struct identity *id = calloc(1, sizeof(*id));
	_cleanup_free_ char *buf = malloc(CGROUP_TEXT_MAX);
	_cleanup_close_ int dir = open_process(pid);
	int r;

	if (dir < 0)
		return dir;
	if (!id || !buf)
		return -ENOMEM;
	r = read_exe(dir, id);
	if (is_fatal(r))
		return r;
	r = read_cmdline(dir, buf, id);
	if (is_fatal(r))
		return r;
	r = read_cgroup(dir, buf, id);
	if (r < 0)
		return r;
	*ret = take_ptr(id);
	return 0;
}

int identity__read_exe(pid_t pid, char **ret)
{
	_cleanup_(cleanup_identity) struct identity *id = calloc(1, sizeof(*id));
	_cleanup_close_ int dir = open_process(pid);
	int r;

	if (dir < 0)
		return dir;
	if (!id)
		return -ENOMEM;
	r = read_exe(dir, id);
	if (r < 0)
		return r;
	*ret = take_ptr(id->exe);
	return 0;
}

int identity__read_unit(pid_t pid, char **ret)
{
	_cleanup_(cleanup_identity) struct identity *id = calloc(1, sizeof(*id));
	_cleanup_free_ char *buf = malloc(CGROUP_TEXT_MAX);
	_cleanup_close_ int dir = open_process(pid);
	int r;

	if (dir < 0)
		return dir;
	if (!id || !buf)
		return -ENOMEM;
	r = read_cgroup(dir, buf, id);
	if (r < 0)
		return r;
	*ret = take_ptr(id->unit);
	return 0;
}

void identity__free(struct identity *id)
{
	if (!id)
		return;
	free(id->exe);
	free(id->cmdline);
	free(id->cgroup);
	free(id->unit);
	free(id->container);
	free(id);
}
