/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks an answer against daemon/api/openapi.json: type, nullable, required, enum, items, oneOf,
 * and, stricter than OpenAPI itself, that an object has no member the description does not name.
 */
#ifndef FDSCOPE_TEST_SCHEMA_H
#define FDSCOPE_TEST_SCHEMA_H

#include <jansson.h>
#include <stddef.h>

#define SCHEMA_WHY_SZ 512

/* $FDS_OPENAPI, or daemon/api/openapi.json below the working directory.  NULL: unreadable. */
json_t *schema__load(void);

/* 0, or -EINVAL with the place and the reason in `why`. */
int schema__check(const json_t *doc, const char *schema_name, const json_t *value,
		  char why[static SCHEMA_WHY_SZ]);

/* The same for what GET on `path` (as the description writes it) answers with this status. */
int schema__check_answer(const json_t *doc, const char *path, unsigned status, const json_t *value,
			 char why[static SCHEMA_WHY_SZ]);

#endif
