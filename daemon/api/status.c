// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/status: what the daemon is, what it can do here, and what it costs. */
#include "api/resources.h"

static void emit_tiers(struct json *j, const struct backend_status *st)
{
	json__begin_array(j, "tiers");
	for (size_t i = 0; i < st->tier_cnt && i < BACKEND_TIER_CNT; i++) {
		json__begin_object(j, NULL);
		json__emit_text(j, "name", st->tiers[i].name);
		json__emit_text(j, "state", st->tiers[i].state);
		json__emit_text(j, "why", st->tiers[i].why);
		json__end_object(j);
	}
	json__end_array(j);
}

static void emit_features(struct json *j, const struct backend_status *st)
{
	json__begin_array(j, "features");
	for (size_t i = 0; i < st->feature_cnt && i < BACKEND_FEATURE_CNT; i++) {
		json__begin_object(j, NULL);
		json__emit_text(j, "name", st->features[i].name);
		json__emit_bool(j, "available", st->features[i].available);
		json__emit_text(j, "why", st->features[i].why);
		json__end_object(j);
	}
	json__end_array(j);
}

static void emit_programs(struct json *j, const struct backend_status *st)
{
	json__begin_array(j, "programs");
	for (size_t i = 0; i < st->program_cnt && i < BACKEND_PROGRAM_CNT; i++) {
		const struct backend_program *p = &st->programs[i];

		json__begin_object(j, NULL);
		json__emit_text(j, "program", p->name);
		json__emit_text(j, "attach", p->attach);
		json__emit_text(j, "function", p->function);
		json__emit_bool(j, "attached", p->attached);
		JSON_UINT_OR_NULL(j, "missed", p->missed, FDS_UNKNOWN);
		JSON_UINT_OR_NULL(j, "verified_insns", p->verified_insns, 0);
		json__end_object(j);
	}
	json__end_array(j);
}

/* What is watched for, and why the rest is not. */
static void emit_hazards(struct json *j, const struct backend_status *st)
{
	json__begin_array(j, "hazards");
	for (size_t i = 0; i < FDS_HAZARD_CNT && st->hazards[i].name; i++) {
		json__begin_object(j, NULL);
		json__emit_text(j, "name", st->hazards[i].name);
		json__emit_bool(j, "available", st->hazards[i].available);
		json__emit_text(j, "why", st->hazards[i].why);
		json__end_object(j);
	}
	json__end_array(j);
}

static void emit_snapshot(struct json *j, const struct backend_status *st, const struct store *s)
{
	json__begin_object(j, "snapshot");
	if (s->pass_ns && st->now_ns >= s->pass_ns)
		json__emit_uint(j, "age_ns", st->now_ns - s->pass_ns);
	else
		json__emit_null(j, "age_ns");
	json__emit_uint(j, "cost_ns", st->pass_cost_ns);
	json__emit_uint(j, "passes", st->passes);
	json__emit_uint(j, "processes", s->totals.processes);
	json__emit_uint(j, "tables", s->totals.tables);
	json__emit_uint(j, "max_staleness_ns", st->max_staleness_ns);
	json__end_object(j);
}

static void emit_alerts(struct json *j, const struct backend_alerts *a)
{
	if (!a->archive_state) {
		json__emit_null(j, "alerts");
		return;
	}
	json__begin_object(j, "alerts");
	json__emit_uint(j, "warn", a->warn);
	json__emit_uint(j, "critical", a->critical);
	json__emit_uint(j, "refused", a->refused);
	json__begin_object(j, "hooks");
	json__emit_uint(j, "started", a->hooks_started);
	json__emit_uint(j, "failed", a->hooks_failed);
	json__emit_uint(j, "timed_out", a->hooks_timed_out);
	json__emit_uint(j, "dropped", a->hooks_dropped);
	json__emit_uint(j, "running", a->hooks_running);
	json__emit_uint(j, "queued", a->hooks_queued);
	json__end_object(j);
	json__begin_object(j, "archive");
	json__emit_text(j, "state", a->archive_state);
	json__emit_text(j, "why", *a->archive_why ? a->archive_why : NULL);
	json__emit_uint(j, "bytes", a->archive_bytes);
	json__emit_uint(j, "incidents", a->archive_incidents);
	json__emit_uint(j, "dropped", a->archive_dropped);
	json__end_object(j);
	json__end_object(j);
}

int status__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	struct backend_status st = {};
	struct json j = {};
	uint64_t refused;
	uint32_t clients;

	b->status(b->ctx, &st);
	api__stats(req->api, &clients, &refused);
	json__begin_object(&j, NULL);
	json__emit_text(&j, "version", FDS_VERSION);
	json__emit_text(&j, "tier", st.tier);
	json__emit_text(&j, "tier_note", st.tier_note);
	emit_tiers(&j, &st);
	emit_features(&j, &st);
	emit_hazards(&j, &st);
	emit_programs(&j, &st);
	json__emit_text(&j, "kernel", st.kernel);
	json__emit_uint(&j, "started_ns", st.started_ns);
	json__emit_uint(&j, "uptime_ns", st.now_ns > st.started_ns ? st.now_ns - st.started_ns : 0);
	json__emit_uint(&j, "drift_fds", b->store->drift);
	json__emit_uint(&j, "corrected_fds", b->store->corrected);
	json__emit_uint(&j, "lost_records", st.lost_records);
	json__emit_uint(&j, "missed_updates", st.missed_updates);
	json__emit_uint(&j, "untracked_tables", st.untracked_tables);
	emit_snapshot(&j, &st, b->store);
	json__emit_uint(&j, "rss_bytes", st.rss_bytes);
	json__emit_uint(&j, "cpu_ns", st.cpu_ns);
	json__emit_uint(&j, "open_fds", st.open_fds);
	json__emit_uint(&j, "clients", clients);
	json__emit_uint(&j, "refused_clients", refused);
	emit_alerts(&j, &st.alerts);
	json__emit_text(&j, "socket", req->api->config.socket_path);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
