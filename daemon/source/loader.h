/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all uses of libbpf share: its messages, and the last complaint as the reason of a failure.
 */
#ifndef FDSCOPE_LOADER_H
#define FDSCOPE_LOADER_H

/* Take libbpf's messages into our log; once, before anything is loaded. */
void loader__init(void);

struct btf;

/*
 * The kernel's types, from this file or (NULL) the kernel's own; read once for all attempts.  NULL:
 * there are none, errno says why.
 */
const struct btf *loader__types(const char *path);
/* Forget them: they take tens of megabytes. */
void loader__forget_types(void);

/* A complaint of our own, for the reason of a failure. */
void loader__complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Forget the last complaint, before a new attempt. */
void loader__clear_complaint(void);

/* What libbpf complained of first in this attempt; "" if it did not. */
const char *loader__complaint(void);

#endif
