/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vocabulary of the answers: kinds of descriptor and types of event, each list written once
 * as an X-macro that gives both the enum and the name clients see.
 */
#ifndef FDSCOPE_KINDS_H
#define FDSCOPE_KINDS_H

/*
 * X(id, name, anon): `anon` is the name the kernel gives the anonymous inode of that kind
 * (dentry name; "anon_inode:" and it is what /proc/PID/fd shows), NULL where the inode's mode or
 * the socket's family decides.
 */
#define FDS_KINDS(X)                                                                               \
	X(UNKNOWN, "unknown", NULL)                                                                \
	X(FILE, "file", NULL)                                                                      \
	X(DIR, "dir", NULL)                                                                        \
	X(CHAR, "char", NULL)                                                                      \
	X(BLOCK, "block", NULL)                                                                    \
	X(SYMLINK, "symlink", NULL)                                                                \
	X(PIPE, "pipe", NULL)                                                                      \
	X(FIFO, "fifo", NULL)                                                                      \
	X(MEMFD, "memfd", NULL)                                                                    \
	X(SOCKET, "socket", NULL)                                                                  \
	X(UNIX, "unix", NULL)                                                                      \
	X(TCP, "tcp", NULL)                                                                        \
	X(UDP, "udp", NULL)                                                                        \
	X(INET, "inet", NULL)                                                                      \
	X(NETLINK, "netlink", NULL)                                                                \
	X(PACKET, "packet", NULL)                                                                  \
	X(EVENTFD, "eventfd", "[eventfd]")                                                         \
	X(EPOLL, "epoll", "[eventpoll]")                                                           \
	X(TIMERFD, "timerfd", "[timerfd]")                                                         \
	X(SIGNALFD, "signalfd", "[signalfd]")                                                      \
	X(INOTIFY, "inotify", "inotify")                                                           \
	X(FANOTIFY, "fanotify", "[fanotify]")                                                      \
	X(PIDFD, "pidfd", "[pidfd]")                                                               \
	X(IO_URING, "io_uring", "[io_uring]")                                                      \
	X(USERFAULTFD, "userfaultfd", "[userfaultfd]")                                             \
	X(PERF, "perf", "[perf_event]")                                                            \
	X(BPF_MAP, "bpf-map", "bpf-map")                                                           \
	X(BPF_PROG, "bpf-prog", "bpf-prog")                                                        \
	X(BPF_LINK, "bpf-link", "bpf_link")                                                        \
	X(BPF_ITER, "bpf-iter", "bpf_iter")                                                        \
	X(BTF, "btf", "btf")                                                                       \
	X(SECCOMP, "seccomp", "seccomp notify")                                                    \
	X(NS, "ns", NULL)                                                                          \
	X(ANON, "anon", NULL)

enum fds_kind {
#define X(id, name, anon) FDS_KIND_##id,
	FDS_KINDS(X)
#undef X
		FDS_KIND_CNT
};

/* X(id, name): the limit that a failed call met. */
#define FDS_CAUSES(X)                                                                              \
	X(UNKNOWN, "unknown")                                                                      \
	X(NOFILE, "nofile")	/* RLIMIT_NOFILE of the process */                                 \
	X(FILE_MAX, "file-max") /* the host's fs.file-max */                                       \
	X(INOTIFY_INSTANCES, "inotify-instances")                                                  \
	X(INOTIFY_WATCHES, "inotify-watches")                                                      \
	X(FANOTIFY_GROUPS, "fanotify-groups")                                                      \
	X(FANOTIFY_MARKS, "fanotify-marks")                                                        \
	X(EPOLL_WATCHES, "epoll-watches")                                                          \
	X(PIPE_PAGES, "pipe-pages")

enum fds_cause {
#define X(id, name) FDS_CAUSE_##id,
	FDS_CAUSES(X)
#undef X
		FDS_CAUSE_CNT
};

/*
 * X(id, name, severity, what): traps that a program steps into; `severity` of the finding (enum
 * fds_severity), and the trap in words.
 */
#define FDS_HAZARDS(X)                                                                             \
	X(EPOLL_FORK, "epoll-fork", WARN,                                                          \
	  "an epoll instance was changed from another process than the one that made it")          \
	X(EPOLL_STALE, "epoll-stale", WARN,                                                        \
	  "a closed descriptor stays registered in an epoll instance")                             \
	X(SELECT_1024, "select-1024", CRITICAL,                                                    \
	  "select() is used with descriptors of 1024 and more")                                    \
	X(EXEC_LEAK, "exec-leak", WARN, "descriptors crossed an exec")                             \
	X(DELETED_OPEN, "deleted-open", WARN, "a deleted file is held open and keeps its space")   \
	X(TRUNCATE_BEFORE_LOCK, "truncate-before-lock", CRITICAL,                                  \
	  "a file was emptied by open before it was locked")                                       \
	X(NONBLOCK_SHARED, "nonblock-shared", WARN,                                                \
	  "O_NONBLOCK was changed on an open file description that others share")                  \
	X(LIMIT_EXCESSIVE, "limit-excessive", WARN,                                                \
	  "numbers that are not open are closed one by one up to a high limit")

enum fds_hazard_kind {
#define X(id, name, severity, what) FDS_HAZARD_##id,
	FDS_HAZARDS(X)
#undef X
		FDS_HAZARD_CNT
};

/* X(id, name): what one user may have only so many of, whatever number of processes. */
#define FDS_USER_LIMITS(X)                                                                         \
	X(INOTIFY_INSTANCES, "inotify_instances") /* fs.inotify.max_user_instances */              \
	X(INOTIFY_WATCHES, "inotify_watches")	  /* fs.inotify.max_user_watches */                \
	X(EPOLL_WATCHES, "epoll_watches")	  /* fs.epoll.max_user_watches */                  \
	X(PIPE_PAGES, "pipe_pages")		  /* fs.pipe-user-pages-soft; whole pages */

enum fds_user_limit {
#define X(id, name) FDS_USER_##id,
	FDS_USER_LIMITS(X)
#undef X
		FDS_USER_LIMIT_CNT
};

/* X(id, name, by default): the types of line that /v1/events streams. */
#define FDS_NEWS(X)                                                                                \
	X(LEVEL, "level", 1)	 /* used ratio crossed a level, up or down */                      \
	X(FAILURE, "failure", 1) /* a call was refused for want of a descriptor */                 \
	X(LIMIT, "limit", 1)	 /* RLIMIT_NOFILE changed */                                       \
	X(DRIFT, "drift", 1)	 /* a counter was found wrong and repaired */                      \
	X(RESYNC, "resync", 1)	 /* something was missed; a truth pass followed */                 \
	X(HAZARD, "hazard", 1)	 /* a program stepped into a trap */                               \
	X(ALERT, "alert", 1)	 /* a rule fired, escalated, eased or cleared */                   \
	X(FORK, "fork", 0)                                                                         \
	X(EXEC, "exec", 0)                                                                         \
	X(EXIT, "exit", 0)

enum fds_news {
#define X(id, name, dflt) FDS_NEWS_##id,
	FDS_NEWS(X)
#undef X
		FDS_NEWS_CNT
};

/*
 * X(id, name, unit, subject, rising, what): what a rule of alerts looks at; `unit` of its
 * thresholds (enum rule_unit), `subject` that it is about (enum rule_subject), whether it is the
 * rising value that alarms, and the value in words.
 */
#define FDS_RULE_KINDS(X)                                                                          \
	X(USED, "used", PERCENT, PROCESS, 1, "descriptors in use, of the soft limit")              \
	X(HIGHEST, "highest", PERCENT, PROCESS, 1,                                                 \
	  "highest descriptor number while far fewer are in use, of the soft limit")               \
	X(FAILURE, "failure", COUNT, PROCESS, 1, "calls refused by a limit")                       \
	X(HAZARD, "hazard", COUNT, PROCESS, 1, "steps into traps")                                 \
	X(EXHAUSTION, "exhaustion", DURATION, PROCESS, 0,                                          \
	  "time to the soft limit at steady growth")                                               \
	X(LIMIT_EXCESSIVE, "limit-excessive", COUNT, PROCESS, 1, "soft limit")                     \
	X(FILE_NR, "file-nr", COUNT, HOST, 1, "open file descriptions of the host")                \
	X(FILE_NR_USED, "file-nr-used", PERCENT, HOST, 1,                                          \
	  "open file descriptions of the host, of file-max")                                       \
	X(FILE_NR_GROWTH, "file-nr-growth", COUNT, HOST, 1,                                        \
	  "steady growth of the host's open file descriptions, per hour")                          \
	X(FILE_NR_EXHAUSTION, "file-nr-exhaustion", DURATION, HOST, 0,                             \
	  "time to file-max at steady growth")                                                     \
	X(INOTIFY_INSTANCES, "inotify-instances", PERCENT, USER, 1,                                \
	  "inotify instances of a user, of the limit")                                             \
	X(INOTIFY_WATCHES, "inotify-watches", PERCENT, USER, 1,                                    \
	  "inotify watches of a user, of the limit")                                               \
	X(EPOLL_WATCHES, "epoll-watches", PERCENT, USER, 1,                                        \
	  "epoll watches of a user, of the limit")                                                 \
	X(PIPE_PAGES, "pipe-pages", PERCENT, USER, 1, "pipe pages of a user, of the soft limit")

enum fds_rule_kind {
#define X(id, name, unit, subject, rising, what) FDS_RULE_##id,
	FDS_RULE_KINDS(X)
#undef X
		FDS_RULE_CNT
};

/* X(id, name): what becomes of an alert, each time that it is told. */
#define FDS_ALERT_STEPS(X)                                                                         \
	X(FIRE, "fire")                                                                            \
	X(ESCALATE, "escalate") /* from warn to critical */                                        \
	X(EASE, "ease")		/* and back */                                                     \
	X(REPEAT, "repeat")	/* it still lasts */                                               \
	X(CLEAR, "clear")

enum alert_step {
#define X(id, name) ALERT_##id,
	FDS_ALERT_STEPS(X)
#undef X
		ALERT_STEP_CNT
};

/* X(id, name) */
#define FDS_SEVERITIES(X)                                                                          \
	X(NONE, "none")                                                                            \
	X(WARN, "warn")                                                                            \
	X(CRITICAL, "critical")

enum fds_severity {
#define X(id, name) FDS_SEVERITY_##id,
	FDS_SEVERITIES(X)
#undef X
		FDS_SEVERITY_CNT
};

#endif
