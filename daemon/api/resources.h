/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resources, one file each: every function answers one request as request.h says.
 */
#ifndef FDSCOPE_RESOURCES_H
#define FDSCOPE_RESOURCES_H

#include "api/request.h"

int processes__answer_list(struct request *req);
int processes__answer_one(struct request *req);
int files__answer(struct request *req);
int all_files__answer(struct request *req);
int who__answer(struct request *req);
int system__answer(struct request *req);
int status__answer(struct request *req);
int metrics__answer(struct request *req);
int failures__answer(struct request *req);
int hazards__answer(struct request *req);
int incidents__answer_list(struct request *req);
int incidents__answer_one(struct request *req);
int history__answer(struct request *req);
int raise__answer(struct request *req);

/* The row of the process in the path; NULL: it has been answered, *ret_answer. */
struct process *processes__find(struct request *req, int *ret_answer);

#endif
