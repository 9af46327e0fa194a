// SPDX-License-Identifier: GPL-2.0-or-later
/* The question of "fdscope who"; see ask_who.h. */
#include "fdscope/ask_who.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "fdscope/fetch.h"
#include "what.h"

/* A word that is no file may be meant for one of the other forms. */
static int complain_path(const char *path, int err)
{
	if (err == -ENOENT && !strchr(path, '/'))
		return complain(EXIT_USAGE, "there is no file '%s' here; WHAT is " WHAT_FORMS,
				path);
	return complain(EXIT_NO, "cannot find '%s': %s", path, strerror(-err));
}

int ask_who__get(const struct options *o, char **ret_body, size_t *ret_sz)
{
	char target[WHAT_TARGET_SZ];
	struct what what;
	const char *why;
	int fd, err;

	if (what__parse(o->arg, o->arg2, &what, &why))
		return complain(EXIT_USAGE, "'%s%s%s' %s", o->arg, o->arg2 ? " " : "",
				o->arg2 ? o->arg2 : "", why);
	err = what__resolve(&what, target, &fd);
	if (err)
		return complain_path(what.path, err);
	err = fetch__body(o, target, ret_body, ret_sz);
	if (fd >= 0)
		close(fd);
	return err;
}
