// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules against values: the life of an alert; see detector.h. */
#include "detect/detector.h"

#include "base/clock.h"
#include "source/identity.h"
#include "store/failures.h"
#include "store/hazards.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct state_key {
	uint64_t start_ns; /* of a process */
	uint32_t kind;
	uint32_t pid; /* or uid */
	uint32_t tid;
	uint32_t hazard; /* of kind HAZARD: each is an alert of its own; else 0 */
};

struct alert_state {
	struct state_key key;
	uint64_t alert;
	enum fds_severity severity; /* NONE: waits out the rule's `for` */
	enum fds_severity told;	    /* last; behind `severity` while the rule is silent */
	bool seen;		    /* in this round */
	const struct rule *rule;    /* that decided last; NULL: it is no more */
	char rule_name[RULE_NAME_SZ];
	/* Since when its value asks for a severity worse than `severity`; 0: it does not. */
	uint64_t waiting_ns[FDS_SEVERITY_CNT];
	uint64_t since_ns, repeated_ns, last_ns;
	double value;
	uint32_t uid, euid;
	char comm[FDS_COMM_SZ + 1];
	UT_hash_handle hh;
};

/* What a value is about, for the time of one call. */
struct subject {
	struct state_key key;
	struct process *process;
	uint32_t uid, euid;
	const char *comm;
	const struct news *news;
};

static const char fell[] = "back to normal", ended[] = "ended", quiet[] = "no more failures",
		  unseen[] = "not seen again", dropped[] = "no rule applies any more";

void detector__init(struct detector *d, struct store *store, uint64_t first_alert)
{
	*d = (struct detector){.store = store, .next_alert = first_alert};
	detector__set_rules(d, NULL, 0);
}

static void forget(struct detector *d, struct alert_state *s)
{
	if (s->severity)
		d->firing[s->severity]--;
	HASH_DEL(d->states, s);
	free(s);
}

void detector__done(struct detector *d)
{
	struct alert_state *s, *next;

	HASH_ITER (hh, d->states, s, next)
		forget(d, s);
	passwd__done(&d->names);
}

/* The mildest threshold that any rule of the kind has: what is short of it needs no look. */
static double find_mildest(const struct detector *d, enum fds_rule_kind kind)
{
	double mildest = NAN;

	for (size_t i = 0; i < d->rule_cnt; i++) {
		const struct rule *r = &d->rules[i];
		double at = rule__threshold(r, FDS_SEVERITY_WARN);

		if (isnan(at))
			at = rule__threshold(r, FDS_SEVERITY_CRITICAL);
		if (r->kind != kind || !r->enabled || isnan(at))
			continue;
		if (isnan(mildest) || (rule_kinds[kind].rising ? at < mildest : at > mildest))
			mildest = at;
	}
	return mildest;
}

/* Passes and the events of several CPUs do not come in order: a time may go back. */
static uint64_t elapsed(uint64_t since_ns, uint64_t now_ns)
{
	return now_ns > since_ns ? now_ns - since_ns : 0;
}

static const struct rule *find_rule(const struct detector *d, const char *name)
{
	for (size_t i = 0; i < d->rule_cnt; i++)
		if (!strcmp(d->rules[i].name, name))
			return &d->rules[i];
	return NULL;
}

void detector__set_rules(struct detector *d, const struct rule *rules, size_t cnt)
{
	d->rules = rules;
	d->rule_cnt = cnt;
	for (enum fds_rule_kind kind = 0; kind < FDS_RULE_CNT; kind++)
		d->mildest[kind] = find_mildest(d, kind);
	for (struct alert_state *s = d->states; s; s = s->hh.next)
		s->rule = find_rule(d, s->rule_name);
	passwd__done(&d->names);
	passwd__init(&d->names);
}

/* ---- which rule decides ---- */

static bool user_matches(const struct detector *d, const struct rule *r, uint32_t uid)
{
	char name[PASSWD_NAME_SZ], number[16];

	if (!rule__asks(r, RULE_FIELD_USER))
		return true;
	snprintf(number, sizeof(number), "%u", uid);
	return rule__field_matches(r, RULE_FIELD_USER, passwd__name(&d->names, uid, name), number);
}

static bool identity_matches(const struct rule *r, const struct identity *id)
{
	static const struct identity nobody;

	if (!id)
		id = &nobody;
	return rule__field_matches(r, RULE_FIELD_EXE, id->exe, NULL) &&
	       rule__field_matches(r, RULE_FIELD_UNIT, id->unit, NULL) &&
	       rule__field_matches(r, RULE_FIELD_CGROUP, id->cgroup, NULL) &&
	       rule__field_matches(r, RULE_FIELD_CONTAINER, id->container, NULL);
}

static bool asks_identity(const struct rule *r)
{
	return rule__asks(r, RULE_FIELD_EXE) || rule__asks(r, RULE_FIELD_UNIT) ||
	       rule__asks(r, RULE_FIELD_CGROUP) || rule__asks(r, RULE_FIELD_CONTAINER);
}

static bool matches(const struct detector *d, const struct rule *r, const struct subject *s)
{
	const char *cause = s->news ? failure__cause_name(s->news->cause) : NULL;
	const char *hazard = s->key.kind == FDS_RULE_HAZARD ? hazard_names[s->key.hazard] : NULL;

	if (!user_matches(d, r, s->euid) ||
	    !rule__field_matches(r, RULE_FIELD_COMM, s->comm, NULL) ||
	    !rule__field_matches(r, RULE_FIELD_CAUSE, cause, NULL) ||
	    !rule__field_matches(r, RULE_FIELD_HAZARD, hazard, NULL))
		return false;
	/* Last, since it may take a look into /proc. */
	return !asks_identity(r) ||
	       identity_matches(r, s->process ? store__identify(d->store, s->process) : NULL);
}

/* The last rule of the kind that matches; NULL: none. */
static const struct rule *pick_rule(const struct detector *d, const struct subject *s)
{
	for (size_t i = d->rule_cnt; i--;)
		if (d->rules[i].kind == s->key.kind && matches(d, &d->rules[i], s))
			return &d->rules[i];
	return NULL;
}

/* ---- the life of an alert ---- */

static void tell(const struct detector *d, const struct alert_state *st, const struct subject *s,
		 enum alert_step step, uint64_t now_ns, const char *why)
{
	struct finding f = {
		.alert = st->alert,
		.step = step,
		.kind = st->key.kind,
		.rule = st->rule,
		.rule_name = st->rule_name,
		.severity = st->severity,
		.since_ns = st->since_ns,
		.now_ns = now_ns,
		.value = st->value,
		.threshold = st->rule ? rule__threshold(st->rule, st->severity) : NAN,
		.why = why,
		.subject = rule_kinds[st->key.kind].subject,
		.process = s ? s->process : NULL,
		.pid = st->key.pid,
		.tid = st->key.tid,
		.start_ns = st->key.start_ns,
		.uid = st->uid,
		.euid = st->euid,
		.news = s ? s->news : NULL,
		.hazard = st->key.hazard,
	};

	if (f.subject != SUBJECT_PROCESS)
		f.pid = f.tid = 0;
	memcpy(f.comm, st->comm, sizeof(f.comm));
	if (d->on_finding)
		d->on_finding(d->ctx, &f);
}

static void set_severity(struct detector *d, struct alert_state *st, enum fds_severity severity)
{
	if (st->severity)
		d->firing[st->severity]--;
	if (severity)
		d->firing[severity]++;
	st->severity = severity;
}

static void end(struct detector *d, struct alert_state *st, const struct subject *s,
		uint64_t now_ns, const char *why)
{
	/* In silence too: who was told of it waits for its end, by the severity that he knows. */
	if (st->told) {
		set_severity(d, st, st->told);
		tell(d, st, s, ALERT_CLEAR, now_ns, why);
	}
	if (s && s->process)
		s->process->alerts &= ~(1u << st->key.kind);
	forget(d, st);
}

static bool is_silent(const struct rule *r)
{
	return r->silent_until_s && time(NULL) < r->silent_until_s;
}

/* The value asks for this severity: for a worse one than it has it must do so for a while. */
static void wait_for(struct alert_state *st, enum fds_severity wanted, uint64_t now_ns)
{
	for (enum fds_severity s = FDS_SEVERITY_WARN; s < FDS_SEVERITY_CNT; s++) {
		if (s <= st->severity || s > wanted || isnan(rule__threshold(st->rule, s)))
			st->waiting_ns[s] = 0;
		else if (!st->waiting_ns[s])
			st->waiting_ns[s] = now_ns;
	}
}

/* The worst severity that has lasted for the rule's `for`; else the one that it has. */
static enum fds_severity find_lasting(const struct alert_state *st, uint64_t now_ns)
{
	for (enum fds_severity s = FDS_SEVERITY_CNT - 1; s > st->severity; s--)
		if (st->waiting_ns[s] && elapsed(st->waiting_ns[s], now_ns) >= st->rule->for_ns)
			return s;
	return st->severity;
}

/* Tells what has not been told yet, unless the rule is silent. */
static void catch_up(struct detector *d, struct alert_state *st, const struct subject *s,
		     uint64_t now_ns)
{
	enum alert_step step = ALERT_REPEAT;

	if (!st->severity || is_silent(st->rule))
		return;
	if (!st->told)
		step = ALERT_FIRE;
	else if (st->told != st->severity)
		step = st->told < st->severity ? ALERT_ESCALATE : ALERT_EASE;
	else if (!st->rule->repeat_ns || elapsed(st->repeated_ns, now_ns) < st->rule->repeat_ns)
		return;
	st->told = st->severity;
	st->repeated_ns = now_ns;
	tell(d, st, s, step, now_ns, NULL);
}

static bool is_counting(const struct alert_state *st)
{
	return rule_kind__is_event(st->key.kind) && st->rule->enabled && !st->severity;
}

static void judge(struct detector *d, struct alert_state *st, const struct subject *s,
		  uint64_t now_ns)
{
	enum fds_severity wanted = rule__judge(st->rule, st->value, st->severity);

	/* Events are counted also while they are too few to alarm. */
	if (wanted == FDS_SEVERITY_NONE && !is_counting(st)) {
		end(d, st, s, now_ns, st->rule->enabled ? fell : dropped);
		return;
	}
	wait_for(st, wanted, now_ns);
	if (wanted > st->severity)
		wanted = find_lasting(st, now_ns);
	if (wanted != st->severity) {
		if (!st->severity)
			st->since_ns = now_ns;
		set_severity(d, st, wanted);
	}
	catch_up(d, st, s, now_ns);
}

static struct alert_state *find_state(const struct detector *d, const struct state_key *key)
{
	struct alert_state *st;

	HASH_FIND(hh, d->states, key, sizeof(*key), st);
	return st;
}

static struct alert_state *add_state(struct detector *d, const struct subject *s)
{
	struct alert_state *st;

	if (HASH_COUNT(d->states) >= DETECTOR_STATES_MAX || !(st = calloc(1, sizeof(*st)))) {
		d->refused++;
		return NULL;
	}
	st->key = s->key;
	st->alert = d->next_alert;
	HASH_ADD(hh, d->states, key, sizeof(st->key), st);
	if (!st->hh.tbl) { /* uthash found no memory */
		free(st);
		d->refused++;
		return NULL;
	}
	d->next_alert++;
	if (s->process)
		s->process->alerts |= 1u << s->key.kind;
	return st;
}

/* A value that may alarm, or of something that does. */
static void consider(struct detector *d, const struct subject *s, double value, uint64_t now_ns)
{
	struct alert_state *st = find_state(d, &s->key);
	const struct rule *rule = pick_rule(d, s);

	if (!rule) {
		if (st)
			end(d, st, s, now_ns, dropped);
		return;
	}
	if (!st && rule__judge(rule, value, FDS_SEVERITY_NONE) == FDS_SEVERITY_NONE &&
	    (!rule_kind__is_event(s->key.kind) || !rule->enabled))
		return;
	if (!st)
		st = add_state(d, s);
	if (!st)
		return;
	st->seen = true;
	st->rule = rule;
	memcpy(st->rule_name, rule->name, sizeof(st->rule_name));
	if (st->last_ns < now_ns)
		st->last_ns = now_ns;
	st->value = rule_kind__is_event(s->key.kind) ? st->value + value : value;
	st->uid = s->uid;
	st->euid = s->euid;
	snprintf(st->comm, sizeof(st->comm), "%s", s->comm ?: "");
	judge(d, st, s, now_ns);
}

/* Whether a look at the rules is worth it. */
static bool is_mild(const struct detector *d, enum fds_rule_kind kind, double value)
{
	double at = d->mildest[kind];

	return isnan(value) || isnan(at) || (rule_kinds[kind].rising ? value < at : value > at);
}

/* ---- processes ---- */

/*
 * The number of the highest descriptor matters by itself only where it is far above the count:
 * else `used` tells the same.
 */
static double highest_ratio(const struct process *p)
{
	const struct table *t = p->table;
	double numbers = t->highest + 1.0;

	if (p->soft == FDS_RLIM_INFINITY || !p->soft || t->allocated >= 0.9 * numbers)
		return NAN;
	return numbers / p->soft * 100;
}

static double value_of(const struct process *p, enum fds_rule_kind kind)
{
	double ratio;

	if (!p->table)
		return NAN;
	switch (kind) {
	case FDS_RULE_USED:
		ratio = process__used_ratio(p);
		return ratio < 0 ? NAN : ratio * 100;
	case FDS_RULE_HIGHEST:
		return highest_ratio(p);
	case FDS_RULE_EXHAUSTION:
		return p->exhaustion_s < 0 ? NAN : p->exhaustion_s;
	case FDS_RULE_LIMIT_EXCESSIVE:
		return p->soft;
	default:
		return NAN;
	}
}

static struct subject subject_of(struct process *p, enum fds_rule_kind kind)
{
	return (struct subject){
		.key = {.start_ns = p->start_ns,
			.kind = kind,
			.pid = p->key.pid,
			.tid = p->key.tid},
		.process = p,
		.uid = p->uid,
		.euid = p->euid,
		.comm = p->comm,
	};
}

static void check_process(struct detector *d, struct process *p, enum fds_rule_kind kind,
			  double value, const struct news *news, uint64_t now_ns)
{
	struct subject s;

	if (is_mild(d, kind, value) && !(p->alerts & 1u << kind))
		return;
	s = subject_of(p, kind);
	s.news = news;
	consider(d, &s, value, now_ns);
}

/* So many of a kind that is counted as they come; `p` NULL: no pass has met the process. */
static void apply_event(struct detector *d, enum fds_rule_kind kind, uint32_t hazard, double cnt,
			const struct news *n, struct process *p)
{
	struct subject s = {
		.key = {.start_ns = n->start_ns,
			.kind = kind,
			.hazard = hazard,
			.pid = n->pid,
			.tid = n->pid},
		.process = p,
		.uid = n->uid,
		.euid = n->euid,
		.comm = n->comm,
		.news = n,
	};

	/* Nobody is told again, but it has not ended. */
	if (n->goes_on) {
		struct alert_state *st = find_state(d, &s.key);

		if (st && st->last_ns < n->time_ns)
			st->last_ns = n->time_ns;
		return;
	}
	consider(d, &s, cnt, n->time_ns);
}

void detector__apply_news(struct detector *d, const struct news *n)
{
	struct process *p = n->pid ? store__find(d->store, n->pid, n->pid) : NULL;

	/* Of a process that no pass has met there is nothing to go by but the event itself. */
	if (p && p->start_ns != n->start_ns)
		p = NULL;
	if (n->type == FDS_NEWS_FAILURE)
		apply_event(d, FDS_RULE_FAILURE, 0, 1.0 + n->held_back, n, p);
	else if (n->type == FDS_NEWS_HAZARD)
		apply_event(d, FDS_RULE_HAZARD, n->hazard->kind, n->hazard->last_cnt, n, p);
	else if (n->type == FDS_NEWS_LEVEL && n->up && n->soft && n->soft != FDS_RLIM_INFINITY && p)
		check_process(d, p, FDS_RULE_USED, n->allocated * 100.0 / n->soft, n, n->time_ns);
}

/* ---- rounds ---- */

static void begin_round(struct detector *d, enum rule_subject subject)
{
	for (struct alert_state *st = d->states; st; st = st->hh.next)
		if (rule_kinds[st->key.kind].subject == subject)
			st->seen = false;
}

/* Why a pass ends the alert, whatever its value; NULL: it does not. */
static const char *why_over(const struct alert_state *st, uint64_t now_ns)
{
	if (!st->seen)
		return ended;
	/* Others have had a value in this round, which has found another rule or ended them. */
	if (!st->rule || !st->rule->enabled)
		return dropped;
	/* Events end by themselves, when none comes for a while. */
	if (rule_kind__is_event(st->key.kind) &&
	    elapsed(st->last_ns, now_ns) >= st->rule->clear_after_ns)
		return st->key.kind == FDS_RULE_FAILURE ? quiet : unseen;
	return NULL;
}

/* None may come any more when the rule's silence ends, or a repeat is due. */
static void revisit_event(struct detector *d, struct alert_state *st, uint64_t now_ns)
{
	struct process *p = store__find(d->store, st->key.pid, st->key.tid);
	struct subject s;

	if (!p)
		return;
	s = subject_of(p, st->key.kind);
	catch_up(d, st, &s, now_ns);
}

static void end_round(struct detector *d, enum rule_subject subject, uint64_t now_ns)
{
	struct alert_state *st, *next;

	HASH_ITER (hh, d->states, st, next) {
		const char *why;

		if (rule_kinds[st->key.kind].subject != subject)
			continue;
		why = why_over(st, now_ns);
		if (why)
			end(d, st, NULL, now_ns, why);
		else if (rule_kind__is_event(st->key.kind))
			revisit_event(d, st, now_ns);
	}
}

/* Events have no value that a pass could tell; whether the process is there it can. */
static void see_events(struct detector *d)
{
	for (struct alert_state *st = d->states; st; st = st->hh.next) {
		const struct process *p;

		if (!rule_kind__is_event(st->key.kind))
			continue;
		p = store__find(d->store, st->key.pid, st->key.tid);
		st->seen = p && p->start_ns == st->key.start_ns && !p->zombie;
	}
}

void detector__apply_pass(struct detector *d)
{
	static const enum fds_rule_kind kinds[] = {FDS_RULE_USED, FDS_RULE_HIGHEST,
						   FDS_RULE_EXHAUSTION, FDS_RULE_LIMIT_EXCESSIVE};
	uint64_t now_ns = d->store->pass_ns;

	begin_round(d, SUBJECT_PROCESS);
	for (struct process *p = store__first(d->store); p; p = store__next(p)) {
		if (p->kthread)
			continue;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			check_process(d, p, kinds[i], value_of(p, kinds[i]), NULL, now_ns);
	}
	see_events(d);
	end_round(d, SUBJECT_PROCESS, now_ns);
}

static void check_other(struct detector *d, enum fds_rule_kind kind, uint32_t uid, double value,
			uint64_t now_ns)
{
	struct subject s = {.key = {.kind = kind, .pid = uid}, .uid = uid, .euid = uid};

	if (!is_mild(d, kind, value) || find_state(d, &s.key))
		consider(d, &s, value, now_ns);
}

void detector__apply_host(struct detector *d, const struct detector_host *host, uint64_t now_ns)
{
	check_other(d, FDS_RULE_FILE_NR, 0, host->file_nr, now_ns);
	check_other(d, FDS_RULE_FILE_NR_USED, 0, host->file_nr_used, now_ns);
	check_other(d, FDS_RULE_FILE_NR_GROWTH, 0, host->file_nr_growth, now_ns);
	check_other(d, FDS_RULE_FILE_NR_EXHAUSTION, 0, host->file_nr_exhaustion, now_ns);
}

void detector__apply_users(struct detector *d, const struct detector_user *users, size_t cnt,
			   uint64_t now_ns)
{
	begin_round(d, SUBJECT_USER);
	for (size_t i = 0; i < cnt; i++)
		for (enum fds_rule_kind kind = 0; kind < FDS_RULE_CNT; kind++)
			if (rule_kinds[kind].subject == SUBJECT_USER)
				check_other(d, kind, users[i].uid, users[i].used[kind], now_ns);
	end_round(d, SUBJECT_USER, now_ns);
}
