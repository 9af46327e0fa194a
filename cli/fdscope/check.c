// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope check: whether a configuration is good, and what it amounts to; needs no daemon. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complain.h"
#include "config/config.h"
#include "fdscope/command.h"
#include "text.h"

/* Patterns and paths may hold any bytes; NULL where there is no memory. */
static json_t *make_string(const char *s)
{
	_cleanup_text_ struct text text = {};

	text__add_escaped(&text, s, strlen(s));
	return text.oom ? NULL : json_string(text__str(&text));
}

static void add_file(void *ctx, const char *file)
{
	json_array_append_new(ctx, make_string(file));
}

/* What is explained of a thing, without its name in front. */
#define EXPLAINED(explain, thing)                                                                  \
	({                                                                                         \
		_cleanup_free_ char *line_ = NULL;                                                 \
		size_t len_;                                                                       \
		FILE *f_ = open_memstream(&line_, &len_);                                          \
                                                                                                   \
		if (f_) {                                                                          \
			explain(thing, f_);                                                        \
			fclose(f_);                                                                \
		}                                                                                  \
		line_ ? make_string(line_ + strlen((thing)->name) + strlen(": ")) : NULL;          \
	})

static json_t *make_rule(const struct rule *r)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:o?, s:o}", "name", r->name, "kind",
			 rule_kinds[r->kind].name, "built_in", (int)r->built_in, "enabled",
			 (int)r->enabled, "where", *r->where ? make_string(r->where) : NULL, "text",
			 EXPLAINED(config__explain_rule, r));
}

static json_t *make_hook(const struct hook *h)
{
	json_t *on = json_array();

	for (uint32_t step = 0; step < ALERT_STEP_CNT; step++)
		if (h->on & 1u << step)
			json_array_append_new(on, json_string(alert_step_names[step]));
	return json_pack("{s:s, s:o, s:o, s:f, s:o, s:o?, s:o}", "name", h->name, "program",
			 make_string(h->program), "user", make_string(h->user), "timeout_s",
			 h->timeout_ns / 1e9, "on", on, "where",
			 *h->where ? make_string(h->where) : NULL, "text",
			 EXPLAINED(config__explain_hook, h));
}

/* `why` NULL: it is good. */
static int print_json(const char *path, const struct config *c, const char *why)
{
	json_t *files = json_array(), *rules = json_array(), *hooks = json_array(), *all;
	int err;

	config__list_files(path, add_file, files);
	for (uint32_t i = 0; !why && i < c->rule_cnt; i++)
		json_array_append_new(rules, make_rule(&c->rules[i]));
	for (uint32_t i = 0; !why && i < c->hook_cnt; i++)
		json_array_append_new(hooks, make_hook(&c->hooks[i]));
	all = json_pack("{s:b, s:o?, s:o, s:o, s:o, s:b}", "ok", !why, "error",
			why ? make_string(why) : NULL, "files", files, "rules", rules, "hooks",
			hooks, "raise", !why && c->act_raise);
	err = all ? json_dumpf(all, stdout, JSON_COMPACT) : -1;
	json_decref(all);
	if (!all)
		return complain(EXIT_NO, "out of memory");
	if (!err)
		putchar('\n');
	return why ? EXIT_NO : EXIT_FINE;
}

static int check_run(const struct options *o)
{
	static struct config c; /* large for a stack */
	_cleanup_free_ char *why = NULL;
	int err = config__load(o->arg, &c, &why);

	if (o->json)
		return print_json(o->arg, &c, err ? (why ?: strerror(-err)) : NULL);
	if (err)
		return complain(EXIT_NO, "%s", why ?: strerror(-err));
	config__explain(&c, stdout);
	return EXIT_FINE;
}

const struct command command__check = {
	.name = "check",
	.args = "[FILE]",
	.summary = "Checks a configuration and says in words what its rules do",
	.local = true,
	.run = check_run,
};
