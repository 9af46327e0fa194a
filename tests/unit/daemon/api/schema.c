// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks an answer against the API's description; see schema.h. */
#include "schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REF_PREFIX "#/components/schemas/"
#define PLACE_SZ   200

struct check {
	const json_t *doc;
	char place[PLACE_SZ]; /* like $.processes[3].pid */
	char *why;
};

json_t *schema__load(void)
{
	const char *path = getenv("FDS_OPENAPI");
	json_error_t error;
	json_t *doc;

	if (!path)
		path = "daemon/api/openapi.json";
	doc = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!doc)
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
	return doc;
}

static int fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int fail(struct check *c, const char *fmt, ...)
{
	va_list ap;
	int len = snprintf(c->why, SCHEMA_WHY_SZ, "%s: ", c->place);

	va_start(ap, fmt);
	vsnprintf(c->why + len, SCHEMA_WHY_SZ - len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static const json_t *find_schema(const json_t *doc, const char *name)
{
	return json_object_get(json_object_get(json_object_get(doc, "components"), "schemas"),
			       name);
}

static int check_value(struct check *c, const json_t *schema, const json_t *value);

/* One step deeper: the place grows for the time of the check. */
static int check_below(struct check *c, const json_t *schema, const json_t *value, const char *fmt,
		       ...) __attribute__((format(printf, 4, 5)));

static int check_below(struct check *c, const json_t *schema, const json_t *value, const char *fmt,
		       ...)
{
	size_t len = strlen(c->place);
	va_list ap;
	int r;

	va_start(ap, fmt);
	vsnprintf(c->place + len, sizeof(c->place) - len, fmt, ap);
	va_end(ap);
	r = check_value(c, schema, value);
	if (r == 0)
		c->place[len] = '\0';
	return r;
}

static bool is_type(const json_t *value, const char *type)
{
	if (!strcmp(type, "object"))
		return json_is_object(value);
	if (!strcmp(type, "array"))
		return json_is_array(value);
	if (!strcmp(type, "string"))
		return json_is_string(value);
	if (!strcmp(type, "integer"))
		return json_is_integer(value);
	if (!strcmp(type, "number"))
		return json_is_number(value);
	return !strcmp(type, "boolean") && json_is_boolean(value);
}

static int check_object(struct check *c, const json_t *schema, const json_t *value)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *other = json_object_get(schema, "additionalProperties");
	const json_t *name;
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach (json_object_get(schema, "required"), i, name) {
		if (!json_object_get(value, json_string_value(name)))
			return fail(c, "'%s' is missing", json_string_value(name));
	}
	/* The macro wants a non-const object, and changes nothing. */
	json_object_foreach ((json_t *)value, key, member) {
		const json_t *known = json_object_get(properties, key);
		int r;

		if (!known && !json_is_object(other))
			return fail(c, "'%s' is not described", key);
		r = check_below(c, known ? known : other, member, ".%s", key);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_one_of(struct check *c, const json_t *choices, const json_t *value)
{
	size_t len = strlen(c->place), fitting = 0, i;
	const json_t *choice;

	json_array_foreach (choices, i, choice) {
		if (check_value(c, choice, value) == 0)
			fitting++;
		else if (!fitting && i + 1 == json_array_size(choices))
			return -EINVAL; /* what the last one says is as good as any */
		c->place[len] = '\0';
	}
	return fitting == 1 ? 0 : fail(c, "%zu of the alternatives fit", fitting);
}

static int check_enum(struct check *c, const json_t *allowed, const json_t *value)
{
	const json_t *one;
	size_t i;

	json_array_foreach (allowed, i, one) {
		if (json_equal(one, value))
			return 0;
	}
	return fail(c, "'%s' is not one of the values", json_string_value(value));
}

static int check_value(struct check *c, const json_t *schema, const json_t *value)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));
	const json_t *part;
	const char *type;

	if (ref) {
		if (strncmp(ref, REF_PREFIX, strlen(REF_PREFIX)) != 0)
			return fail(c, "bad reference %s", ref);
		part = find_schema(c->doc, ref + strlen(REF_PREFIX));
		return part ? check_value(c, part, value) : fail(c, "there is no %s", ref);
	}
	part = json_object_get(schema, "oneOf");
	if (part)
		return check_one_of(c, part, value);

	if (json_is_null(value))
		return json_is_true(json_object_get(schema, "nullable")) ? 0 : fail(c, "is null");
	/* The way to say that what a reference describes may be null. */
	part = json_object_get(schema, "allOf");
	if (part)
		return check_value(c, json_array_get(part, 0), value);
	type = json_string_value(json_object_get(schema, "type"));
	if (!type || !is_type(value, type))
		return fail(c, "is no %s", type ? type : "described thing");
	part = json_object_get(schema, "enum");
	if (part && check_enum(c, part, value) < 0)
		return -EINVAL;
	if (json_is_object(value))
		return check_object(c, schema, value);
	if (json_is_array(value)) {
		const json_t *items = json_object_get(schema, "items");
		const json_t *item;
		size_t i;

		json_array_foreach (value, i, item) {
			if (check_below(c, items, item, "[%zu]", i) < 0)
				return -EINVAL;
		}
	}
	return 0;
}

int schema__check(const json_t *doc, const char *schema_name, const json_t *value,
		  char why[static SCHEMA_WHY_SZ])
{
	struct check c = {.doc = doc, .place = "$", .why = why};
	const json_t *schema = find_schema(doc, schema_name);

	return schema ? check_value(&c, schema, value)
		      : fail(&c, "there is no schema %s", schema_name);
}

int schema__check_answer(const json_t *doc, const char *path, unsigned status, const json_t *value,
			 char why[static SCHEMA_WHY_SZ])
{
	struct check c = {.doc = doc, .place = "$", .why = why};
	const json_t *responses, *content;
	char number[16];

	snprintf(number, sizeof(number), "%u", status);
	responses = json_object_get(
		json_object_get(json_object_get(json_object_get(doc, "paths"), path), "get"),
		"responses");
	content = json_object_get(json_object_get(responses, number), "content");
	if (!content)
		return fail(&c, "%s with status %u is not described", path, status);
	content = json_object_iter_value(json_object_iter((json_t *)content));
	return check_value(&c, json_object_get(content, "schema"), value);
}
