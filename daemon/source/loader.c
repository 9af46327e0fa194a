// SPDX-License-Identifier: GPL-2.0-or-later
/* libbpf's messages; see loader.h. */
#include "source/loader.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char complaint[256];
static struct btf *types;

static int print(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;

	if (level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		return 0;
	}
	/* Several lines are the verifier's log. */
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (level == LIBBPF_WARN && !complaint[0])
			snprintf(complaint, sizeof(complaint), "%s",
				 strncmp(line, "libbpf: ", 8) ? line : line + 8);
		/* A failed attempt is expected on many kernels; who decides about it logs. */
		log_debug("%s", line);
	}
	return 0;
}

void loader__init(void)
{
	libbpf_set_print(print);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
}

const struct btf *loader__types(const char *path)
{
	if (!types)
		types = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf();
	return types;
}

void loader__forget_types(void)
{
	btf__free(types);
	types = NULL;
	/* libbpf's own readings, too, have left holes. */
	malloc_trim(0);
}

void loader__complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	va_end(ap);
}

void loader__clear_complaint(void)
{
	complaint[0] = '\0';
}

const char *loader__complaint(void)
{
	return complaint;
}
