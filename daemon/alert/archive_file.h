/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive's files as files: the directory, the modes, what else may stand at the path, and the
 * one damaged file that is kept aside.
 */
#ifndef FDSCOPE_ARCHIVE_FILE_H
#define FDSCOPE_ARCHIVE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Afterwards there is a regular file.  *ret_cut: it was there and empty, as a file that lost its
 * contents is.  -errno, with words in `why`.
 */
int archive_file__prepare(const char *path, char *why, size_t why_sz, bool *ret_cut);

/* Renames the file and its log to PATH.damaged-TIME, and removes what was set aside before. */
int archive_file__set_aside(const char *path, int64_t now_s);

/* Of the file and its log. */
uint64_t archive_file__bytes(const char *path);

#endif
