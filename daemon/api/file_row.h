/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One descriptor as JSON: an element of "files", whoever lists it.
 */
#ifndef FDSCOPE_FILE_ROW_H
#define FDSCOPE_FILE_ROW_H

#include "api/request.h"
#include "source/files.h"

/* What the asker may not see of it is left out. */
void file_row__emit(struct json *j, const struct request *req, const struct file_list *files,
		    const struct file_row *row);

#endif
