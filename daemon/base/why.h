/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something was not accepted: a sentence that goes up to whoever tells it, beside an error.
 */
#ifndef FDSCOPE_WHY_H
#define FDSCOPE_WHY_H

/* A text in *ret, to be freed, NULL for want of memory; returns `error`, so that one can return it.
 */
int why__format(char **ret, int error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
