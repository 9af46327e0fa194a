// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of configuration keys; see keys.h. */
#include "config/keys.h"

#include "config/config.h"
#include "fdscope/api.h"

#include <string.h>

#define MS  1000000ull
#define S   (1000 * MS)
#define MIN (60 * S)
#define H   (60 * MIN)
#define D   (24 * H)
#define KI  1024ull
#define MI  (1024 * KI)

#define AT(field)      SCOPE_CONFIG, offsetof(struct config, field)
#define RULE(field)    SCOPE_RULE, offsetof(struct rule, field)
#define MATCH(id)      RULE(match) + RULE_FIELD_##id *RULE_GLOBS_SZ, 0, RULE_GLOBS_SZ, "any"
#define HOOK(field)    SCOPE_HOOK, offsetof(struct hook, field)
#define SZ(obj, field) sizeof(((struct obj *)NULL)->field)

const struct key keys[] = {
	{"daemon", "tier", VALUE_TIER, AT(tier), 0, 0, "auto",
	 "how descriptors are watched; auto takes the first that works"},
	{"daemon", "socket", VALUE_PATH, AT(socket), 0, CONFIG_SOCKET_SZ, FDS_SOCKET_PATH,
	 "absolute path of the socket that answers"},
	{"daemon", "log-level", VALUE_LOG, AT(log_level), 0, 0, "info",
	 "least important messages that are logged"},
	{"daemon", "max-staleness", VALUE_DURATION, AT(max_staleness_ns), 0, 60 * S, "100ms",
	 "a query never gets older data; 0ms: each takes a fresh pass"},
	{"daemon", "truth-interval", VALUE_DURATION, AT(truth_interval_ns), 10 * MS, H, "2s",
	 "time between two truth passes of a tier that counts events"},
	{"daemon", "sample-interval", VALUE_DURATION, AT(sample_interval_ns), 10 * MS, H, "100ms",
	 "time between two truth passes of a tier that does not"},
	{"daemon", "truth-budget", VALUE_SHARE, AT(truth_budget_bp), 1, 10000, "1%",
	 "share of one core for periodic passes; they become rarer to keep it"},
	{"daemon", "max-tables", VALUE_COUNT, AT(max_tables), 64, 4194304, "131072",
	 "files tables whose events are counted"},
	{"daemon", "ring-size", VALUE_SIZE, AT(ring_sz), 4 * KI, 64 * MI, "1M",
	 "bytes for events on their way from the kernel; rounded up to a power of two of pages"},
	{"levels", "levels", VALUE_LEVELS, AT(levels), 10, 100, "50,80,90,95",
	 "parts of the soft limit that are reported when they are crossed"},
	{"api", "max-clients", VALUE_COUNT, AT(max_clients), 1, 65536, "512",
	 "connections at a time"},
	{"api", "max-clients-per-user", VALUE_COUNT, AT(max_clients_per_user), 1, 65536, "128",
	 "connections at a time of one user other than root"},
	{"api", "idle-timeout", VALUE_DURATION, AT(idle_timeout_ns), 1 * S, H, "15s",
	 "time until a connection without a whole request is cut off"},
	{"api", "max-streams", VALUE_COUNT, AT(max_streams), 0, 4096, "32",
	 "streams of events at a time"},
	{"api", "max-stream-backlog", VALUE_SIZE, AT(max_stream_backlog_sz), 4 * KI, 64 * MI,
	 "256K", "bytes that wait for one slow reader before it is cut off"},
	{"alerts", "storm-count", VALUE_COUNT, AT(storm_cnt), 1, 10000, "5",
	 "alerts of one rule and user within storm-window that are told one by one; more are one storm"},
	{"alerts", "storm-window", VALUE_DURATION, AT(storm_window_ns), 1 * S, H, "10s",
	 "see storm-count; a storm ends when none came for so long"},
	{"alerts", "hooks-running", VALUE_COUNT, AT(hooks_running), 1, 64, "8",
	 "hooks that run at a time"},
	{"alerts", "hooks-queued", VALUE_COUNT, AT(hooks_queued), 0, 1024, "64",
	 "hooks that wait for their turn; more are dropped and counted"},
	{"alerts", "hooks-per-minute", VALUE_COUNT, AT(hooks_per_minute), 1, 6000, "120",
	 "hooks that are started; more are dropped and counted"},
	{"alerts", "hook-output", VALUE_SIZE, AT(hook_output_sz), 0, MI, "4K",
	 "bytes of what one run of a hook prints that are logged"},
	{"hazards", "watch", VALUE_HAZARDS, AT(hazards), 0, 0, "auto",
	 "traps that are watched for; auto: those that cost little in the tier"},
	{"hazards", "scan-interval", VALUE_DURATION, AT(hazard_scan_ns), 1 * S, D, "10s",
	 "time between two looks for traps that last; they become rarer to cost little"},
	{"hazards", "deleted-size", VALUE_SIZE, AT(hazard_deleted_sz), 1, MI *MI, "16M",
	 "a deleted file that holds so many bytes of disk is one"},
	{"archive", "path", VALUE_FILE, AT(archive_path), 0, CONFIG_PATH_SZ, FDS_ARCHIVE_PATH,
	 "database of incidents and history"},
	{"archive", "max-size", VALUE_SIZE, AT(archive_max_sz), MI, 1024 * 1024 * MI, "64M",
	 "bytes on disk; the oldest goes first"},
	{"archive", "max-age", VALUE_DURATION, AT(archive_max_age_ns), H, 3650 * D, "30d",
	 "what is older is removed"},
	{"act", "raise", VALUE_BOOL, AT(act_raise), 0, 0, "no",
	 "whether soft limits may be raised, by 'fdscope raise' and by rules with raise-soft"},
	{"act", "ceiling", VALUE_COUNT, AT(act_ceiling), 1, 1073741824, "1048576",
	 "no soft limit is raised above it"},
	{"rule", "kind", VALUE_KIND, RULE(kind), 0, 0, "by name", "what the rule looks at"},
	{"rule", "enabled", VALUE_BOOL, RULE(enabled), 0, 0, "yes",
	 "no: what it matches has no alarm of this kind"},
	{"rule", "warn", VALUE_THRESHOLD, RULE(warn), 0, 0, "by kind", "alarm from here on"},
	{"rule", "warn-clear", VALUE_THRESHOLD, RULE(warn_clear), 0, 0, "near warn",
	 "the alarm ends here"},
	{"rule", "critical", VALUE_THRESHOLD, RULE(critical), 0, 0, "by kind",
	 "critical alarm from here on"},
	{"rule", "critical-clear", VALUE_THRESHOLD, RULE(critical_clear), 0, 0, "near critical",
	 "it is critical no more from here on"},
	{"rule", "for", VALUE_DURATION, RULE(for_ns), 0, D, "by kind",
	 "how long it must last before it is told"},
	{"rule", "repeat", VALUE_DURATION, RULE(repeat_ns), 0, 30 * D, "6h",
	 "told again so often while it lasts; 0s: once"},
	{"rule", "clear-after", VALUE_DURATION, RULE(clear_after_ns), 1 * S, D, "1min",
	 "failures and hazards: the alarm ends when so long none came"},
	{"rule", "silence-until", VALUE_TIME, RULE(silent_until_s), 0, 0, "none",
	 "nothing is told before"},
	{"rule", "comm", VALUE_TEXT, MATCH(COMM), "names of processes, as patterns with * and ?"},
	{"rule", "exe", VALUE_TEXT, MATCH(EXE), "paths of programs"},
	{"rule", "unit", VALUE_TEXT, MATCH(UNIT), "systemd units"},
	{"rule", "user", VALUE_TEXT, MATCH(USER), "users, by name or number"},
	{"rule", "cgroup", VALUE_TEXT, MATCH(CGROUP), "control groups"},
	{"rule", "container", VALUE_TEXT, MATCH(CONTAINER), "containers"},
	{"rule", "cause", VALUE_TEXT, MATCH(CAUSE),
	 "limits that refused calls met: nofile, file-max, inotify-watches, ..."},
	{"rule", "hazard", VALUE_TEXT, MATCH(HAZARD),
	 "kinds of hazard: epoll-fork, select-1024, ..."},
	{"rule", "hooks", VALUE_TEXT, RULE(hooks), 0, RULE_GLOBS_SZ, "all",
	 "names of the hooks it runs, all, or none"},
	{"rule", "raise-soft", VALUE_BOOL, RULE(raise_soft), 0, 0, "no",
	 "raise the soft limit when it becomes critical; needs raise=yes in [act]"},
	{"rule", "raise-ceiling", VALUE_COUNT, RULE(raise_ceiling), 1, 1073741824, "65536",
	 "but never above this"},
	{"hook", "program", VALUE_PATH, HOOK(program), 0, SZ(hook, program), "none",
	 "what is run, without arguments and without a shell"},
	{"hook", "user", VALUE_TEXT, HOOK(user), 0, SZ(hook, user), "fdscope",
	 "local user that it runs as"},
	{"hook", "timeout", VALUE_DURATION, HOOK(timeout_ns), 100 * MS, H, "30s",
	 "it is ended after so long"},
	{"hook", "on", VALUE_STEPS, HOOK(on), 0, 0, "fire,escalate,repeat,clear",
	 "for which steps of an alert it runs"},
	{},
};

const struct key *keys__find(const char *section, const char *name)
{
	for (const struct key *k = keys; k->section; k++)
		if (!strcmp(k->section, section) && !strcmp(k->name, name))
			return k;
	return NULL;
}

const struct key *keys__find_section(const char *section)
{
	for (const struct key *k = keys; k->section; k++)
		if (!strcmp(k->section, section))
			return k;
	return NULL;
}
