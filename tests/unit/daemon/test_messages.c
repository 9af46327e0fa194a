// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal's catalog says of each message what include/fdscope/messages.h says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "fdscope/messages.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATALOG "daemon/fdscope.catalog"

static const struct {
	const char *uuid, *subject;
} messages[] = {
#define X(id, uuid, subject) {uuid, subject},
	FDS_MESSAGES(X)
#undef X
};

static const char *const fields[] = {
#define X(id, field, holds) field,
	FDS_MESSAGE_FIELDS(X)
#undef X
};

static char *read_catalog(void)
{
	_cleanup_fclose_ FILE *f = fopen(CATALOG, "re");
	char *text = NULL;
	size_t cap = 0;

	assert_non_null(f);
	assert_true(getdelim(&text, &cap, '\0', f) > 0);
	return text;
}

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < FDS_MESSAGE_CNT; i++) {
		assert_int_equal(strlen(messages[i].uuid), 32);
		assert_int_equal(strspn(messages[i].uuid, "0123456789abcdef"), 32);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(messages[i].uuid, messages[k].uuid);
	}
}

/* In the same order, each with its subject and some text. */
static void test_entries(void **state)
{
	_cleanup_free_ char *text = read_catalog();
	char *entry = text, *end;
	size_t cnt = 0;

	(void)state;
	while ((entry = strstr(entry, "\n-- "))) {
		char head[256];

		assert_true(cnt < FDS_MESSAGE_CNT);
		snprintf(head, sizeof(head), "\n-- %s\nSubject: %s\nDefined-By: fdscope\n",
			 messages[cnt].uuid, messages[cnt].subject);
		if (strncmp(entry, head, strlen(head)))
			fail_msg("%s: not as in the header: %.80s", messages[cnt].subject, entry);
		end = strstr(entry, "\n\n");
		assert_non_null(end);
		assert_true(strncmp(end, "\n\n-- ", 5) && strlen(end) > 80);
		entry++;
		cnt++;
	}
	assert_int_equal(cnt, FDS_MESSAGE_CNT);
}

static bool is_field(const char *name, size_t len)
{
	for (size_t i = 0; i < FDS_FIELD_CNT; i++)
		if (strlen(fields[i]) == len && !strncmp(fields[i], name, len))
			return true;
	return false;
}

static void test_references(void **state)
{
	_cleanup_free_ char *text = read_catalog();
	const char *at = text;
	size_t cnt = 0;

	(void)state;
	while ((at = strchr(at, '@'))) {
		size_t len = strcspn(++at, "@\n");

		if (at[len] != '@' || !is_field(at, len))
			fail_msg("no field of messages.h: @%.*s@", (int)len, at);
		at += len + 1;
		cnt++;
	}
	assert_true(cnt > FDS_MESSAGE_CNT);
}

/* What journald takes for a field: capitals, digits, underscores, no underscore in front. */
static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < FDS_FIELD_CNT; i++) {
		assert_true(isupper((unsigned char)fields[i][0]));
		assert_int_equal(strspn(fields[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
				 strlen(fields[i]));
		assert_true(strlen(fields[i]) <= 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
