// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon on itself; see report.h. */
#include "report.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

static void add_feature(struct backend_status *ret, const char *name, bool available,
			const char *why)
{
	if (ret->feature_cnt < BACKEND_FEATURE_CNT)
		ret->features[ret->feature_cnt++] =
			(struct backend_feature){name, available, available ? NULL : why};
}

static void fill_features(const struct source *src, struct backend_status *ret)
{
	const struct tier_info *info = &tiers[source__tier(src)];
	const char *uncounted = "needs a tier that counts";
	const char *unhooked = "needs the trampoline or kprobe tier";

	add_feature(ret, "exact-counts", info->iterates,
		    "counts are read from /proc one process after the other");
	add_feature(ret, "every-process-iterated", info->iterates && !source__hidden(src),
		    info->iterates ? "this kernel keeps processes out of its iterators: these are "
				     "counted by /proc"
				   : "needs BPF iterators");
	add_feature(ret, "open-file-descriptions", info->iterates, "needs BPF iterators");
	add_feature(ret, "opens-and-closes", info->counts, uncounted);
	add_feature(ret, "failures", info->counts, uncounted);
	add_feature(ret, "failure-causes", info->sees_all,
		    info->counts ? "the error of a call tells of most, not of SCM_RIGHTS, watches "
				   "and pipe pages"
				 : uncounted);
	add_feature(ret, "peaks-between-passes", info->counts, uncounted);
	add_feature(ret, "levels-at-once", info->counts, uncounted);
	add_feature(ret, "process-events", info->hooks, "needs a tier with BPF programs");
	add_feature(ret, "changes-from-outside", info->sees_all, unhooked);
	add_feature(ret, "user-limits", source__tells_users(src),
		    info->iterates ? "this kernel tells no inotify instances and watches (5.14)"
				   : "needs BPF iterators");
}

static void fill_tiers(const struct tier_result *results, struct backend_status *ret)
{
	for (int t = 0; t < TIER_CNT && t < BACKEND_TIER_CNT; t++) {
		const struct tier_result *r = &results[t];

		ret->tiers[ret->tier_cnt++] = (struct backend_tier){
			.name = tiers[t].name,
			.state = r->state,
			.why = r->why[0] ? r->why : NULL,
		};
	}
}

void report__add_program(struct backend_status *ret, const struct program_info *info)
{
	struct backend_program *p = &ret->programs[ret->program_cnt];

	if (ret->program_cnt == BACKEND_PROGRAM_CNT)
		return;
	ret->program_cnt++;
	*p = (struct backend_program){
		.name = info->name,
		.function = info->target,
		.attached = info->attached,
		.missed = info->missed,
		.verified_insns = info->verified_insns,
	};
	memcpy(p->attach, info->attach, sizeof(p->attach));
}

/* Resident pages are the second number. */
static uint64_t own_rss(void)
{
	_cleanup_close_ int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	unsigned long long pages;
	char buf[128];
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, buf, sizeof(buf) - 1);
	if (len <= 0)
		return 0;
	buf[len] = '\0';
	if (sscanf(buf, "%*u %llu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t own_cpu(void)
{
	struct rusage ru;

	if (getrusage(RUSAGE_SELF, &ru))
		return 0;
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * NSEC_PER_SEC +
	       (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * NSEC_PER_USEC;
}

void report__fill(const struct source *src, const struct tier_result results[static TIER_CNT],
		  const struct store *store, const struct report_pass *pass,
		  struct backend_status *ret)
{
	const struct process *self = store__find(store, getpid(), getpid());
	struct hooks_losses losses;
	struct program_info info;
	struct utsname uts;

	*ret = (struct backend_status){
		.tier = tiers[source__tier(src)].name,
		.tier_note = tiers[source__tier(src)].note,
		.now_ns = clock__now_ns(),
		.pass_cost_ns = pass->cost_ns,
		.passes = pass->cnt,
		.rss_bytes = own_rss(),
		.cpu_ns = own_cpu(),
	};
	fill_tiers(results, ret);
	fill_features(src, ret);
	for (size_t i = 0; !source__program(src, i, &info); i++)
		report__add_program(ret, &info);
	source__losses(src, &losses);
	ret->lost_records = losses.records;
	ret->missed_updates = losses.updates + losses.misses;
	ret->untracked_tables = source__untracked(src);
	if (!uname(&uts))
		snprintf(ret->kernel, sizeof(ret->kernel), "%s", uts.release);
	if (self && self->table)
		ret->open_fds = self->table->installed;
}
