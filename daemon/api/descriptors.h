/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptors of one process for whoever asks: read now, and handed out only if they are his
 * to see.
 */
#ifndef FDSCOPE_DESCRIPTORS_H
#define FDSCOPE_DESCRIPTORS_H

#include "api/request.h"

/*
 * 0; -ESRCH: it has ended; -EACCES: the asker may not see them; -EBUSY: askers without privilege
 * have cost enough for now; else what reading failed with.  Freed with file_list__free().
 */
int descriptors__read(struct request *req, const struct process *p, struct file_list **ret);

#endif
