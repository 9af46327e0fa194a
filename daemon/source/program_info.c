// SPDX-License-Identifier: GPL-2.0-or-later
/* Asking the kernel about our programs; see program_info.h. */
#include "source/program_info.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>

void program_info__read(const struct bpf_program *prog, struct program_info *ret)
{
	const char *section = bpf_program__section_name(prog);
	size_t way = strcspn(section, "/");
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	*ret = (struct program_info){
		.name = bpf_program__name(prog),
		.target = section[way] ? section + way + 1 : section,
	};
	memcpy(ret->attach, section, way < sizeof(ret->attach) ? way : sizeof(ret->attach) - 1);
	/* What an older kernel does not know of stays 0. */
	if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		return;
	ret->missed = info.recursion_misses;
	ret->verified_insns = info.verified_insns;
}
