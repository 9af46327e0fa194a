/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What users have of what is limited per user: read when it is asked for, and not too often.
 */
#ifndef FDSCOPE_USAGE_H
#define FDSCOPE_USAGE_H

#include "source/source.h"
#include "store/users.h"

/* Read anew unless what `users` has is younger than that. */
void usage__refresh(struct users *users, struct source *source, uint64_t max_age_ns);

#endif
