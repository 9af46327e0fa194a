// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings become incidents and are told; see alerter.h. */
#include "alert/alerter.h"

#include "alert/blackbox.h"
#include "alert/facts.h"
#include "alert/message.h"
#include "alert/storm.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "source/identity.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utlist.h>

/* What a rule's alerts about one user have come to lately. */
struct bucket {
	char rule[RULE_NAME_SZ];
	uint32_t euid;
	uint32_t hook_mask; /* of the rule at its last alert; bits of the config's hooks */
	uint64_t repeat_ns; /* likewise */
	struct storm storm;
	uint64_t storm_id; /* incident of the storm that rages; 0: none */
	uint64_t repeated_ns;
};

/* An incident that goes on and has no room in memory: what nobody could tell of it later. */
struct away {
	uint64_t id;
	int64_t opened_s;
	UT_hash_handle hh;
};

struct alerter {
	struct alerter_ops ops;
	struct alerter_config config;
	struct incident *list; /* utlist, oldest first */
	size_t cnt, open_cnt, bytes;
	struct away *away; /* uthash */
	/* Of the config's hooks: what its pointer leads to may be another config's by now. */
	char hook_names[RULE_HOOK_MAX][HOOK_NAME_SZ];
	struct bucket buckets[ALERTER_BUCKETS_MAX];
	size_t bucket_cnt;
};

int alerter__new(const struct alerter_ops *ops, struct alerter **ret)
{
	struct alerter *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->ops = *ops;
	*ret = a;
	return 0;
}

static size_t weight(const struct incident *i)
{
	return sizeof(*i) + i->process_sz + i->black_box_sz;
}

static void drop(struct alerter *a, struct incident *i)
{
	DL_DELETE(a->list, i);
	a->cnt--;
	a->open_cnt -= !i->cleared_ns;
	a->bytes -= weight(i);
	incident__free(i);
}

static void forget(struct alerter *a, struct away *w)
{
	HASH_DEL(a->away, w);
	free(w);
}

void alerter__free(struct alerter *a)
{
	struct away *w, *next;

	if (!a)
		return;
	while (a->list)
		drop(a, a->list);
	HASH_ITER (hh, a->away, w, next)
		forget(a, w);
	free(a);
}

/* The same hooks where they stand now. */
static uint32_t map_hooks(const struct alerter *a, uint32_t mask, const struct alerter_config *c)
{
	uint32_t mapped = 0;

	for (size_t to = 0; to < c->hook_cnt; to++)
		for (size_t from = 0; from < a->config.hook_cnt; from++)
			if (mask & 1u << from && !strcmp(a->hook_names[from], c->hooks[to].name))
				mapped |= 1u << to;
	return mapped;
}

void alerter__apply_config(struct alerter *a, const struct alerter_config *c)
{
	for (size_t k = 0; k < a->bucket_cnt; k++)
		a->buckets[k].hook_mask = map_hooks(a, a->buckets[k].hook_mask, c);
	a->config = *c;
	for (size_t k = 0; k < c->hook_cnt; k++)
		memcpy(a->hook_names[k], c->hooks[k].name, HOOK_NAME_SZ);
}

static struct incident *find(const struct alerter *a, uint64_t id)
{
	struct incident *i;

	/* From the newest on: it is mostly these that are asked for. */
	for (i = a->list ? a->list->prev : NULL; i; i = i == a->list ? NULL : i->prev)
		if (i->id == id)
			return i;
	return NULL;
}

const struct incident *alerter__find(const struct alerter *a, uint64_t id)
{
	return find(a, id);
}

const struct incident *alerter__incidents(const struct alerter *a)
{
	return a->list;
}

size_t alerter__open_cnt(const struct alerter *a)
{
	return a->open_cnt + HASH_COUNT(a->away);
}

/* Out of memory, but its further steps are told.  No more of these than the detector has alerts. */
static void put_away(struct alerter *a, struct incident *i)
{
	struct away *w = HASH_COUNT(a->away) < DETECTOR_STATES_MAX ? calloc(1, sizeof(*w)) : NULL;

	if (w) {
		w->id = i->id;
		w->opened_s = i->opened_s;
		HASH_ADD(hh, a->away, id, sizeof(w->id), w);
	}
	if (!w || !w->hh.tbl) {
		free(w);
		log_errno(ENOMEM, "the end of incident %llu is not told",
			  (unsigned long long)i->id);
	}
	drop(a, i);
}

/* Leaves its head. */
static void lighten(struct alerter *a, struct incident *i)
{
	a->bytes -= weight(i);
	free(i->process);
	free(i->black_box);
	i->process = i->black_box = NULL;
	i->process_sz = i->black_box_sz = 0;
	a->bytes += weight(i);
}

/*
 * What has ended goes first, since the archive has it, then black boxes of what goes on, then the
 * rest of that; the oldest first, and never the newest.  Storms stay: there are few, and what
 * belongs to them is looked for here.
 */
static void make_room(struct alerter *a)
{
	struct incident *i, *next;

	_Static_assert(ALERTER_BUCKETS_MAX < ALERTER_INCIDENTS_MAX, "room for all storms");
	DL_FOREACH_SAFE (a->list, i, next) {
		if (a->cnt <= ALERTER_INCIDENTS_MAX && a->bytes <= ALERTER_BYTES_MAX)
			return;
		if (i->cleared_ns && i->next)
			drop(a, i);
	}
	for (i = a->list; i->next && a->bytes > ALERTER_BYTES_MAX; i = i->next)
		lighten(a, i);
	DL_FOREACH_SAFE (a->list, i, next) {
		if (a->cnt <= ALERTER_INCIDENTS_MAX)
			return;
		if (!i->storm && i->next)
			put_away(a, i);
	}
}

static void add(struct alerter *a, struct incident *i)
{
	DL_APPEND(a->list, i);
	a->cnt++;
	a->open_cnt += !i->cleared_ns;
	a->bytes += weight(i);
}

/* ---- telling ---- */

static void publish(struct alerter *a, const struct incident *i)
{
	struct news n = {
		.type = FDS_NEWS_ALERT,
		.time_ns = i->cleared_ns ?: clock__now_ns(),
		.start_ns = i->start_ns,
		.pid = i->pid,
		.tid = i->tid,
		.uid = i->uid,
		.euid = i->euid,
		.of_user = i->subject == SUBJECT_USER,
		.alert_id = i->id,
		.rule = i->rule,
		.step = i->step,
		.severity = i->severity,
		.why = i->message,
	};

	memcpy(n.comm, i->comm, sizeof(n.comm));
	a->ops.publish(a->ops.ctx, &n);
}

static void run_hooks(struct alerter *a, const struct incident *i, uint32_t mask,
		      const struct facts *facts, const char *json, size_t json_sz)
{
	for (size_t k = 0; k < a->config.hook_cnt; k++) {
		const struct hook *h = &a->config.hooks[k];

		if (mask & 1u << k && h->on & 1u << i->step)
			a->ops.run_hook(a->ops.ctx, h, i, (const char *const *)facts->items, json,
					json_sz);
	}
}

/* Hooks first: somebody waits for them. */
static void tell(struct alerter *a, const struct incident *i, uint32_t hook_mask)
{
	_cleanup_free_ char *json = NULL;
	struct facts facts;
	size_t json_sz = 0;
	int err = incident__format(i, &json, &json_sz);

	facts__init(&facts, i);
	if (err)
		log_errno(err, "incident %llu is told without its JSON", (unsigned long long)i->id);
	run_hooks(a, i, hook_mask, &facts, json ?: "", json_sz);
	a->ops.record(a->ops.ctx, i, (const char *const *)facts.items);
	if (json)
		a->ops.keep(a->ops.ctx, i, json, json_sz);
	publish(a, i);
	facts__done(&facts);
}

/* ---- the black box ---- */

static const char *why_no_files(int err)
{
	switch (err) {
	case -ESRCH:
		return "the process had ended";
	case -EMFILE:
	case -ENFILE:
		return "there was no descriptor left to look with";
	default:
		return strerror(-err);
	}
}

static void take_black_box(struct alerter *a, struct incident *i, const struct finding *f)
{
	struct blackbox_input in = {
		.process = f->process,
		.log = a->ops.log,
		.hazard = f->news ? f->news->hazard : NULL,
		.pid = f->pid,
		.start_ns = f->start_ns,
		.now_ns = f->now_ns,
		.syscall_name = a->ops.syscall_name,
	};
	struct file_list *files = NULL;
	int err;

	if (i->black_box || i->subject != SUBJECT_PROCESS ||
	    (!rule_kind__is_event(f->kind) && f->severity != FDS_SEVERITY_CRITICAL))
		return;
	err = a->ops.files(a->ops.ctx, f->pid, f->process ? f->process->table_tid : f->tid,
			   &in.holders, &files);
	/* The number may have been given to another process. */
	if (!err && files->start_ns && files->start_ns != f->start_ns)
		err = -ESRCH;
	if (!err)
		in.files = files;
	else
		in.why = why_no_files(err);
	a->bytes -= weight(i);
	err = blackbox__format(&in, &i->black_box, &i->black_box_sz);
	a->bytes += weight(i);
	if (err)
		log_errno(err, "black box of incident %llu", (unsigned long long)i->id);
	file_list__free(files);
}

/* ---- storms ---- */

/* One that had no alert for the longest time, and has all of its tokens back by now; NULL: none. */
static struct bucket *oldest_calm(struct alerter *a)
{
	struct bucket *oldest = NULL;

	for (size_t k = 0; k < a->bucket_cnt; k++) {
		struct bucket *b = &a->buckets[k];

		if (!b->storm.raging && (!oldest || b->storm.used_ns < oldest->storm.used_ns))
			oldest = b;
	}
	return oldest;
}

/* By user: nobody's alerts hide those of others.  NULL: storms rage in all that there are. */
static struct bucket *bucket_of(struct alerter *a, const struct finding *f)
{
	struct bucket *b;

	for (b = a->buckets; b < a->buckets + a->bucket_cnt; b++)
		if (b->euid == f->euid && !strcmp(b->rule, f->rule_name))
			return b;
	if (a->bucket_cnt < ALERTER_BUCKETS_MAX)
		a->bucket_cnt++;
	else
		b = oldest_calm(a);
	if (!b)
		return NULL;
	*b = (struct bucket){.euid = f->euid};
	snprintf(b->rule, sizeof(b->rule), "%s", f->rule_name);
	return b;
}

static void describe_storm(struct incident *i)
{
	size_t len;

	message__format_storm(i, i->message, sizeof(i->message));
	len = strlen(i->message);
	snprintf(i->message + len, sizeof(i->message) - len, ", of user %s", i->user);
}

static struct incident *begin_storm(struct alerter *a, struct bucket *b, const struct finding *f)
{
	struct incident *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	*i = (struct incident){
		.id = a->ops.next_id(a->ops.ctx),
		.kind = f->kind,
		.severity = f->severity,
		.step = ALERT_FIRE,
		.opened_ns = f->now_ns,
		.opened_s = time(NULL),
		.value = NAN,
		.threshold = NAN,
		.subject = SUBJECT_HOST,
		.allocated = FDS_UNKNOWN,
		.soft = FDS_UNKNOWN,
		.hard = FDS_UNKNOWN,
		.storm = true,
	};
	snprintf(i->rule, sizeof(i->rule), "%s", b->rule);
	passwd__name(a->ops.names, b->euid, i->user);
	add(a, i);
	b->storm_id = i->id;
	b->repeated_ns = f->now_ns;
	return i;
}

static void add_member(struct incident *i, const struct finding *f)
{
	if (i->member_cnt < INCIDENT_MEMBER_MAX) {
		struct incident_member *m = &i->members[i->member_cnt];

		m->pid = f->pid;
		memcpy(m->comm, f->comm, sizeof(m->comm));
	}
	i->member_cnt++;
}

/* Whether the alert is part of a storm, and told as such. */
static bool joins_storm(struct alerter *a, const struct finding *f)
{
	struct bucket *b = f->subject == SUBJECT_HOST ? NULL : bucket_of(a, f);
	struct incident *i;
	bool begins;

	if (!b ||
	    !storm__apply(&b->storm, a->config.storm_cnt, a->config.storm_window_ns, f->now_ns))
		return false;
	b->hook_mask = f->rule ? f->rule->hook_mask : 0;
	b->repeat_ns = f->rule ? f->rule->repeat_ns : 0;
	i = b->storm_id ? find(a, b->storm_id) : NULL;
	begins = !i;
	if (begins)
		i = begin_storm(a, b, f);
	if (!i)
		return true;
	add_member(i, f);
	describe_storm(i);
	if (f->severity > i->severity) {
		i->severity = f->severity;
		i->step = ALERT_ESCALATE;
		tell(a, i, b->hook_mask);
	} else if (begins) {
		tell(a, i, b->hook_mask);
		make_room(a);
	}
	return true;
}

static void end_storm(struct alerter *a, struct bucket *b, struct incident *i, uint64_t now_ns)
{
	b->storm_id = 0;
	if (!i)
		return;
	i->step = ALERT_CLEAR;
	i->cleared_ns = now_ns;
	i->cleared_s = time(NULL);
	i->cleared_why = "no more came";
	a->open_cnt--;
	describe_storm(i);
	tell(a, i, b->hook_mask);
}

void alerter__check_storms(struct alerter *a, uint64_t now_ns)
{
	for (size_t k = 0; k < a->bucket_cnt; k++) {
		struct bucket *b = &a->buckets[k];
		struct incident *i;

		if (!b->storm.raging)
			continue;
		i = find(a, b->storm_id);
		if (storm__check_end(&b->storm, a->config.storm_window_ns, now_ns)) {
			end_storm(a, b, i, now_ns);
		} else if (i && b->repeat_ns && now_ns >= b->repeated_ns + b->repeat_ns) {
			b->repeated_ns = now_ns;
			i->step = ALERT_REPEAT;
			tell(a, i, b->hook_mask);
		}
	}
}

/* ---- steps ---- */

static struct incident *make_incident(struct alerter *a, const struct finding *f)
{
	const struct identity *known;
	struct identity *departed = NULL;
	struct incident *i;

	/* Also one that a pass has met may be gone before anybody asked who it was. */
	if (f->news && f->news->failure &&
	    !(f->process && (known = store__identify(a->ops.store, f->process)) && known->exe))
		a->ops.identify_failed(a->ops.ctx, f->news->failure, &departed);
	i = incident__new(f, departed, a->ops.store, a->ops.names);
	identity__free(departed);
	if (!i)
		log_errno(ENOMEM, "an alert of rule %s is not told", f->rule_name);
	return i;
}

/* A first step, or one that deserves to be told of an alert that was not: a storm's. */
static struct incident *open_incident(struct alerter *a, const struct finding *f)
{
	struct incident *i;

	if (f->step != ALERT_FIRE && f->step != ALERT_ESCALATE)
		return NULL;
	if (joins_storm(a, f))
		return NULL;
	i = make_incident(a, f);
	if (!i)
		return NULL;
	i->step = ALERT_FIRE;
	add(a, i);
	return i;
}

/* Any further step of one that was told, and then had no room. */
static struct incident *bring_back(struct alerter *a, struct away *w, const struct finding *f)
{
	struct incident *i = make_incident(a, f);

	if (i) {
		/* Exactly, or the archive takes it for another one. */
		i->opened_s = w->opened_s;
		add(a, i);
	}
	forget(a, w);
	return i;
}

void alerter__apply(struct alerter *a, const struct finding *f)
{
	bool rises = f->step == ALERT_FIRE || f->step == ALERT_ESCALATE;
	struct incident *i = find(a, f->alert);
	struct away *away = NULL;

	if (rises && f->severity == FDS_SEVERITY_CRITICAL && f->rule && f->rule->raise_soft)
		a->ops.raise(a->ops.ctx, f);
	if (!i)
		HASH_FIND(hh, a->away, &f->alert, sizeof(f->alert), away);
	if (i) {
		a->bytes -= weight(i);
		incident__apply(i, f, a->ops.store);
		a->bytes += weight(i);
		a->open_cnt -= i->cleared_ns != 0;
	} else if (away) {
		i = bring_back(a, away, f);
	} else {
		i = open_incident(a, f);
	}
	if (!i)
		return;
	if (rises)
		take_black_box(a, i, f);
	tell(a, i, f->rule ? f->rule->hook_mask : 0);
	/* It came for its end alone: what goes on is worth the room more. */
	if (away && i->cleared_ns)
		drop(a, i);
	else
		make_room(a);
}
