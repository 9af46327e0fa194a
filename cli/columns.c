// SPDX-License-Identifier: GPL-2.0-or-later
/* The one table of columns; see columns.h. */
#include "columns.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cells.h"

#define D  COL_DEFAULT
#define DS (COL_DEFAULT | COL_IN_SHEET)
#define S  COL_IN_SHEET
#define O  (COL_SHEET | COL_IN_SHEET)
#define C  COL_CUT
#define H  COL_HOST

/* Most columns are one key of the row and its type; a getter makes the text of the others. */
static const struct column process_columns[] = {
	{"PID", "pid", "Process", "process id; PID/TID for a thread with a table of its own",
	 COL_GET_INT, DS, cell__get_pid, NULL},
	{"TID", "tid", "Thread", "thread whose files table this is", COL_COUNT, 0, NULL, NULL},
	{"PPID", "ppid", "Parent", "parent's process id", COL_COUNT, S, NULL, NULL},
	{"NSPID", "ns_pid", "Own pid", "process id in its own pid namespace", COL_COUNT, S, NULL,
	 NULL},
	{"USER", "uid", "User", "effective user", COL_GET_INT, DS | COL_LEFT, cell__get_user, NULL},
	{"UID", "uid", "Uid", "effective user id", COL_COUNT, 0, NULL, NULL},
	{"AGE", "start_time_ns", "Age", "how long ago it started", COL_TIME, S, NULL, NULL},
	{"THREADS", "threads", "Threads", "number of threads", COL_COUNT, S, NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors that count against the limit",
	 COL_COUNT, DS, NULL, NULL},
	{"INSTALLED", "installed", "Installed", "of these, those that hold a file", COL_COUNT, S,
	 NULL, NULL},
	{"RESERVED", "reserved", "Reserved", "of these, those still being opened", COL_COUNT, S,
	 NULL, NULL},
	{"HIGHEST", "highest", "Highest", "highest descriptor in use", COL_COUNT, DS, NULL, NULL},
	{"PEAK", "peak", "Peak", "most descriptors since the daemon first saw it", COL_COUNT, DS,
	 NULL, NULL},
	{"SOFT", "soft_limit", "Soft limit", "soft limit (RLIMIT_NOFILE)", COL_LIMIT, DS, NULL,
	 NULL},
	{"HARD", "hard_limit", "Hard limit", "hard limit", COL_LIMIT, S, NULL, NULL},
	{"USED", "used_ratio", "Used", "part of the soft limit in use", COL_RATIO, DS, NULL, NULL},
	{"ROOM", "room", "Room", "free numbers below the soft limit: what may still be opened",
	 COL_LIMIT, S, NULL, NULL},
	{"OPENS", "opens", "Opens", "descriptors made since the daemon first saw it", COL_COUNT, S,
	 NULL, NULL},
	{"CLOSES", "closes", "Closes", "descriptors closed since then", COL_COUNT, S, NULL, NULL},
	{"FAILURES", "failures", "Failures", "calls refused for want of a descriptor", COL_COUNT,
	 DS, NULL, NULL},
	{"GROWTH", "growth_per_s", "Growth", "net growth per second", COL_RATE, DS, NULL, NULL},
	{"EXHAUSTION", "exhaustion_s", "Exhaustion", "time to the soft limit", COL_SECONDS, S, NULL,
	 NULL},
	{"TABLE", "table", "Table", "id of the files table; the same for all who share it",
	 COL_COUNT, S, NULL, NULL},
	{"UNIT", "unit", "Unit", "systemd unit", COL_STRING, S | C, NULL, NULL},
	{"CGROUP", "cgroup", "Cgroup", "control group", COL_STRING, S | C, NULL, NULL},
	{"CONTAINER", "container", "Container", "container id", COL_STRING, S | C, NULL, NULL},
	{"KTHREAD", "kthread", "Kernel thread", "whether it is a kernel thread", COL_BOOL, 0, NULL,
	 NULL},
	{"ZOMBIE", "zombie", "Zombie", "whether it is dead and not waited for", COL_BOOL, 0, NULL,
	 NULL},
	{"EXE", "exe", "Executable", "path of the program", COL_STRING, S | C, NULL, NULL},
	{"CMDLINE", "cmdline", "Command line", "command line", COL_STRING, S | C, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, DS, NULL, NULL},
	{"KINDS", "kinds", "Kinds", "how many descriptors of each kind", COL_GET_OBJECT, O,
	 cell__get_kinds, NULL},
	{"OFDS", "ofds", "Descriptions", "distinct open file descriptions", COL_COUNT, O, NULL,
	 NULL},
	{"SHARED-OFDS", "shared_ofds", "Shared", "of these, those that other tables hold too",
	 COL_COUNT, O, NULL, NULL},
	{"HISTORY", "history", "History", "least, most and last count over the time that is kept",
	 COL_GET_ARRAY, O, cell__get_history, NULL},
	{"TABLE-USERS", "table_users", "Processes that share its files table",
	 "processes that share its files table", COL_ROWS, O, NULL, &columns__user},
	{"OWN-TABLES", "threads_with_own_table", "Threads with a files table of their own",
	 "threads with a files table of their own", COL_ROWS, O, NULL, &columns__process},
};

static const struct column user_columns[] = {
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
};

static const struct column group_columns[] = {
	{"KEY", "key", "Key", "what the members have in common", COL_GET_STRING, D | C,
	 cell__get_key, NULL},
	{"BY", "by", "By", "what the processes are grouped by", COL_STRING, 0, NULL, NULL},
	{"PROCESSES", "processes", "Processes", "number of processes", COL_COUNT, D, NULL, NULL},
	{"TABLES", "tables", "Tables", "distinct files tables; each is counted once", COL_COUNT, 0,
	 NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors that count against the limits",
	 COL_COUNT, D, NULL, NULL},
	{"INSTALLED", "installed", "Installed", "of these, those that hold a file", COL_COUNT, 0,
	 NULL, NULL},
	{"RESERVED", "reserved", "Reserved", "of these, those still being opened", COL_COUNT, 0,
	 NULL, NULL},
	{"PEAK", "peak", "Peak", "highest peak of a member", COL_COUNT, D, NULL, NULL},
	{"OPENS", "opens", "Opens", "descriptors made", COL_COUNT, 0, NULL, NULL},
	{"CLOSES", "closes", "Closes", "descriptors closed", COL_COUNT, 0, NULL, NULL},
	{"FAILURES", "failures", "Failures", "calls refused for want of a descriptor", COL_COUNT, D,
	 NULL, NULL},
	{"GROWTH", "growth_per_s", "Growth", "net growth per second", COL_RATE, D, NULL, NULL},
	{"EXHAUSTION", "exhaustion_s", "Exhaustion", "until the first of them is at its soft limit",
	 COL_SECONDS, 0, NULL, NULL},
	{"WORST-USED", "worst_ratio", "Worst used",
	 "part of its soft limit that the worst member uses", COL_RATIO, D, NULL, NULL},
	{"WORST-PID", "worst_pid", "Worst process", "process id of the worst member", COL_COUNT, D,
	 NULL, NULL},
	{"WORST-COMM", "worst_comm", "Worst command", "name of the worst member", COL_STRING, D,
	 NULL, NULL},
};

static const struct column file_columns[] = {
	{"PID", "pid", "Process", "process id", COL_COUNT, H, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, H, NULL, NULL},
	{"FD", "fd", "Descriptor", "number of the descriptor", COL_COUNT, D, NULL, NULL},
	{"KIND", "kind", "Kind", "what it is: file, pipe, tcp, eventfd, ...", COL_STRING, D, NULL,
	 NULL},
	{"MODE", "mode", "Mode", "access mode: r, w, rw", COL_STRING, D, NULL, NULL},
	{"CLOEXEC", "cloexec", "Close on exec", "whether exec closes it", COL_BOOL, D, NULL, NULL},
	{"FLAGS", "flags", "Flags", "status flags of the open file description", COL_GET_ARRAY, D,
	 cell__get_flags, NULL},
	{"OFFSET", "offset", "Offset", "file offset", COL_COUNT, 0, NULL, NULL},
	{"OFD", "ofd", "Description", "open file description; the same for all who share it",
	 COL_STRING, D, NULL, NULL},
	{"REFS", "refs", "References", "references to the open file description", COL_COUNT, D,
	 NULL, NULL},
	{"SHARED", "shared_with", "Shared with", "other processes that hold it, PID:FD",
	 COL_GET_ARRAY, D | C | COL_ONE, cell__get_shared, NULL},
	{"SHARED-PROCS", "shared_with", "Shared with", "the same with names, PID/COMM:FD",
	 COL_GET_ARRAY, C | COL_ONE, cell__get_shared_procs, NULL},
	{"DEV", "dev", "Device", "device of the inode, MAJOR:MINOR", COL_STRING, 0, NULL, NULL},
	{"INODE", "inode", "Inode", "inode number", COL_COUNT, D, NULL, NULL},
	{"AGE", "opened_ns", "Opened", "how long ago it was opened", COL_TIME, 0, NULL, NULL},
	{"ERROR", "error", "Error", "why the row is incomplete", COL_STRING, 0, NULL, NULL},
	{"PEERS", "detail.peers", "Peers", "descriptors at the other end, PID:COMM:FD",
	 COL_GET_ARRAY, C, cell__get_peers, NULL},
	{"LOCKS", "locks", "Locks", "locks held, TYPE-MODE, and how many wait for each",
	 COL_GET_ARRAY, C, cell__get_locks, NULL},
	{"DETAIL-ERROR", "detail_error", "Not told", "why a part of the summary is missing",
	 COL_STRING, C, NULL, NULL},
	{"SUMMARY", "summary", "Summary",
	 "addresses, peers, watches, ...: what that kind of descriptor tells", COL_STRING, D | C,
	 NULL, NULL},
	{"NAME", "name", "Name", "path or name; in brackets why there is none", COL_GET_STRING,
	 D | C, cell__get_name, NULL},
};

static const struct column holder_columns[] = {
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"TID", "tid", "Thread", "thread whose files table it is in", COL_COUNT, 0, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
	{"FD", "fd", "Descriptor", "number of the descriptor", COL_COUNT, D, NULL, NULL},
	{"KIND", "kind", "Kind", "what it is: file, pipe, tcp, eventfd, ...", COL_STRING, D, NULL,
	 NULL},
	{"MODE", "mode", "Mode", "access mode: r, w, rw", COL_STRING, D, NULL, NULL},
	{"FLAGS", "flags", "Flags", "status flags of the open file description", COL_GET_ARRAY, 0,
	 cell__get_flags, NULL},
	{"OFD", "ofd", "Description", "open file description; the same for all who share it",
	 COL_STRING, D, NULL, NULL},
	{"REFS", "refs", "References", "references to the open file description", COL_COUNT, D,
	 NULL, NULL},
	{"SHARES", "shares_ofd", "Shares",
	 "whether another row has the same description, not merely the same inode", COL_BOOL, D,
	 NULL, NULL},
	{"GROUP", "ofd_group", "Group", "number of the description within the answer", COL_COUNT, 0,
	 NULL, NULL},
	{"DEV", "dev", "Device", "device of the inode, MAJOR:MINOR", COL_STRING, 0, NULL, NULL},
	{"INODE", "inode", "Inode", "inode number", COL_COUNT, 0, NULL, NULL},
	{"SIZE", "size", "Size", "size of the file", COL_BYTES, 0, NULL, NULL},
	{"DISK", "disk_bytes", "On disk", "what a file without a name keeps from being freed",
	 COL_BYTES, D, NULL, NULL},
	{"LOCAL", "local_port", "Local port", "local port of an inet socket", COL_COUNT, D, NULL,
	 NULL},
	{"REMOTE", "remote_port", "Remote port", "port of its other end", COL_COUNT, D, NULL, NULL},
	{"UNIT", "unit", "Unit", "systemd unit", COL_STRING, C, NULL, NULL},
	{"EXE", "exe", "Executable", "path of the program", COL_STRING, C, NULL, NULL},
	{"ERROR", "error", "Error", "why the row is incomplete", COL_STRING, 0, NULL, NULL},
	{"NAME", "name", "Name", "path or name; in brackets why there is none", COL_GET_STRING,
	 D | C, cell__get_name, NULL},
};

static const struct column system_columns[] = {
	{"FILE-NR", "file_nr", "Open file descriptions", "open file descriptions of the host",
	 COL_COUNT, D, NULL, NULL},
	{"FILE-MAX", "file_max", "File-max", "how many the kernel allows (fs.file-max)", COL_LIMIT,
	 D, NULL, NULL},
	{"USED", "file_nr", "Used", "part of file-max in use", COL_GET_INT, D, cell__get_file_ratio,
	 NULL},
	{"NR-OPEN", "nr_open", "Highest possible limit", "highest hard limit (fs.nr_open)",
	 COL_COUNT, D, NULL, NULL},
	{"PROCESSES", "processes", "Processes", "number of processes", COL_COUNT, D, NULL, NULL},
	{"THREADS", "threads", "Threads", "number of threads", COL_COUNT, D, NULL, NULL},
	{"TABLES", "tables", "Files tables", "number of files tables", COL_COUNT, D, NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors in all tables", COL_COUNT, D, NULL,
	 NULL},
	{"INSTALLED", "installed", "Installed", "of these, those that hold a file", COL_COUNT, D,
	 NULL, NULL},
	{"OFDS", "ofds", "Seen in tables", "distinct open file descriptions in all tables",
	 COL_COUNT, D, NULL, NULL},
	{"UNATTRIBUTED", "unattributed", "Unattributed",
	 "open file descriptions without a descriptor (mapped, in flight, in the kernel)",
	 COL_COUNT, D, NULL, NULL},
	{"OPENS", "opens", "Opens", "descriptors made since the daemon began, as its passes met it",
	 COL_COUNT, D, NULL, NULL},
	{"CLOSES", "closes", "Closes", "descriptors closed since then, likewise", COL_COUNT, D,
	 NULL, NULL},
	{"WORST", "worst", "Nearest to its limit", "process nearest to its soft limit",
	 COL_GET_OBJECT, D, cell__get_worst, NULL},
	{"MAX-INSTANCES", "user_limits.inotify_instances", "Inotify instances per user",
	 "inotify instances that a user may have", COL_LIMIT, D, NULL, NULL},
	{"MAX-WATCHES", "user_limits.inotify_watches", "Inotify watches per user",
	 "inotify watches that a user may have", COL_LIMIT, D, NULL, NULL},
	{"MAX-EPOLL", "user_limits.epoll_watches", "Epoll watches per user",
	 "descriptors that a user may watch with epoll", COL_LIMIT, D, NULL, NULL},
	{"MAX-PIPE-PAGES", "user_limits.pipe_pages", "Pipe pages per user",
	 "pages that a user's pipes may hold before new ones are small", COL_LIMIT, D, NULL, NULL},
	{"USERS", "users", "Users", "what users have of what is limited per user", COL_ROWS, D,
	 NULL, &columns__user_use},
};

static const struct column user_use_columns[] = {
	{"USER", "user", "User", "name, or the number", COL_STRING, D, NULL, NULL},
	{"UID", "uid", "User id", "number of the user", COL_COUNT, 0, NULL, NULL},
	{"INSTANCES", "inotify_instances", "Inotify instances", "inotify instances", COL_COUNT, D,
	 NULL, NULL},
	{"WATCHES", "inotify_watches", "Inotify watches", "inotify watches", COL_COUNT, D, NULL,
	 NULL},
	{"EPOLL", "epoll_watches", "Epoll watches", "descriptors watched with epoll", COL_COUNT, D,
	 NULL, NULL},
	{"PIPE-PAGES", "pipe_pages", "Pipe pages", "pages that pipes may hold", COL_COUNT, D, NULL,
	 NULL},
	{"USED", "used_ratio", "Used", "part of the nearest limit in use", COL_RATIO, D, NULL,
	 NULL},
};

static const struct column status_columns[] = {
	{"VERSION", "version", "Version", "version of the daemon", COL_STRING, D, NULL, NULL},
	{"TIER", "tier", "Tier", "way of counting in use", COL_STRING, D, NULL, NULL},
	{"NOTE", "tier_note", "Note", "what this tier costs or misses", COL_STRING, D, NULL, NULL},
	{"KERNEL", "kernel", "Kernel", "kernel release", COL_STRING, D, NULL, NULL},
	{"SOCKET", "socket", "Socket", "path of the socket", COL_STRING, D, NULL, NULL},
	{"UPTIME", "uptime_ns", "Uptime", "how long the daemon has run", COL_NS, D, NULL, NULL},
	{"DRIFT", "drift_fds", "Drift", "descriptors that the counters had wrong, repaired",
	 COL_COUNT, D, NULL, NULL},
	{"CORRECTED", "corrected_fds", "Corrected",
	 "descriptors set right where the tier cannot count", COL_COUNT, D, NULL, NULL},
	{"LOST", "lost_records", "Lost records", "records that found no room in the ring buffer",
	 COL_COUNT, D, NULL, NULL},
	{"MISSED", "missed_updates", "Missed updates",
	 "hooks that the kernel skipped, or that found no room", COL_COUNT, D, NULL, NULL},
	{"UNTRACKED", "untracked_tables", "Untracked tables",
	 "files tables without counters (max-tables)", COL_COUNT, D, NULL, NULL},
	{"SNAPSHOT-AGE", "snapshot.age_ns", "Snapshot age", "age of the last truth pass", COL_NS, D,
	 NULL, NULL},
	{"SNAPSHOT-COST", "snapshot.cost_ns", "Snapshot cost", "time that pass took", COL_NS, D,
	 NULL, NULL},
	{"STALENESS", "snapshot.max_staleness_ns", "Max. staleness",
	 "oldest pass that answers a query", COL_NS, D, NULL, NULL},
	{"PASSES", "snapshot.passes", "Passes", "truth passes so far", COL_COUNT, D, NULL, NULL},
	{"PROCESSES", "snapshot.processes", "Processes", "processes in the last pass", COL_COUNT, D,
	 NULL, NULL},
	{"TABLES", "snapshot.tables", "Files tables", "files tables in the last pass", COL_COUNT, D,
	 NULL, NULL},
	{"RSS", "rss_bytes", "Memory", "memory of the daemon", COL_BYTES, D, NULL, NULL},
	{"CPU", "cpu_ns", "CPU time", "processor time of the daemon", COL_NS, D, NULL, NULL},
	{"FDS", "open_fds", "Descriptors", "descriptors of the daemon", COL_COUNT, D, NULL, NULL},
	{"CLIENTS", "clients", "Clients", "connections now", COL_COUNT, D, NULL, NULL},
	{"REFUSED", "refused_clients", "Refused clients", "connections refused so far", COL_COUNT,
	 D, NULL, NULL},
	{"ALERTS-CRITICAL", "alerts.critical", "Critical alerts", "critical alerts that go on",
	 COL_COUNT, D, NULL, NULL},
	{"ALERTS-WARN", "alerts.warn", "Warnings", "other alerts that go on", COL_COUNT, D, NULL,
	 NULL},
	{"HOOKS", "alerts.hooks.started", "Hooks", "hooks started so far", COL_COUNT, D, NULL,
	 NULL},
	{"HOOKS-FAILED", "alerts.hooks.failed", "Failed hooks",
	 "hooks that could not be started or ended badly", COL_COUNT, D, NULL, NULL},
	{"HOOKS-DROPPED", "alerts.hooks.dropped", "Dropped hooks",
	 "hooks that were too many at a time", COL_COUNT, D, NULL, NULL},
	{"ARCHIVE", "alerts.archive.state", "Archive", "ok, off or unavailable", COL_STRING, D,
	 NULL, NULL},
	{"ARCHIVE-WHY", "alerts.archive.why", "Archive, why", "why it is unavailable", COL_STRING,
	 0, NULL, NULL},
	{"ARCHIVE-SIZE", "alerts.archive.bytes", "Archive size", "its size on disk", COL_BYTES, 0,
	 NULL, NULL},
	{"TIERS", "tiers", "Tiers", "each tier, and why it is or is not in use", COL_ROWS, D, NULL,
	 &columns__tier},
	{"FEATURES", "features", "Features", "each feature of the kernel that matters", COL_ROWS, D,
	 NULL, &columns__feature},
	{"HAZARDS", "hazards", "Hazards", "each kind of hazard, and why it is not watched for",
	 COL_ROWS, D, NULL, &columns__trap},
	{"PROGRAMS", "programs", "Programs", "each BPF program of the tier", COL_ROWS, D, NULL,
	 &columns__program},
};

static const struct column tier_columns[] = {
	{"TIER", "name", "Tier", "name", COL_STRING, D, NULL, NULL},
	{"STATE", "state", "State", "active, passed over, failed or untried", COL_STRING, D, NULL,
	 NULL},
	{"WHY", "why", "Why", "reason", COL_STRING, D, NULL, NULL},
};

static const struct column feature_columns[] = {
	{"FEATURE", "name", "Feature", "name", COL_STRING, D, NULL, NULL},
	{"AVAILABLE", "available", "Available", "whether this kernel has it", COL_GET_BOOL, D,
	 cell__get_available, NULL},
	{"WHY", "why", "Why", "reason, or what it gives", COL_STRING, D, NULL, NULL},
};

static const struct column trap_columns[] = {
	{"HAZARD", "name", "Hazard", "name", COL_STRING, D, NULL, NULL},
	{"WATCHED", "available", "Watched for", "whether it is watched for", COL_GET_BOOL, D,
	 cell__get_available, NULL},
	{"WHY", "why", "Why", "why not", COL_STRING, D, NULL, NULL},
};

static const struct column program_columns[] = {
	{"PROGRAM", "program", "Program", "name", COL_STRING, D, NULL, NULL},
	{"ATTACH", "attach", "Attach", "way of attaching: fentry, kprobe, tp_btf, iter and so on",
	 COL_STRING, D, NULL, NULL},
	{"FUNCTION", "function", "Function", "kernel function or tracepoint", COL_STRING, D, NULL,
	 NULL},
	{"ATTACHED", "attached", "Attached", "now; some are only near the limit they tell of",
	 COL_GET_BOOL, D, cell__get_attached, NULL},
	{"MISSED", "missed", "Missed", "times the kernel skipped it", COL_COUNT, D, NULL, NULL},
	{"INSNS", "verified_insns", "Verified", "instructions that the verifier went through",
	 COL_COUNT, 0, NULL, NULL},
};

static const struct column event_columns[] = {
	{"TIME", "time_ns", "Time", "time of day", COL_CLOCK, D, NULL, NULL},
	{"TYPE", "type", "Type",
	 "level, failure, limit, drift, resync, hazard, alert, fork, exec or exit", COL_STRING, D,
	 NULL, NULL},
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors at that moment", COL_COUNT, 0, NULL,
	 NULL},
	{"SOFT", "soft_limit", "Soft limit", "soft limit at that moment", COL_LIMIT, 0, NULL, NULL},
	{"CAUSE", "cause", "Cause", "limit that a refused call met", COL_STRING, 0, NULL, NULL},
	{"EXE", "exe", "Executable", "program of a failed call", COL_STRING, C, NULL, NULL},
	{"UNIT", "unit", "Unit", "systemd unit of a failed call", COL_STRING, 0, NULL, NULL},
	{"STACK-ID", "stack_id", "Stack id", "the same for the same calls", COL_STRING, 0, NULL,
	 NULL},
	{"STACK", "stack", "Stack", "calls that led to a refusal, innermost first", COL_GET_ARRAY,
	 0, cell__get_stack, NULL},
	{"WHAT", NULL, "What", "what happened", COL_GET_STRING, D, cell__get_what, NULL},
};

static const struct column point_columns[] = {
	{"TIME", "time_s", "Time", "when it begins", COL_DATE, D, NULL, NULL},
	{"STEP", "step_s", "Step", "how long it is", COL_SECONDS, D, NULL, NULL},
	{"MIN", "min", "Least", "the least that was seen in it", COL_COUNT, D, NULL, NULL},
	{"MAX", "max", "Most", "the most", COL_COUNT, D, NULL, NULL},
};

static const struct column hazard_columns[] = {
	{"TIME", "time_ns", "Time", "time of day of the last one", COL_CLOCK, D, NULL, NULL},
	{"FIRST", "first_ns", "First", "time of day of the first one", COL_CLOCK, 0, NULL, NULL},
	{"HAZARD", "kind", "Hazard", "the trap", COL_STRING, D, NULL, NULL},
	{"SEVERITY", "severity", "Severity", "warn or critical", COL_STRING, 0, NULL, NULL},
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
	{"UID", "uid", "Uid", "effective user id", COL_COUNT, 0, NULL, NULL},
	{"EXE", "exe", "Executable", "its program", COL_STRING, C, NULL, NULL},
	{"COUNT", "count", "Count", "how often", COL_COUNT, D, NULL, NULL},
	{"FD", "fd", "Fd", "descriptor that it is about", COL_COUNT, 0, NULL, NULL},
	{"TARGET-FD", "target_fd", "Target fd", "descriptor that is watched", COL_COUNT, 0, NULL,
	 NULL},
	{"OP", "op", "Operation", "what was done", COL_STRING, 0, NULL, NULL},
	{"OFD", "ofd", "Open file", "open file description", COL_STRING, 0, NULL, NULL},
	{"DEV", "dev", "Device", "device of the file", COL_STRING, 0, NULL, NULL},
	{"INODE", "inode", "Inode", "inode of the file", COL_COUNT, 0, NULL, NULL},
	{"NAME", "name", "Name", "name of the file", COL_STRING, C, NULL, NULL},
	{"BYTES", "bytes", "Bytes", "bytes lost, or held", COL_BYTES, 0, NULL, NULL},
	{"OTHER", "other_pid", "Other process", "the other process that is part of it", COL_COUNT,
	 0, NULL, NULL},
	{"OTHER-COMM", "other_comm", "Other command", "its name", COL_STRING, 0, NULL, NULL},
	{"CONTENDED", "contended", "Contended", "another process held or waited for the lock",
	 COL_BOOL, 0, NULL, NULL},
	{"STACK-ID", "stack_id", "Stack id", "the same for the same calls", COL_STRING, 0, NULL,
	 NULL},
	{"STACK", "stack", "Stack", "calls that led there, innermost first", COL_GET_ARRAY, 0,
	 cell__get_stack, NULL},
	{"WHAT", "summary", "What", "what happened", COL_STRING, D | C, NULL, NULL},
};

static const struct column failure_columns[] = {
	{"TIME", "time_ns", "Time", "time of day of the last one", COL_CLOCK, D, NULL, NULL},
	{"FIRST", "first_ns", "First", "time of day of the first one", COL_CLOCK, 0, NULL, NULL},
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
	{"UID", "uid", "Uid", "effective user id", COL_COUNT, 0, NULL, NULL},
	{"ERROR", "error", "Error", "EMFILE and its kin", COL_STRING, D, NULL, NULL},
	{"CAUSE", "cause", "Cause", "limit that the call met", COL_STRING, D, NULL, NULL},
	{"SYSCALL", "syscall", "Call", "system call", COL_STRING, D, NULL, NULL},
	{"COUNT", "count", "Count", "how often, from the same place", COL_COUNT, D, NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors at the last one", COL_COUNT, D, NULL,
	 NULL},
	{"SOFT", "soft_limit", "Soft limit", "soft limit at the last one", COL_LIMIT, D, NULL,
	 NULL},
	{"STACK-ID", "stack_id", "Stack id", "the same for the same calls", COL_STRING, 0, NULL,
	 NULL},
	{"WHERE", "stack", "Where", "innermost call", COL_GET_STRING, D, cell__get_where, NULL},
	{"STACK", "stack", "Stack", "calls that led there, innermost first", COL_GET_ARRAY, 0,
	 cell__get_stack, NULL},
};

/* One table for the list and for the sheet of one, where more is known. */
static const struct column incident_columns[] = {
	{"ID", "id", "Incident", "number of the incident", COL_COUNT, DS, NULL, NULL},
	{"TIME", "time", "Began", "when it began, UTC", COL_STRING, DS, NULL, NULL},
	{"CLEARED", "cleared_time", "Cleared", "when it ended", COL_STRING, S, NULL, NULL},
	{"CLEARED-WHY", "cleared_why", "Why", "why it ended", COL_STRING, S, NULL, NULL},
	{"STATE", "state", "State", "firing or cleared", COL_STRING, DS, NULL, NULL},
	{"SEVERITY", "severity", "Severity", "warn or critical", COL_STRING, DS, NULL, NULL},
	{"KIND", "kind", "Kind", "what the rule looks at", COL_STRING, S, NULL, NULL},
	{"RULE", "rule", "Rule", "rule that alarmed", COL_STRING, DS, NULL, NULL},
	{"HAZARD", "hazard", "Hazard", "trap, of kind hazard", COL_STRING, S, NULL, NULL},
	{"PID", "pid", "Process", "process id", COL_COUNT, DS, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, DS, NULL, NULL},
	{"USER", "user", "User", "user", COL_STRING, S, NULL, NULL},
	{"UNIT", "unit", "Unit", "systemd unit", COL_STRING, S | C, NULL, NULL},
	{"CGROUP", "cgroup", "Cgroup", "control group", COL_STRING, S | C, NULL, NULL},
	{"EXE", "exe", "Executable", "path of the program", COL_STRING, S | C, NULL, NULL},
	{"ALLOCATED", "allocated", "Allocated", "descriptors then", COL_COUNT, S, NULL, NULL},
	{"SOFT", "soft_limit", "Soft limit", "soft limit then", COL_COUNT, S, NULL, NULL},
	{"HARD", "hard_limit", "Hard limit", "hard limit then", COL_COUNT, S, NULL, NULL},
	{"ALERTS", "alerts", "Alerts", "of a storm: how many it stands for", COL_COUNT, S, NULL,
	 NULL},
	{"MESSAGE", "message", "Message", "what was told last", COL_STRING, DS | C, NULL, NULL},
	{"KINDS", "black_box", "Kinds", "descriptors of each kind, in the black box",
	 COL_GET_OBJECT, O, cell__get_box_kinds, NULL},
	{"NAMED", "black_box.named", "Named", "descriptors whose names were looked at", COL_COUNT,
	 O, NULL, NULL},
	{"BOX-WHY", "black_box.why", "Not looked at", "why there was no look at the descriptors",
	 COL_STRING, O, NULL, NULL},
	{"TARGETS", "black_box.targets", "Targets", "what most of them were open on", COL_ROWS, O,
	 NULL, &columns__target},
	{"DIRECTORIES", "black_box.directories", "Directories", "where most of them lay", COL_ROWS,
	 O, NULL, &columns__folder},
	{"SHARED-WITH", "black_box.shared_with", "Shared with",
	 "processes that held the same open file descriptions", COL_ROWS, O, NULL,
	 &columns__sharer},
	{"REFUSALS", "black_box.failures", "Refused calls", "its calls that were refused", COL_ROWS,
	 O, NULL, &columns__refusal},
	{"MEMBERS", "members", "Members", "of a storm: the first of its alerts", COL_ROWS, O, NULL,
	 &columns__member},
};

static const struct column target_columns[] = {
	{"COUNT", "count", "Count", "descriptors", COL_COUNT, D, NULL, NULL},
	{"TARGET", "target", "Target", "path, or kind where each is another", COL_STRING, D, NULL,
	 NULL},
};

static const struct column folder_columns[] = {
	{"COUNT", "count", "Count", "descriptors", COL_COUNT, D, NULL, NULL},
	{"DIRECTORY", "directory", "Directory", "path", COL_STRING, D, NULL, NULL},
};

static const struct column sharer_columns[] = {
	{"COUNT", "count", "Count", "descriptors", COL_COUNT, D, NULL, NULL},
	{"PROCESS", "process", "Process", "name and process id", COL_STRING, D, NULL, NULL},
};

static const struct column refusal_columns[] = {
	{"TIME", "time_ns", "Time", "time of day of the last one", COL_CLOCK, D, NULL, NULL},
	{"COUNT", "count", "Count", "how often", COL_COUNT, D, NULL, NULL},
	{"ERROR", "error", "Error", "EMFILE and its kin", COL_STRING, D, NULL, NULL},
	{"CAUSE", "cause", "Cause", "limit that the call met", COL_STRING, D, NULL, NULL},
	{"SYSCALL", "syscall", "Call", "system call", COL_STRING, D, NULL, NULL},
	{"STACK", "stack", "Stack", "calls that led there, innermost first", COL_GET_ARRAY, D,
	 cell__get_stack, NULL},
};

static const struct column member_columns[] = {
	{"PID", "pid", "Process", "process id", COL_COUNT, D, NULL, NULL},
	{"COMM", "comm", "Command", "name of the process", COL_STRING, D, NULL, NULL},
};

#define SET(id, text, dflt, omit)                                                                  \
	const struct column_set columns__##id = {                                                  \
		text, id##_columns, sizeof(id##_columns) / sizeof(id##_columns[0]), dflt, omit}

SET(process, "process", COL_DEFAULT, COL_SHEET);
SET(user, "user of a files table", COL_DEFAULT, 0);
SET(group, "group", COL_DEFAULT, 0);
SET(file, "descriptor", COL_DEFAULT, COL_HOST);
SET(holder, "holder", COL_DEFAULT, 0);
SET(system, "system", COL_DEFAULT, 0);
SET(user_use, "use of a user", COL_DEFAULT, 0);
SET(status, "status", COL_DEFAULT, 0);
SET(tier, "tier", COL_DEFAULT, 0);
SET(feature, "feature", COL_DEFAULT, 0);
SET(trap, "kind of hazard", COL_DEFAULT, 0);
SET(program, "program", COL_DEFAULT, 0);
SET(event, "event", COL_DEFAULT, 0);
SET(failure, "refused call", COL_DEFAULT, 0);
SET(hazard, "hazard", COL_DEFAULT, 0);
SET(incident, "incident", COL_DEFAULT, COL_SHEET);
SET(target, "target", COL_DEFAULT, 0);
SET(folder, "directory", COL_DEFAULT, 0);
SET(sharer, "sharing process", COL_DEFAULT, 0);
SET(refusal, "refused call of an incident", COL_DEFAULT, 0);
SET(member, "alert of a storm", COL_DEFAULT, 0);
SET(point, "point of a history", COL_DEFAULT, 0);

const struct column_set columns__host_file = {"descriptor of the host", file_columns,
					      sizeof(file_columns) / sizeof(file_columns[0]),
					      COL_DEFAULT | COL_HOST, COL_ONE};

const struct column_set columns__case = {"sheet of an incident", incident_columns,
					 sizeof(incident_columns) / sizeof(incident_columns[0]),
					 COL_IN_SHEET, 0};

const struct column_set columns__sheet = {"sheet", process_columns,
					  sizeof(process_columns) / sizeof(process_columns[0]),
					  COL_IN_SHEET, 0};

const struct column_set *const columns__sets[] = {
	&columns__process,  &columns__group,
	&columns__sheet,    &columns__user,
	&columns__file,	    &columns__host_file,
	&columns__holder,   &columns__system,
	&columns__status,   &columns__tier,
	&columns__feature,  &columns__trap,
	&columns__program,  &columns__event,
	&columns__user_use, &columns__failure,
	&columns__hazard,   &columns__incident,
	&columns__case,	    &columns__target,
	&columns__folder,   &columns__sharer,
	&columns__refusal,  &columns__member,
	&columns__point,    NULL,
};

bool columns__offers(const struct column_set *set, size_t i)
{
	return !(set->columns[i].flags & set->omit);
}

const struct column *columns__find(const struct column_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < set->cnt; i++) {
		const struct column *col = &set->columns[i];

		if (columns__offers(set, i) && strlen(col->name) == len &&
		    !strncasecmp(col->name, name, len))
			return col;
	}
	return NULL;
}

void columns__default(const struct column_set *set, struct column_list *ret_list)
{
	ret_list->cnt = 0;
	for (size_t i = 0; i < set->cnt && ret_list->cnt < COLUMN_LIST_MAX; i++)
		if (columns__offers(set, i) && (set->columns[i].flags & set->dflt))
			ret_list->col[ret_list->cnt++] = &set->columns[i];
}

int columns__parse(const struct column_set *set, const char *spec, struct column_list *ret_list,
		   const char **ret_bad, size_t *ret_bad_len)
{
	struct column_list list = {};

	if (*spec == '+') {
		columns__default(set, &list);
		spec++;
	}
	for (;;) {
		size_t len = strcspn(spec, ",");
		const struct column *col = columns__find(set, spec, len);

		if (!col) {
			*ret_bad = spec;
			*ret_bad_len = len;
			return -EINVAL;
		}
		if (list.cnt == COLUMN_LIST_MAX)
			return -E2BIG;
		list.col[list.cnt++] = col;
		if (!spec[len])
			break;
		spec += len + 1;
	}
	*ret_list = list;
	return 0;
}

void columns__add_names(const struct column_set *set, struct text *out)
{
	const char *comma = "";

	for (size_t i = 0; i < set->cnt; i++) {
		if (!columns__offers(set, i))
			continue;
		text__addf(out, "%s%s", comma, set->columns[i].name);
		comma = ", ";
	}
}

static const struct {
	const char *json;
	bool right;
} types[] = {
	[COL_STRING] = {"string", false},     [COL_COUNT] = {"integer", true},
	[COL_LIMIT] = {"integer", true},      [COL_RATIO] = {"number", true},
	[COL_RATE] = {"number", true},	      [COL_SECONDS] = {"number", true},
	[COL_NS] = {"integer", true},	      [COL_TIME] = {"integer", true},
	[COL_CLOCK] = {"integer", false},     [COL_DATE] = {"integer", false},
	[COL_BYTES] = {"integer", true},      [COL_BOOL] = {"boolean", false},
	[COL_GET_STRING] = {"string", false}, [COL_GET_INT] = {"integer", true},
	[COL_GET_BOOL] = {"boolean", false},  [COL_GET_ARRAY] = {"array", false},
	[COL_GET_OBJECT] = {"object", false}, [COL_ROWS] = {"array", false},
};

const char *column__json_type(const struct column *col)
{
	return types[col->type].json;
}

bool column__is_right(const struct column *col)
{
	return types[col->type].right && !(col->flags & COL_LEFT);
}
