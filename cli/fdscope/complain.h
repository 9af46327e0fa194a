/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command says on stderr: one line, harmless whatever it quotes. */
#ifndef FDSCOPE_CLI_COMPLAIN_H
#define FDSCOPE_CLI_COMPLAIN_H

/* Returns `status`, so that "return complain(EXIT_NO, ...)" reads well. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * At the end of a command: flushes stdout.  A reader that has left (| head) is no error;
 * anything else that could not be written is.
 */
int complain__check_output(int status);

#endif
