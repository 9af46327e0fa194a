/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text to scroll through: lines, some of them headings or warnings. */
#ifndef FDSCOPE_FDTOP_DOC_H
#define FDSCOPE_FDTOP_DOC_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum doc_style { DOC_PLAIN, DOC_HEADING, DOC_DIM, DOC_WARN, DOC_CRITICAL };

struct doc_line {
	enum doc_style style;
	int label_width; /* columns at the left that name what follows */
	char *s;
};

struct doc {
	struct doc_line *line;
	size_t cnt, cap;
	int64_t pid; /* process that it is about; 0: none */
};

/* Accepts NULL. */
void doc__free(struct doc *d);
/* One or, with newlines in it, more lines.  -ENOMEM. */
int doc__add(struct doc *d, enum doc_style style, const char *s);
int doc__add_field(struct doc *d, int label_width, const char *label, enum doc_style style,
		   const char *value);

/* An answer of /v1/incidents/ID with its black box.  -EBADMSG, -ENOMEM. */
int doc__parse_incident(const char *body, size_t sz, struct doc **ret_doc);

#endif
