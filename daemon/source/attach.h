/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching one BPF program: of the ways that the kernel has, the cheapest.
 */
#ifndef FDSCOPE_ATTACH_H
#define FDSCOPE_ATTACH_H

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>

/* A kernel function's type; NULL: there is no such function, or it is no more to be found. */
const struct btf_type *attach__find_function(const struct btf *btf, const char *name);
/* How many arguments it has. */
unsigned int attach__count_args(const struct btf *btf, const char *name, unsigned int otherwise);

/* A kprobe or kretprobe. */
bool attach__is_probe(const struct bpf_program *prog);
/* Whether the kernel has kprobe.multi, which costs less than a kprobe. */
bool attach__has_multi(const struct btf *btf);
/* Before loading, of a program that is to be attached that way. */
void attach__make_multi(struct bpf_program *prog);

/* `target`: the function of a probe.  NULL: not attached, errno says why. */
struct bpf_link *attach__program(struct bpf_program *prog, const char *target, bool multi);

#endif
