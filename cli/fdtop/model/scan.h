/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads JSON without building it: a list of 10,000 processes is read each second, and making an
 * object of each costs four times what reading it does.  Takes the text for hostile.
 */
#ifndef FDSCOPE_FDTOP_SCAN_H
#define FDSCOPE_FDTOP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define SCAN_DEPTH_MAX 64 /* of arrays and objects in each other */

struct scan {
	const char *at;
	const char *end; /* where there is a NUL */
};

enum scan_type {
	SCAN_NULL,
	SCAN_FALSE,
	SCAN_TRUE,
	SCAN_INT,
	SCAN_REAL, /* also an integer beyond 64 bits */
	SCAN_STRING,
	SCAN_NESTED, /* an array or object, passed over */
};

struct scan_value {
	enum scan_type type;
	int64_t integer;
	double real;	    /* also of an integer */
	struct text string; /* its bytes as they are, not escaped; kept for the next value */
};

/* Passes `c`, blanks in front of it allowed. */
bool scan__take(struct scan *s, char c);
/* Any one value.  -EBADMSG: it is none; -ENOMEM. */
int scan__value(struct scan *s, struct scan_value *v);
void scan_value__done(struct scan_value *v);

#endif
