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

/*
 * A question may take a walk through all descriptors of the host.  Those of askers without
 * privilege together get a fifth of the time, so that they cannot keep the daemon from others:
 * whether this asker may have one now, what one cost that began at `start_ns`, and the answer to
 * whom has to wait.
 */
bool descriptors__may_ask(const struct request *req);
void descriptors__charge(struct api *api, uint64_t start_ns, uint64_t cost_ns);
int descriptors__fail_busy(struct request *req);

#endif
