/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of questions: what each answer is made of, and where in the state it goes. */
#ifndef FDSCOPE_FDTOP_QUESTIONS_H
#define FDSCOPE_FDTOP_QUESTIONS_H

#include "fdtop/asker.h"
#include "fdtop/state.h"

extern const struct question questions__list[ASK_CNT];

/* An answer of a daemon that is there; what it holds may be taken. */
void questions__apply(struct state *s, struct answer *an);
/* A line of the stream; true: it is one to show. */
bool questions__apply_event(struct state *s, const char *line, size_t len);

#endif
