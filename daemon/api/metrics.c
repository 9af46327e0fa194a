// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /metrics: the host, the worst processes and the daemon itself in OpenMetrics text, for
 * Prometheus and its kin.
 */
#include "api/resources.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "store/failures.h"

#include <string.h>

#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define TOP_CNT	    20 /* processes; each is a series that a collector keeps for long */

static void begin_family(struct json *j, const char *name, const char *type, const char *help)
{
	json__emit_rawf(j, "# TYPE fdscope_%s %s\n# HELP fdscope_%s %s\n", name, type, name, help);
}

static void emit_gauge(struct json *j, const char *name, uint64_t value, const char *help)
{
	begin_family(j, name, "gauge", help);
	json__emit_rawf(j, "fdscope_%s %llu\n", name, (unsigned long long)value);
}

static void emit_counter(struct json *j, const char *name, uint64_t value, const char *help)
{
	begin_family(j, name, "counter", help);
	json__emit_rawf(j, "fdscope_%s_total %llu\n", name, (unsigned long long)value);
}

static void emit_seconds(struct json *j, const char *name, const char *type, uint64_t ns,
			 const char *help)
{
	begin_family(j, name, type, help);
	json__emit_rawf(j, "# UNIT fdscope_%s seconds\nfdscope_%s%s %.9f\n", name, name,
			!strcmp(type, "counter") ? "_total" : "", (double)ns / 1e9);
}

/* A label's value between the quotes. */
static void emit_label(struct json *j, const char *bytes)
{
	char text[4 * FDS_COMM_SZ + 64];
	size_t len = text__copy_utf8(text, sizeof(text), bytes, strlen(bytes));

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' || text[i] == '"')
			json__emit_raw(j, "\\", 1);
		if (text[i] == '\n')
			json__emit_raw(j, "\\n", 2);
		else
			json__emit_raw(j, &text[i], 1);
	}
}

static void emit_host(struct json *j, const struct backend_host *host, const struct store *s)
{
	emit_gauge(j, "host_file_nr", host->file_nr, "Open file descriptions of the host.");
	if (host->file_max != FDS_RLIM_INFINITY)
		emit_gauge(j, "host_file_max", host->file_max,
			   "Most open file descriptions of the host (fs.file-max).");
	emit_gauge(j, "host_nr_open", host->nr_open,
		   "Highest hard limit a process can have (fs.nr_open).");
	emit_gauge(j, "processes", s->totals.processes, "Processes.");
	emit_gauge(j, "threads", s->totals.threads, "Threads.");
	emit_gauge(j, "tables", s->totals.tables, "Files tables in use.");
	emit_gauge(j, "fds_allocated", s->totals.allocated,
		   "Descriptors allocated in all files tables.");
	emit_gauge(j, "fds_installed", s->totals.installed,
		   "Of these, descriptors with a file behind them.");
}

static void emit_top(struct json *j, struct process *const *rows, size_t cnt)
{
	begin_family(j, "process_fds_allocated", "gauge",
		     "Descriptors of the processes that are nearest to their limit.");
	for (size_t i = 0; i < cnt; i++) {
		if (!rows[i]->table)
			continue;
		json__emit_rawf(j, "fdscope_process_fds_allocated{pid=\"%u\",comm=\"",
				rows[i]->key.pid);
		emit_label(j, rows[i]->comm);
		json__emit_rawf(j, "\"} %u\n", rows[i]->table->allocated);
	}
	begin_family(j, "process_fds_limit", "gauge", "Soft limits of the same processes.");
	for (size_t i = 0; i < cnt; i++) {
		if (!rows[i]->table || rows[i]->soft == FDS_RLIM_INFINITY)
			continue;
		json__emit_rawf(j, "fdscope_process_fds_limit{pid=\"%u\",comm=\"",
				rows[i]->key.pid);
		emit_label(j, rows[i]->comm);
		json__emit_rawf(j, "\"} %llu\n", (unsigned long long)rows[i]->soft);
	}
}

static void emit_self(struct json *j, const struct api *api, const struct backend_status *st)
{
	const struct store *s = api->backend->store;
	uint64_t refused;
	uint32_t clients;

	api__stats(api, &clients, &refused);
	begin_family(j, "build", "info", "Version and active tier.");
	json__emit_rawf(j, "fdscope_build_info{version=\"" FDS_VERSION "\",tier=\"");
	emit_label(j, st->tier ? st->tier : "");
	json__emit_rawf(j, "\"} 1\n");
	begin_family(j, "failures", "counter", "Calls refused by a limit, as far as reported.");
	for (uint32_t cause = 0; cause < FDS_CAUSE_CNT; cause++)
		json__emit_rawf(j, "fdscope_failures_total{cause=\"%s\"} %llu\n",
				failure__cause_name(cause),
				(unsigned long long)api->failures[cause]);
	emit_counter(j, "drift_fds", s->drift, "Descriptors miscounted and repaired; 0 is right.");
	emit_counter(j, "corrected_fds", s->corrected,
		     "Descriptors that a pass added, as expected of this tier.");
	emit_counter(j, "lost_records", st->lost_records, "Records that found no room.");
	emit_counter(j, "missed_updates", st->missed_updates, "State that was not kept.");
	emit_counter(j, "snapshots", st->passes, "Truth passes taken.");
	emit_seconds(j, "snapshot_cost_seconds", "gauge", st->pass_cost_ns,
		     "Time that the last truth pass took.");
	emit_gauge(j, "self_rss_bytes", st->rss_bytes, "Memory of the daemon.");
	emit_seconds(j, "self_cpu_seconds", "counter", st->cpu_ns, "CPU time of the daemon.");
	emit_gauge(j, "self_open_fds", st->open_fds, "Descriptors of the daemon.");
	emit_gauge(j, "clients", clients, "Connections to the daemon.");
	emit_counter(j, "refused_clients", refused, "Connections refused or cut off for others.");
}

static void emit_alerts(struct json *j, const struct backend_alerts *a)
{
	if (!a->archive_state)
		return;
	begin_family(j, "alerts_firing", "gauge", "Alerts that go on.");
	json__emit_rawf(j, "fdscope_alerts_firing{severity=\"warn\"} %u\n", a->warn);
	json__emit_rawf(j, "fdscope_alerts_firing{severity=\"critical\"} %u\n", a->critical);
	emit_counter(j, "hooks_started", a->hooks_started, "Hooks that were started.");
	emit_counter(j, "hooks_failed", a->hooks_failed, "Hooks that failed, or could not start.");
	emit_counter(j, "hooks_timed_out", a->hooks_timed_out, "Hooks that took too long.");
	emit_counter(j, "hooks_dropped", a->hooks_dropped, "Hooks that were too many.");
	emit_gauge(j, "archive_available", !strcmp(a->archive_state, "ok"),
		   "1 where the archive can be written.");
	emit_gauge(j, "archive_bytes", a->archive_bytes, "Size of the archive.");
	emit_counter(j, "archive_dropped", a->archive_dropped, "Records that were not kept.");
}

/* Of each kind, also those that are not watched for: a series that stays at 0 says little else. */
static void emit_hazards(struct json *j, const struct backend *b, const struct backend_status *st)
{
	const struct hazard_log *log = b->hazards ? b->hazards(b->hazards_ctx) : NULL;

	if (!log)
		return;
	begin_family(j, "hazards", "counter", "Steps into traps that were seen.");
	for (int k = 0; k < FDS_HAZARD_CNT; k++)
		json__emit_rawf(j, "fdscope_hazards_total{kind=\"%s\"} %llu\n", hazard_names[k],
				(unsigned long long)log->steps[k]);
	begin_family(j, "hazards_watched", "gauge", "1 where the kind is watched for.");
	for (int k = 0; k < FDS_HAZARD_CNT && st->hazards[k].name; k++)
		json__emit_rawf(j, "fdscope_hazards_watched{kind=\"%s\"} %d\n", st->hazards[k].name,
				st->hazards[k].available);
}

int metrics__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	struct query q = {.sort = FDS_SORT_USED, .limit = TOP_CNT, .viewer = req->query.viewer};
	_cleanup_free_ struct process **rows = NULL;
	struct backend_status st = {};
	struct backend_host host = {};
	size_t cnt = 0, total;
	struct json j = {};
	int answer, r;

	if (!request__refresh(req, &answer))
		return answer;
	r = b->host(b->ctx, &host);
	if (r == 0)
		r = rank__processes(b->store, &q, &rows, &cnt, &total);
	if (r < 0)
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the host's own counts cannot be read: %s", strerror(-r));
	b->status(b->ctx, &st);
	emit_host(&j, &host, b->store);
	emit_top(&j, rows, cnt);
	emit_self(&j, req->api, &st);
	emit_hazards(&j, b, &st);
	emit_alerts(&j, &st.alerts);
	json__emit_raw(&j, "# EOF\n", 6);
	return request__reply(req, OPENMETRICS, &j);
}
