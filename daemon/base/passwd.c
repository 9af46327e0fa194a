// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of local users; see passwd.h. */
#include "base/passwd.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <pwd.h>
#include <string.h>

struct passwd_entry {
	uid_t uid;
	unsigned int line; /* of several names the first counts, as for getpwuid(3) */
	char name[PASSWD_NAME_SZ];
};

static int by_uid(const void *va, const void *vb)
{
	const struct passwd_entry *a = va, *b = vb;

	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

void passwd__init(struct passwd_names *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/etc/passwd", "re");
	struct passwd_entry *entries = NULL;
	struct passwd *pw;
	size_t cnt = 0, cap = 0;

	*ret = (struct passwd_names){};
	while (f && cnt < PASSWD_NAMES_MAX && (pw = fgetpwent(f))) {
		if (pw->pw_name[0] == '+' || pw->pw_name[0] == '-') /* NIS's, not a user */
			continue;
		if (array_reserve(entries, cap, cnt))
			break;
		entries[cnt].uid = pw->pw_uid;
		entries[cnt].line = cnt;
		text__copy_utf8(entries[cnt].name, PASSWD_NAME_SZ, pw->pw_name,
				strlen(pw->pw_name));
		cnt++;
	}
	if (cnt)
		qsort(entries, cnt, sizeof(*entries), by_uid);
	ret->entries = entries;
	for (size_t i = 0; i < cnt; i++) {
		if (ret->cnt && entries[i].uid == entries[ret->cnt - 1].uid)
			continue;
		entries[ret->cnt] = entries[i];
		entries[ret->cnt++].line = 0; /* all that bsearch() is to compare is the uid */
	}
}

void passwd__done(struct passwd_names *names)
{
	free(names->entries);
	*names = (struct passwd_names){};
}

const char *passwd__name(const struct passwd_names *names, uid_t uid,
			 char buf[static PASSWD_NAME_SZ])
{
	struct passwd_entry want = {.uid = uid}, *found = NULL;

	if (names->cnt)
		found = bsearch(&want, names->entries, names->cnt, sizeof(want), by_uid);
	if (found)
		memcpy(buf, found->name, PASSWD_NAME_SZ);
	else
		snprintf(buf, PASSWD_NAME_SZ, "%u", uid);
	return buf;
}
