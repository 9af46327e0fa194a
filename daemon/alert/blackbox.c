// SPDX-License-Identifier: GPL-2.0-or-later
/* What a process held, counted and written down; see blackbox.h. */
#include "alert/blackbox.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "store/row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOP_CNT	     10 /* targets, folders, sharers that are named */
#define FAILURES_CNT 16 /* kinds of refused call */

/* A text and how often it was met. */
struct tally {
	char *text;
	uint32_t cnt;
	UT_hash_handle hh;
};

static void count_text(struct tally **all, const char *text, size_t len)
{
	struct tally *t;

	HASH_FIND(hh, *all, text, len, t);
	if (t) {
		t->cnt++;
		return;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return;
	t->text = strndup(text, len);
	if (t->text)
		HASH_ADD_KEYPTR(hh, *all, t->text, len, t);
	if (!t->text || !t->hh.tbl) {
		free(t->text);
		free(t);
		return;
	}
	t->cnt = 1;
}

static int by_count(const struct tally *a, const struct tally *b)
{
	if (a->cnt != b->cnt)
		return a->cnt < b->cnt ? 1 : -1;
	return strcmp(a->text, b->text);
}

/* The most frequent ones as an array; frees all. */
static void emit_top(struct json *j, const char *key, const char *what, struct tally *all)
{
	struct tally *t, *next;
	int left = TOP_CNT;

	HASH_SORT(all, by_count);
	json__begin_array(j, key);
	HASH_ITER (hh, all, t, next) {
		if (left-- > 0) {
			json__begin_object(j, NULL);
			json__emit_text(j, what, t->text);
			json__emit_uint(j, "count", t->cnt);
			json__end_object(j);
		}
		HASH_DEL(all, t);
		free(t->text);
		free(t);
	}
	json__end_array(j);
}

/* "socket:[123]" and "pipe:[7]" are all different: of these the kind says more. */
static bool is_numbered(const char *name)
{
	return *name != '/' && strstr(name, ":[") && strncmp(name, "anon_inode:", 11) != 0;
}

static void emit_targets(struct json *j, const struct file_list *files)
{
	struct tally *targets = NULL, *folders = NULL;
	size_t named = 0;

	for (size_t i = 0; i < files->cnt; i++) {
		const struct file_row *row = &files->rows[i];
		const char *name = row->name, *slash;

		if (!name)
			continue;
		named++;
		if (is_numbered(name))
			name = kind__name(row->kind);
		count_text(&targets, name, strlen(name));
		slash = *name == '/' ? strrchr(name, '/') : NULL;
		if (slash)
			count_text(&folders, name, slash == name ? 1 : slash - name);
	}
	/* Of how many the names were looked at: the counts below are of these. */
	json__emit_uint(j, "named", named);
	emit_top(j, "targets", "target", targets);
	emit_top(j, "directories", "directory", folders);
}

static void emit_sharing(struct json *j, const struct blackbox_input *in)
{
	const struct file_list *files = in->files;
	struct tally *sharers = NULL;

	if (!in->holders) {
		json__emit_null(j, "shared_with");
		return;
	}
	for (size_t i = 0; i < files->holder_cnt; i++) {
		const struct file_holder *h = &files->holders[i];
		char who[FDS_COMM_SZ + 16];

		snprintf(who, sizeof(who), "%s[%u]", h->comm, h->pid);
		count_text(&sharers, who, strlen(who));
	}
	emit_top(j, "shared_with", "process", sharers);
}

static void emit_failures(struct json *j, const struct blackbox_input *in)
{
	int left = FAILURES_CNT;

	json__begin_array(j, "failures");
	for (const struct failure *f = in->log->list; f && left; f = f->next) {
		if (f->pid != in->pid || f->start_ns != in->start_ns)
			continue;
		left--;
		json__begin_object(j, NULL);
		failure__emit_call(j, f, in->syscall_name);
		failure__emit_stack(j, f);
		json__end_object(j);
	}
	json__end_array(j);
}

static void emit_hazard(struct json *j, const struct hazard *h)
{
	if (!h) {
		json__emit_null(j, "hazard");
		return;
	}
	json__begin_object(j, "hazard");
	hazard__emit(j, h, true);
	json__end_object(j);
}

int blackbox__format(const struct blackbox_input *in, char **ret, size_t *ret_sz)
{
	struct json j = {.max = BLACKBOX_SZ_MAX};

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "taken_ns", in->now_ns);
	if (in->files) {
		json__emit_uint(&j, "descriptors", in->files->cnt + in->files->unlisted_cnt);
		file_list__emit_kinds(&j, in->files);
		emit_targets(&j, in->files);
		emit_sharing(&j, in);
	} else {
		json__emit_null(&j, "descriptors");
	}
	json__emit_text(&j, "why", in->files ? NULL : in->why);
	emit_failures(&j, in);
	emit_hazard(&j, in->hazard);
	row__emit_history(&j, "curve", in->process ? in->process->table : NULL);
	json__end_object(&j);
	if (j.error) {
		json__done(&j);
		return j.error;
	}
	*ret = j.data;
	*ret_sz = j.len;
	return 0;
}
