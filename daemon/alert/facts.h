/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An incident as FDSCOPE_* variables: what hooks find in their environment and the journal in its
 * fields.  Facts that are not known are left out.  Values are printable UTF-8.
 */
#ifndef FDSCOPE_FACTS_H
#define FDSCOPE_FACTS_H

#include "alert/incident.h"

#define FACTS_MAX 30

struct facts {
	char *items[FACTS_MAX + 1]; /* "FDSCOPE_NAME=VALUE", ended by NULL */
	size_t cnt;
};

/* Want of memory leaves facts out. */
void facts__init(struct facts *f, const struct incident *i);
/* A hazard by itself, as no rule tells it. */
void facts__init_hazard(struct facts *f, const struct hazard *h);
void facts__done(struct facts *f);

#endif
