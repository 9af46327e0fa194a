/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's log: one line per event, to stderr with a syslog priority in front where stderr is
 * the journal, else plain.  An error is logged once, where it is decided what to do about it.
 */
#ifndef FDSCOPE_LOG_H
#define FDSCOPE_LOG_H

#include <syslog.h>

/* Highest priority number (LOG_ERR..LOG_DEBUG) that is written; LOG_INFO at start. */
void log__set_level(int priority);
int log__level(void);

/* Line of text without newline.  Returns -abs(error), so that "return log_errno(...)" reads well.
 */
int log__emit(int priority, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(...)	 ((void)log__emit(LOG_DEBUG, 0, __VA_ARGS__))
#define log_info(...)	 ((void)log__emit(LOG_INFO, 0, __VA_ARGS__))
#define log_notice(...)	 ((void)log__emit(LOG_NOTICE, 0, __VA_ARGS__))
#define log_warning(...) ((void)log__emit(LOG_WARNING, 0, __VA_ARGS__))
#define log_error(...)	 ((void)log__emit(LOG_ERR, 0, __VA_ARGS__))
/* As above with ": strerror" behind it. */
#define log_errno(error, ...) log__emit(LOG_ERR, error, __VA_ARGS__)

#endif
