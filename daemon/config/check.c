// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can be told only when all of the configuration is there: hooks that rules name, rules that
 * contradict themselves; and the whole of it in words.
 */
#include "config/config.h"

#include "base/cleanup.h"
#include "base/why.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "PATH:LINE: rule NAME: ". */
static int fail_rule(char **ret, const struct rule *r, const char *why)
{
	return why__format(ret, -EINVAL, "%s%srule %s: %s", r->where, *r->where ? ": " : "",
			   r->name, why ?: "out of memory");
}

static int find_hook(const struct config *c, const char *name)
{
	for (uint32_t i = 0; i < c->hook_cnt; i++)
		if (!strcmp(c->hooks[i].name, name))
			return i;
	return -ENOENT;
}

/* "all", "none", or names: into bits. */
static int resolve_hooks(const struct config *c, struct rule *r, char **ret_error)
{
	char names[RULE_GLOBS_SZ], *rest = names, *name;
	bool any = false;

	r->hook_mask = 0;
	if (!strcmp(r->hooks, "all"))
		r->hook_mask = (1u << c->hook_cnt) - 1;
	if (!strcmp(r->hooks, "all") || !strcmp(r->hooks, "none"))
		return 0;
	memcpy(names, r->hooks, sizeof(names));
	while ((name = strsep(&rest, " \t,"))) {
		_cleanup_free_ char *why = NULL;
		int i = *name ? find_hook(c, name) : 0;

		if (!*name)
			continue;
		if (i < 0) {
			why__format(&why, -EINVAL, "there is no [hook %s]", name);
			return fail_rule(ret_error, r, why);
		}
		r->hook_mask |= 1u << i;
		any = true;
	}
	if (!any)
		return fail_rule(ret_error, r,
				 "hooks= names no hook; it takes names, all, or none");
	return 0;
}

static int check_rule(const struct config *c, struct rule *r, char **ret_error)
{
	_cleanup_free_ char *why = NULL;
	int err;

	rule__complete(r);
	err = rule__check(r, &why);

	if (!err && r->built_in && strcmp(r->name, rule_kinds[r->kind].name) != 0)
		err = why__format(&why, -EINVAL,
				  "a built-in rule cannot become one of another kind; give yours "
				  "another name");
	if (!err && r->raise_soft && !c->act_raise)
		err = why__format(&why, -EINVAL, "raise-soft=yes needs raise=yes in section [act]");
	if (err)
		return fail_rule(ret_error, r, why);
	return resolve_hooks(c, r, ret_error);
}

int config__check(struct config *c, char **ret_error)
{
	for (uint32_t i = 0; i < c->hook_cnt; i++) {
		_cleanup_free_ char *why = NULL;
		int err = hook__check(&c->hooks[i], &why);

		if (err) {
			why__format(ret_error, -EINVAL, "%s%shook %s: %s", c->hooks[i].where,
				    *c->hooks[i].where ? ": " : "", c->hooks[i].name,
				    why ?: strerror(-err));
			return err;
		}
	}
	for (uint32_t i = 0; i < c->rule_cnt; i++) {
		int err = check_rule(c, &c->rules[i], ret_error);

		if (err)
			return err;
	}
	return 0;
}

void config__explain_rule(const struct rule *r, FILE *out)
{
	rule__explain(r, out);
	if (r->silent_until_s && r->silent_until_s <= time(NULL))
		fputs(" (That is past: silence-until can go.)", out);
}

void config__explain_hook(const struct hook *h, FILE *out)
{
	fprintf(out, "%s: runs %s as user %s, for at most %g s, on", h->name, h->program, h->user,
		h->timeout_ns / 1e9);
	for (uint32_t step = 0; step < ALERT_STEP_CNT; step++)
		if (h->on & 1u << step)
			fprintf(out, " %s", alert_step_names[step]);
	fputc('.', out);
}

void config__explain(const struct config *c, FILE *out)
{
	for (uint32_t i = 0; i < c->rule_cnt; i++) {
		fputs("rule ", out);
		config__explain_rule(&c->rules[i], out);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < c->hook_cnt; i++) {
		fputs("hook ", out);
		config__explain_hook(&c->hooks[i], out);
		fputc('\n', out);
	}
	if (!c->hook_cnt)
		fputs("No hooks: alerts go to the journal and to 'fdscope watch' alone.\n", out);
	fputs(c->act_raise ? "Soft limits may be raised.\n" : "Soft limits are never raised.\n",
	      out);
}
