/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From path and parameters to the resource that answers: one table of routes, one of parameters.
 */
#ifndef FDSCOPE_ROUTES_H
#define FDSCOPE_ROUTES_H

#include "api/request.h"

/*
 * Answers one whole request of a client; everything wrong with it becomes an answer too.  0, or
 * -errno: nothing could be queued, close the connection.
 */
int routes__answer(struct client *client, struct MHD_Connection *conn, const char *path,
		   const char *method);

#endif
