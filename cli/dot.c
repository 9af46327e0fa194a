// SPDX-License-Identifier: GPL-2.0-or-later
/* The graph of who holds what; see dot.h. */
#include "dot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nodes and edges are JSON objects by their ids: {"p1": {"id": "p1", "rank": "process", ...}}. */
struct graph {
	json_t *nodes;
	json_t *edges;	  /* by "FROM TO FD" */
	size_t loose_cnt; /* ofds of which nobody tells which they are */
};

int graph__new(struct graph **ret)
{
	struct graph *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->nodes = json_object();
	g->edges = json_object();
	if (!g->nodes || !g->edges) {
		graph__free(g);
		return -ENOMEM;
	}
	*ret = g;
	return 0;
}

void graph__free(struct graph *g)
{
	if (!g)
		return;
	json_decref(g->nodes);
	json_decref(g->edges);
	free(g);
}

static const char *str(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* A node that is there already stays as it is.  Takes `node`. */
static int add_node(struct graph *g, const char *id, json_t *node)
{
	if (!node)
		return -ENOMEM;
	if (json_object_get(g->nodes, id)) {
		json_decref(node);
		return 0;
	}
	return json_object_set_new(g->nodes, id, node) ? -ENOMEM : 0;
}

static int add_edge(struct graph *g, const char *from, const char *to, json_t *edge)
{
	_cleanup_text_ struct text key = {};

	if (!edge)
		return -ENOMEM;
	text__addf(&key, "%s %s %" JSON_INTEGER_FORMAT, from, to,
		   json_integer_value(json_object_get(edge, "fd")));
	if (key.oom) {
		json_decref(edge);
		return -ENOMEM;
	}
	return json_object_set_new(g->edges, text__str(&key), edge) ? -ENOMEM : 0;
}

static int add_process(struct graph *g, const char *ofd, json_int_t pid, json_int_t fd,
		       const char *comm)
{
	char id[32];
	int err;

	snprintf(id, sizeof(id), "p%" JSON_INTEGER_FORMAT, pid);
	err = add_node(g, id,
		       json_pack("{s:s, s:s, s:I, s:s*}", "id", id, "rank", "process", "pid", pid,
				 "comm", comm));
	return err
		       ?: add_edge(g, id, ofd,
				   json_pack("{s:s, s:s, s:I}", "from", id, "to", ofd, "fd", fd));
}

/* The ofd's id: its own, or that of the group, or none that any other has. */
static void name_ofd(struct graph *g, const json_t *row, char *buf, size_t sz)
{
	const json_t *group = json_object_get(row, "ofd_group");

	if (str(row, "ofd"))
		snprintf(buf, sz, "o%.32s", str(row, "ofd"));
	else if (json_is_integer(group))
		snprintf(buf, sz, "g%" JSON_INTEGER_FORMAT, json_integer_value(group));
	else
		snprintf(buf, sz, "u%zu", ++g->loose_cnt);
}

static int add_file(struct graph *g, const json_t *row, const char *ofd)
{
	const char *dev = str(row, "dev"), *kind = str(row, "kind");
	json_int_t inode = json_integer_value(json_object_get(row, "inode"));
	char id[96];
	int err;

	err = add_node(
		g, ofd,
		json_pack("{s:s, s:s, s:s*, s:O?, s:O?, s:O?, s:O?}", "id", ofd, "rank", "ofd",
			  "ofd", str(row, "ofd"), "mode", json_object_get(row, "mode"), "flags",
			  json_object_get(row, "flags"), "offset", json_object_get(row, "offset"),
			  "refs", json_object_get(row, "refs")));
	if (err)
		return err;
	/* All anonymous inodes are one: each ofd on it is a thing of its own. */
	if (dev && kind && strcmp(kind, "unknown") != 0)
		snprintf(id, sizeof(id), "i%.32s:%" JSON_INTEGER_FORMAT, dev, inode);
	else
		snprintf(id, sizeof(id), "i%s", ofd);
	if (str(row, "name") && !strncmp(str(row, "name"), "anon_inode:", 11))
		snprintf(id, sizeof(id), "i%s", ofd);
	err = add_node(g, id,
		       json_pack("{s:s, s:s, s:O?, s:O?, s:O?, s:O?}", "id", id, "rank", "inode",
				 "kind", json_object_get(row, "kind"), "name",
				 json_object_get(row, "name"), "dev", json_object_get(row, "dev"),
				 "inode", json_object_get(row, "inode")));
	return err
		       ?: add_edge(g, ofd, id,
				   json_pack("{s:s, s:s, s:O?}", "from", ofd, "to", id, "mode",
					     json_object_get(row, "mode")));
}

int graph__add(struct graph *g, const json_t *row, json_int_t pid, const char *comm)
{
	const json_t *own = json_object_get(row, "pid");
	const json_t *shared = json_object_get(row, "shared_with");
	char ofd[48];
	int err;

	if (json_is_integer(own)) {
		pid = json_integer_value(own);
		comm = str(row, "comm");
	}
	name_ofd(g, row, ofd, sizeof(ofd));
	err = add_process(g, ofd, pid, json_integer_value(json_object_get(row, "fd")), comm);
	if (!err)
		err = add_file(g, row, ofd);
	for (size_t i = 0; !err && i < json_array_size(shared); i++) {
		const json_t *h = json_array_get(shared, i);

		err = add_process(g, ofd, json_integer_value(json_object_get(h, "pid")),
				  json_integer_value(json_object_get(h, "fd")), str(h, "comm"));
	}
	return err;
}

/* ---- DOT ---- */

void dot__add_escaped(struct text *out, const char *s)
{
	_cleanup_text_ struct text clean = {};

	text__add_escaped(&clean, s, strlen(s));
	out->oom |= clean.oom;
	for (const char *c = text__str(&clean); *c; c++) {
		if (*c == '"' || *c == '\\')
			text__add_bytes(out, "\\", 1);
		text__add_bytes(out, c, 1);
	}
}

static void add_value(struct text *out, const json_t *value)
{
	if (json_is_string(value))
		dot__add_escaped(out, json_string_value(value));
	else if (json_is_integer(value))
		text__addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		text__add(out, "?");
}

static bool is_rank(const json_t *node, const char *rank)
{
	const char *s = str(node, "rank");

	return s && !strcmp(s, rank);
}

/* How many edges lead to a node. */
static size_t count_edges(const struct graph *g, const char *to)
{
	const char *key;
	json_t *edge;
	size_t cnt = 0;

	json_object_foreach (g->edges, key, edge)
		cnt += str(edge, "to") && !strcmp(str(edge, "to"), to);
	return cnt;
}

static void add_ofd(const struct graph *g, const json_t *node, const char *id, struct text *out)
{
	const json_t *flags = json_object_get(node, "flags");
	const json_t *refs = json_object_get(node, "refs");
	const json_t *offset = json_object_get(node, "offset");

	text__add(out, "label=\"");
	if (str(node, "ofd"))
		dot__add_escaped(out, str(node, "ofd"));
	else
		text__add(out, "open file description");
	text__add(out, "\\n");
	add_value(out, json_object_get(node, "mode"));
	for (size_t i = 0; i < json_array_size(flags); i++) {
		text__add(out, " ");
		add_value(out, json_array_get(flags, i));
	}
	if (json_is_integer(offset)) {
		text__add(out, ", offset ");
		add_value(out, offset);
	}
	if (json_is_integer(refs)) {
		text__add(out, ", refs ");
		add_value(out, refs);
	}
	text__add(out, "\"");
	if (count_edges(g, id) > 1)
		text__add(out, ", fillcolor=\"#ffe0b0\", penwidth=2");
}

static void add_label(const struct graph *g, const json_t *node, const char *id, struct text *out)
{
	if (is_rank(node, "ofd")) {
		add_ofd(g, node, id, out);
		return;
	}
	text__add(out, "label=\"");
	if (is_rank(node, "process")) {
		add_value(out, json_object_get(node, "comm"));
		text__add(out, "\\npid ");
		add_value(out, json_object_get(node, "pid"));
	} else {
		add_value(out, json_object_get(node, "name"));
		text__add(out, "\\n");
		add_value(out, json_object_get(node, "kind"));
		text__add(out, ", inode ");
		add_value(out, json_object_get(node, "dev"));
		text__add(out, ":");
		add_value(out, json_object_get(node, "inode"));
	}
	text__add(out, "\"");
}

static void add_rank(const struct graph *g, const char *rank, const char *look, struct text *out)
{
	const char *id;
	json_t *node;

	text__addf(out, "\t{\n\t\trank=same;\n\t\tnode [%s];\n", look);
	json_object_foreach (g->nodes, id, node) {
		if (!is_rank(node, rank))
			continue;
		text__add(out, "\t\t\"");
		dot__add_escaped(out, id);
		text__add(out, "\" [");
		add_label(g, node, id, out);
		text__add(out, "];\n");
	}
	text__add(out, "\t}\n");
}

void graph__add_dot(const struct graph *g, struct text *out)
{
	const char *key;
	json_t *edge;

	text__add(out, "digraph fdscope {\n\trankdir=LR;\n\tcharset=\"UTF-8\";\n"
		       "\tnode [fontname=\"sans-serif\", fontsize=11, style=filled];\n"
		       "\tedge [fontname=\"sans-serif\", fontsize=10];\n");
	add_rank(g, "process", "shape=box, fillcolor=\"#d8e8ff\"", out);
	add_rank(g, "ofd", "shape=ellipse, fillcolor=\"#ffffff\"", out);
	add_rank(g, "inode", "shape=note, fillcolor=\"#e4f4dc\"", out);
	json_object_foreach (g->edges, key, edge) {
		text__add(out, "\t\"");
		add_value(out, json_object_get(edge, "from"));
		text__add(out, "\" -> \"");
		add_value(out, json_object_get(edge, "to"));
		text__add(out, "\" [label=\"");
		if (json_object_get(edge, "fd"))
			text__add(out, "fd ");
		add_value(out, json_object_get(edge, json_object_get(edge, "fd") ? "fd" : "mode"));
		text__add(out, "\"];\n");
	}
	text__add(out, "}\n");
}

static json_t *values_of(json_t *object)
{
	json_t *array = json_array(), *value;
	const char *key;

	json_object_foreach (object, key, value)
		if (array && json_array_append(array, value)) {
			json_decref(array);
			array = NULL;
		}
	return array;
}

json_t *graph__to_json(const struct graph *g)
{
	return json_pack("{s:o, s:o}", "nodes", values_of(g->nodes), "edges", values_of(g->edges));
}
