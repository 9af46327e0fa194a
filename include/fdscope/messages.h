/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's messages in the journal that programs may look for: their ids, and the fields that
 * come with them.  daemon/fdscope.catalog has a text for each id (journalctl -x).
 */
#ifndef FDSCOPE_MESSAGES_H
#define FDSCOPE_MESSAGES_H

/* X(id, MESSAGE_ID, subject in the catalog).  An id is never given another meaning. */
#define FDS_MESSAGES(X)                                                                            \
	X(ALERT_FIRED, "fcdd3d8059244fd9b976210228000f68", "A descriptor alert fires")             \
	X(ALERT_ESCALATED, "8a530eb0536841b1bfcb90e0ec323442", "A descriptor alert got worse")     \
	X(ALERT_CLEARED, "0927e58974fe476e907308f3ab8f4b8d", "A descriptor alert is over")         \
	X(STORM, "4521950f58444ad09324c954f9a64df7", "Descriptor alerts are summed up")            \
	X(HAZARD, "cdf9abeebd88486dbbc11e6f2a03711e", "A program stepped into a trap")             \
	X(LIMIT_RAISED, "88801b08c19c4a9dbcba06f8584a0383", "The limit of a process was raised")   \
	X(HOOK_FAILED, "1b19185826a34a34b88e7e03690895aa", "A hook failed")                        \
	X(ARCHIVE_TROUBLE, "d569102853384a0c9ab4333b6b2fdf8a", "The archive cannot be written")    \
	X(STARTED, "eabdc91abe554677829c5d78b4876c40", "Descriptors are being watched")

/*
 * X(id, field, what it holds).  A message has those that it can tell; the catalog's texts use no
 * others.  Numbers are decimal.
 */
#define FDS_MESSAGE_FIELDS(X)                                                                      \
	X(STEP, "FDSCOPE_STEP", "what became of the alert: fire, escalate, ease, repeat, clear")   \
	X(ID, "FDSCOPE_ID", "the incident")                                                        \
	X(RULE, "FDSCOPE_RULE", "the rule that alarms")                                            \
	X(TIME, "FDSCOPE_TIME", "when the alert began, RFC 3339")                                  \
	X(VALUE, "FDSCOPE_VALUE", "what the rule looks at: per cent, a number or seconds")         \
	X(THRESHOLD, "FDSCOPE_THRESHOLD", "from where on it alarms")                               \
	X(KIND, "FDSCOPE_KIND", "the alert's kind, or what kind of trouble it is")                 \
	X(SEVERITY, "FDSCOPE_SEVERITY", "the alert's severity")                                    \
	X(SUBJECT, "FDSCOPE_SUBJECT", "what it is about: COMM[PID], a unit, a user, the host")     \
	X(PID, "FDSCOPE_PID", "the process")                                                       \
	X(COMM, "FDSCOPE_COMM", "its name")                                                        \
	X(EXE, "FDSCOPE_EXE", "the path of its program")                                           \
	X(UID, "FDSCOPE_UID", "its user")                                                          \
	X(USER, "FDSCOPE_USER", "the same by name")                                                \
	X(UNIT, "FDSCOPE_UNIT", "its systemd unit")                                                \
	X(CGROUP, "FDSCOPE_CGROUP", "its control group")                                           \
	X(ALLOCATED, "FDSCOPE_ALLOCATED", "descriptors it has taken")                              \
	X(SOFT_LIMIT, "FDSCOPE_SOFT_LIMIT", "its soft limit; of LIMIT_RAISED: the new one")        \
	X(HARD_LIMIT, "FDSCOPE_HARD_LIMIT", "its hard limit")                                      \
	X(OLD_LIMIT, "FDSCOPE_OLD_LIMIT", "of LIMIT_RAISED: the soft limit before")                \
	X(ACTOR_UID, "FDSCOPE_ACTOR_UID", "of LIMIT_RAISED: the user who asked for it")            \
	X(COUNT, "FDSCOPE_COUNT", "of STORM: alerts that were not told one by one")                \
	X(HAZARD, "FDSCOPE_HAZARD", "the trap")                                                    \
	X(HAZARD_SUMMARY, "FDSCOPE_HAZARD_SUMMARY", "what happened there, in words")               \
	X(HOOK, "FDSCOPE_HOOK", "of HOOK_FAILED: the hook's name in the config")                   \
	X(ERROR, "FDSCOPE_ERROR", "what went wrong")                                               \
	X(PATH, "FDSCOPE_PATH", "of ARCHIVE_TROUBLE: the file")                                    \
	X(TIER, "FDSCOPE_TIER", "of STARTED: the tier that is active")                             \
	X(PROCESSES, "FDSCOPE_PROCESSES", "of STARTED: processes at the first pass")

enum fds_message {
#define X(id, uuid, subject) FDS_MESSAGE_##id,
	FDS_MESSAGES(X)
#undef X
		FDS_MESSAGE_CNT
};

#define X(id, field, holds) FDS_FIELD_##id,
enum fds_message_field { FDS_MESSAGE_FIELDS(X) FDS_FIELD_CNT };
#undef X

#endif
