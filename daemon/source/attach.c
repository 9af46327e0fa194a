// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching one BPF program; see attach.h. */
#include "source/attach.h"

#include <string.h>

const struct btf_type *attach__find_function(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *func = id > 0 ? btf__type_by_id(btf, id) : NULL;

	return func ? btf__type_by_id(btf, func->type) : NULL;
}

unsigned int attach__count_args(const struct btf *btf, const char *name, unsigned int otherwise)
{
	const struct btf_type *proto = attach__find_function(btf, name);

	return proto ? btf_vlen(proto) : otherwise;
}

static bool is_return_probe(const struct bpf_program *prog)
{
	return !strncmp(bpf_program__section_name(prog), "kretprobe/", 10);
}

bool attach__is_probe(const struct bpf_program *prog)
{
	return is_return_probe(prog) || !strncmp(bpf_program__section_name(prog), "kprobe/", 7);
}

/* 5.18, "bpf: Add multi kprobe link"; the structure is there if fprobe is. */
bool attach__has_multi(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "bpf_kprobe_multi_link", BTF_KIND_STRUCT) > 0;
}

void attach__make_multi(struct bpf_program *prog)
{
	bpf_program__set_expected_attach_type(prog, BPF_TRACE_KPROBE_MULTI);
}

struct bpf_link *attach__program(struct bpf_program *prog, const char *target, bool multi)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = &target, .cnt = 1,
		    .retprobe = is_return_probe(prog));

	if (multi && attach__is_probe(prog))
		return bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts);
	return bpf_program__attach(prog);
}
