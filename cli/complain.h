/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the clients end: their exit status, and what they say on stderr, one line, harmless whatever
 * it quotes.
 */
#ifndef FDSCOPE_CLI_COMPLAIN_H
#define FDSCOPE_CLI_COMPLAIN_H

enum exit_status {
	EXIT_FINE = 0,
	EXIT_NO = 1,	      /* the answer is "no", or an error of the command */
	EXIT_USAGE = 2,	      /* wrong usage */
	EXIT_UNREACHABLE = 3, /* the daemon cannot be reached */
};

/* Returns `status`, so that "return complain(EXIT_NO, ...)" reads well. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* To be called right after a write to stdout failed: keeps errno for the end. */
void complain__output_failed(void);

/*
 * At the end of a command: flushes stdout.  A reader that has left (| head) is no error;
 * anything else that could not be written is.
 */
int complain__check_output(int status);

#endif
