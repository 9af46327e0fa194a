/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon and its clients agree on: version, paths, resources, keys and limits.
 * The answers themselves are described in daemon/api/openapi.json.
 */
#ifndef FDSCOPE_API_H
#define FDSCOPE_API_H

#define FDS_VERSION "0.1.0"

#define FDS_SOCKET_PATH	 "/run/fdscope/fdscope.sock"
#define FDS_CONFIG_PATH	 "/etc/fdscope/fdscope.conf"
#define FDS_OFD_KEY_PATH "/run/fdscope/ofd.key" /* scrambles the identity of ofds; root only */
#define FDS_ARCHIVE_PATH "/var/lib/fdscope/archive.db"
#define FDS_GROUP	 "fdscope" /* its members may see every process, as root may */

#define FDS_API_STATUS	  "/v1/status"
#define FDS_API_PROCESSES "/v1/processes"
#define FDS_API_FILES	  "/v1/files"
#define FDS_API_WHO	  "/v1/who"
#define FDS_API_SYSTEM	  "/v1/system"
#define FDS_API_FAILURES  "/v1/failures"
#define FDS_API_HAZARDS	  "/v1/hazards"
#define FDS_API_INCIDENTS "/v1/incidents"
#define FDS_API_HISTORY	  "/v1/history"
#define FDS_API_EVENTS	  "/v1/events"
#define FDS_API_METRICS	  "/metrics"

/* What processes can be sorted by: X(id, name, needs a counting tier). */
#define FDS_SORT_KEYS(X)                                                                           \
	X(ALLOCATED, "allocated", 0)                                                               \
	X(USED, "used", 0)                                                                         \
	X(HIGHEST, "highest", 0)                                                                   \
	X(OPENS, "opens", 1)                                                                       \
	X(GROWTH, "growth", 0)                                                                     \
	X(EXHAUSTION, "exhaustion", 0)

/* What processes can be grouped by: X(id, name). */
#define FDS_GROUP_KEYS(X)                                                                          \
	X(PROCESS, "process")                                                                      \
	X(EXE, "exe")                                                                              \
	X(USER, "user")                                                                            \
	X(UNIT, "unit")                                                                            \
	X(CGROUP, "cgroup")                                                                        \
	X(CONTAINER, "container")

enum fds_sort_key {
#define X(id, name, counting) FDS_SORT_##id,
	FDS_SORT_KEYS(X)
#undef X
		FDS_SORT_CNT
};

enum fds_group_key {
#define X(id, name) FDS_BY_##id,
	FDS_GROUP_KEYS(X)
#undef X
		FDS_BY_CNT
};

#endif
