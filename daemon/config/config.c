// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a key and a text to a field of the configuration; see config.h.  Which keys there are says
 * keys.c, how values are written value.c.  Files are read by file.c.
 */
#include "config/config.h"

#include "config/keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- sections: "daemon", or "rule NAME" ---- */

struct section {
	char kind[RULE_NAME_SZ];
	char name[RULE_NAME_SZ]; /* "": of a section that has none */
	bool too_long;
};

static void split_section(const char *text, struct section *ret)
{
	size_t kind_len = strcspn(text, " \t");
	const char *name = text + kind_len + strspn(text + kind_len, " \t");
	size_t name_len = strlen(name);

	*ret = (struct section){};
	while (name_len && (name[name_len - 1] == ' ' || name[name_len - 1] == '\t'))
		name_len--;
	if (kind_len >= sizeof(ret->kind) || name_len >= sizeof(ret->name)) {
		ret->too_long = true;
		return;
	}
	memcpy(ret->kind, text, kind_len);
	memcpy(ret->name, name, name_len);
}

static bool is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return len && !s[len];
}

/* Whether there is such a section, and its name is as its kind wants it. */
static bool is_known(const struct section *s)
{
	const struct key *key = s->too_long ? NULL : keys__find_section(s->kind);

	if (!key)
		return false;
	return key->scope == SCOPE_CONFIG ? !*s->name : is_name(s->name);
}

/* ---- named things ---- */

static struct rule *find_rule(struct config *c, const char *name)
{
	for (uint32_t i = 0; i < c->rule_cnt; i++)
		if (!strcmp(c->rules[i].name, name))
			return &c->rules[i];
	if (c->rule_cnt == RULE_CNT_MAX)
		return NULL;
	rule__init(&c->rules[c->rule_cnt], name);
	return &c->rules[c->rule_cnt++];
}

static struct hook *find_hook(struct config *c, const char *name)
{
	struct hook *h = c->hooks;

	for (; h < c->hooks + c->hook_cnt; h++)
		if (!strcmp(h->name, name))
			return h;
	if (c->hook_cnt == RULE_HOOK_MAX)
		return NULL;
	*h = (struct hook){
		.timeout_ns = 30 * 1000000000ull,
		.user = CONFIG_HOOK_USER,
		.on = 1u << ALERT_FIRE | 1u << ALERT_ESCALATE | 1u << ALERT_REPEAT |
		      1u << ALERT_CLEAR,
	};
	snprintf(h->name, sizeof(h->name), "%s", name);
	c->hook_cnt++;
	return h;
}

/* What the key's offset is in, made if it is new; NULL: there are too many. */
static void *find_object(struct config *c, enum key_scope scope, const char *name,
			 const char *where)
{
	struct hook *h;
	struct rule *r;

	switch (scope) {
	case SCOPE_HOOK:
		h = find_hook(c, name);
		if (h)
			snprintf(h->where, sizeof(h->where), "%s", where);
		return h;
	case SCOPE_RULE:
		r = find_rule(c, name);
		if (r)
			snprintf(r->where, sizeof(r->where), "%s", where);
		return r;
	default:
		return c;
	}
}

/* ---- messages ---- */

static void print_section(FILE *f, const struct key *key)
{
	fprintf(f, key->scope == SCOPE_CONFIG ? " [%s]" : " [%s NAME]", key->section);
}

/* The names of a section's keys, or with NULL the sections. */
static void print_known(FILE *f, const char *section)
{
	const char *last = "";

	for (const struct key *k = keys; k->section; k++) {
		if (section && !strcmp(k->section, section))
			fprintf(f, " %s", k->name);
		else if (!section && strcmp(k->section, last) != 0)
			print_section(f, k);
		last = k->section;
	}
}

static void explain_section(FILE *f, const char *where, const char *text, const struct section *s)
{
	const struct key *key = s->too_long ? NULL : keys__find_section(s->kind);

	if (key && key->scope == SCOPE_CONFIG)
		fprintf(f, "%s: section [%s] takes no name, \"%s\" is one too many", where, s->kind,
			s->name);
	else if (key && !*s->name)
		fprintf(f, "%s: section [%s] needs a name, as in [%s web]", where, s->kind,
			s->kind);
	else if (key)
		fprintf(f,
			"%s: \"%s\" is no name for a %s: letters, digits, \"-\", \"_\" and \".\" "
			"are",
			where, s->name, s->kind);
	else {
		fprintf(f, "%s: unknown section [%s]; known:", where, text);
		print_known(f, NULL);
	}
}

/* One line "WHERE: ..." about what was not accepted; `key` NULL: there is no such. */
static char *explain(const char *where, const char *section, const char *name, const char *value,
		     const struct key *key)
{
	struct section s;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	split_section(section, &s);
	if (key) {
		fprintf(f, "%s: bad value \"%s\" for \"%s\"; allowed: ", where, value, name);
		value__print_allowed(key->type, key->min, key->max, f);
	} else if (is_known(&s)) {
		fprintf(f, "%s: unknown key \"%s\" in section [%s]; known:", where, name, section);
		print_known(f, s.kind);
	} else if (*section || !*name) {
		explain_section(f, where, section, &s);
	} else {
		fprintf(f, "%s: \"%s\" stands before any section; known:", where, name);
		print_known(f, NULL);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- what others call ---- */

void config__init(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (const struct key *k = keys; k->section; k++)
		if (k->scope == SCOPE_CONFIG)
			value__parse(k->type, k->min, k->max, k->dflt, (char *)ret + k->offset);
	ret->rule_cnt = rule__fill_built_in(ret->rules, RULE_CNT_MAX);
}

int config__set(struct config *c, const char *what, const char *section, const char *key,
		const char *value, char **ret_error)
{
	const struct key *found = NULL;
	struct section s;
	char *object;

	split_section(section, &s);
	if (is_known(&s))
		found = keys__find(s.kind, key);
	if (!found) {
		*ret_error = explain(what, section, key, value, NULL);
		return -EINVAL;
	}
	object = find_object(c, found->scope, s.name, what);
	if (!object) {
		if (asprintf(ret_error, "%s: more than %d sections [%s NAME]", what,
			     found->scope == SCOPE_RULE ? RULE_CNT_MAX : RULE_HOOK_MAX, s.kind) < 0)
			*ret_error = NULL;
		return -E2BIG;
	}
	if (value__parse(found->type, found->min, found->max, value, object + found->offset))
		return 0;
	*ret_error = explain(what, section, key, value, found);
	return -EINVAL;
}

int config__check_section(const char *what, const char *section, char **ret_error)
{
	struct section s;

	split_section(section, &s);
	if (*section && is_known(&s))
		return 0;
	*ret_error = explain(what, section, "", "", NULL);
	return -EINVAL;
}

void config__print_keys(FILE *f)
{
	for (const struct key *k = keys; k->section; k++) {
		fprintf(f, "%s\t%s\t%s\t", k->section, k->name, k->dflt);
		value__print_allowed(k->type, k->min, k->max, f);
		fprintf(f, "\t%s\n", k->help);
	}
}

bool config__needs_restart(const struct config *old, const struct config *new)
{
	return old->tier != new->tier || strcmp(old->socket, new->socket) != 0 ||
	       old->max_tables != new->max_tables || old->ring_sz != new->ring_sz ||
	       old->hooks_running != new->hooks_running ||
	       strcmp(old->archive_path, new->archive_path) != 0 ||
	       old->archive_max_sz != new->archive_max_sz ||
	       old->archive_max_age_ns != new->archive_max_age_ns;
}
