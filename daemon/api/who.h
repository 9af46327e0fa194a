/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /v1/who is asked about: its parameters.  Each is 0 or -errno for text that means nothing.
 */
#ifndef FDSCOPE_API_WHO_H
#define FDSCOPE_API_WHO_H

struct request;

int who__parse_fd(const char *text, struct request *req);
int who__parse_inode(const char *text, struct request *req);
int who__parse_port(const char *text, struct request *req);
int who__parse_ofd(const char *text, struct request *req);
int who__parse_deleted(const char *text, struct request *req);

#endif
