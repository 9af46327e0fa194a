// SPDX-License-Identifier: GPL-2.0-or-later
/* BPF maps, programs and links. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <bpf/libbpf.h>
#include <string.h>

struct field {
	const char *name; /* in JSON */
	const char *key;  /* in fdinfo */
};

static void emit_fields(struct json *j, const char *text, const struct field *fields, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		uint64_t value;

		if (fdinfo__parse_uint(text, fields[i].key, 10, &value))
			json__emit_uint(j, fields[i].name, value);
		else
			json__emit_null(j, fields[i].name);
	}
}

#define FIELDS(array) array, sizeof(array) / sizeof(array[0])

static void emit_line(struct json *j, const char *name, const char *text, const char *key)
{
	const char *s = fdinfo__find(text, key);

	if (s)
		json__emit_text_n(j, name, s, strcspn(s, "\n"));
	else
		json__emit_null(j, name);
}

/* A type that libbpf has no name for yet is a number. */
static void emit_type(struct json *j, uint64_t type, const char *name)
{
	if (name)
		json__emit_text(j, "type", name);
	else
		json__emit_textf(j, "type", "%llu", (unsigned long long)type);
}

static const char *map_type(const char *text, uint64_t *ret)
{
	*ret = 0;
	return fdinfo__parse_uint(text, "map_type:", 10, ret) && *ret <= INT32_MAX
		       ? libbpf_bpf_map_type_str(*ret)
		       : NULL;
}

static const char *prog_type(const char *text, uint64_t *ret)
{
	*ret = 0;
	return fdinfo__parse_uint(text, "prog_type:", 10, ret) && *ret <= INT32_MAX
		       ? libbpf_bpf_prog_type_str(*ret)
		       : NULL;
}

static void add_id(struct kind_text *t, const char *text, const char *key, const char *what)
{
	uint64_t id;

	if (fdinfo__parse_uint(text, key, 10, &id))
		kind_text__addf(t, "%s%s %llu", t->len ? " " : "", what, (unsigned long long)id);
}

/* ---- maps ---- */

static void emit_map(struct json *j, const struct kind_view *v)
{
	static const struct field fields[] = {
		{"id", "map_id:"},
		{"key_sz", "key_size:"},
		{"value_sz", "value_size:"},
		{"max_entries", "max_entries:"},
	};
	uint64_t type;
	const char *name = map_type(v->row->fdinfo, &type);

	emit_type(j, type, name);
	emit_fields(j, v->row->fdinfo, FIELDS(fields));
}

static void summarize_map(struct kind_text *t, const struct kind_view *v)
{
	uint64_t type;
	const char *name = map_type(v->row->fdinfo, &type);

	if (name)
		kind_text__addf(t, "%s", name);
	add_id(t, v->row->fdinfo, "map_id:", "id");
	add_id(t, v->row->fdinfo, "max_entries:", "entries");
}

/* ---- programs ---- */

static void emit_prog(struct json *j, const struct kind_view *v)
{
	static const struct field fields[] = {{"id", "prog_id:"}};
	uint64_t type;
	const char *name = prog_type(v->row->fdinfo, &type);

	emit_type(j, type, name);
	emit_fields(j, v->row->fdinfo, FIELDS(fields));
	emit_line(j, "tag", v->row->fdinfo, "prog_tag:");
}

static void summarize_prog(struct kind_text *t, const struct kind_view *v)
{
	uint64_t type;
	const char *name = prog_type(v->row->fdinfo, &type);

	if (name)
		kind_text__addf(t, "%s", name);
	add_id(t, v->row->fdinfo, "prog_id:", "id");
}

/* ---- links ---- */

static void emit_link(struct json *j, const struct kind_view *v)
{
	static const struct field fields[] = {{"id", "link_id:"}, {"prog_id", "prog_id:"}};

	emit_line(j, "type", v->row->fdinfo, "link_type:");
	emit_fields(j, v->row->fdinfo, FIELDS(fields));
}

static void summarize_link(struct kind_text *t, const struct kind_view *v)
{
	const char *type = fdinfo__find(v->row->fdinfo, "link_type:");

	if (type)
		kind_text__addf(t, "%.*s", (int)strcspn(type, "\n"), type);
	add_id(t, v->row->fdinfo, "link_id:", "id");
	add_id(t, v->row->fdinfo, "prog_id:", "prog");
}

const struct kind_ops kind__bpf_map = {KIND_FDINFO, emit_map, summarize_map};
const struct kind_ops kind__bpf_prog = {KIND_FDINFO, emit_prog, summarize_prog};
const struct kind_ops kind__bpf_link = {KIND_FDINFO, emit_link, summarize_link};
