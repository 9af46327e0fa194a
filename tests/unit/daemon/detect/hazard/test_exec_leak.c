// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* exec-leak: which descriptors that crossed an exec are leaks, and what is said of them. */
#include "fake_host.h"

#include <sys/socket.h>
#include <sys/stat.h>

struct record {
	struct fds_hazard h;
	struct fds_exec exec;
};

static struct record rec;

static int setup(void **state)
{
	static struct fake_host h;

	fake_host__init(&h, NULL);
	rec = (struct record){.h = hazard_rec(FDS_HAZARD_EXEC_LEAK), .exec.ns_tgid = 7};
	rec.h.extra_sz = sizeof(rec.exec);
	rec.h.other_tgid = 6;
	strcpy(rec.h.other_comm, "server");
	strcpy(rec.exec.from, "serverd");
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	fake_host__done(*state);
	return 0;
}

static void cross(unsigned int fd, unsigned int mode, const char *name, unsigned int meant)
{
	struct fds_crossed *c = &rec.exec.fds[rec.exec.cnt++];

	*c = (struct fds_crossed){
		.file = 0x1000 + fd,
		.inode = 100 + fd,
		.dev = 8,
		.fd = fd,
		.mode = mode,
		.meant = meant,
	};
	if (S_ISSOCK(mode)) {
		c->sock_family = AF_INET;
		c->sock_type = SOCK_STREAM;
	}
	strcpy(c->name, name);
}

static void set_args(const char *args, size_t sz)
{
	memcpy(rec.exec.text, args, sz);
	rec.exec.args_sz = sz;
}

static void set_env(const char *env, size_t sz)
{
	memcpy(rec.exec.text + FDS_EXEC_ARGS_SZ, env, sz);
	rec.exec.env_sz = sz;
}

static unsigned int apply(struct fake_host *h)
{
	judge__apply(&h->judge, &rec.h, sizeof(rec.exec));
	return h->found_cnt;
}

static void leaks_are_named(void **state)
{
	struct fake_host *h = *state;

	cross(5, S_IFSOCK, "", 0);
	cross(9, S_IFREG, "secret.key", 0);
	assert_int_equal(apply(h), 1);
	assert_string_equal(h->found->summary,
			    "fd 5 tcp, 9 file secret.key without FD_CLOEXEC went from serverd[6] "
			    "into task[7]");
	assert_int_equal(h->found->pid, 7);
	assert_int_equal(h->found->fd, 5);
	assert_int_equal(h->found->inode, 105);
	assert_int_equal(h->found->dev, 8);
	assert_int_equal(h->found->ofd, 0x1005 | OFD_BIT);
	assert_int_equal(h->found->other_pid, 6);
	assert_string_equal(h->found->other_comm, "server");
	assert_string_equal(h->found->name, "");
}

static void a_living_process_names_them_better(void **state)
{
	struct fake_host *h = *state;

	h->name_pid = 7;
	h->name = "/etc/ssl/secret.key";
	cross(9, S_IFREG, "secret.key", 0);
	apply(h);
	assert_string_equal(h->found->name, "/etc/ssl/secret.key");
	assert_non_null(strstr(h->found->summary, "fd 9 file /etc/ssl/secret.key without"));
}

static void what_is_meant_is_none(void **state)
{
	struct fake_host *h = *state;

	cross(3, S_IFREG, "a", FDS_CROSSED_INHERITED);
	cross(4, S_IFREG, "b", FDS_CROSSED_PLACED);
	cross(5, S_IFREG, "c", FDS_CROSSED_STDIO);
	assert_int_equal(apply(h), 0);
	/* Of several one may be. */
	cross(6, S_IFREG, "d", 0);
	assert_int_equal(apply(h), 1);
	assert_int_equal(h->found->fd, 6);
	assert_null(strstr(h->found->summary, "file c"));
}

static void what_is_told_is_none(void **state)
{
	static const char args[] = "task\0--status-fd\0"
				   "4";
	static const char env[] = "LISTEN_PID=7\0LISTEN_FDS=1\0OUT=/dev/fd/9";
	struct fake_host *h = *state;

	cross(3, S_IFSOCK, "", 0);
	cross(4, S_IFIFO, "", 0);
	cross(9, S_IFREG, "out", 0);
	set_args(args, sizeof(args));
	set_env(env, sizeof(env));
	assert_int_equal(apply(h), 0);
	/* The process counts in its own pid namespace. */
	rec.exec.ns_tgid = 1;
	assert_int_equal(apply(h), 1);
	assert_int_equal(h->found->fd, 3);
	assert_null(strstr(h->found->summary, "file out"));
}

static void some_give_by_custom(void **state)
{
	static const char *const givers[] = {"flock", "systemd-executor", "master"};
	struct fake_host *h = *state;

	cross(3, S_IFREG, "lock", 0);
	for (size_t i = 0; i < sizeof(givers) / sizeof(givers[0]); i++) {
		strcpy(rec.exec.from, givers[i]);
		assert_int_equal(apply(h), 0);
	}
	/* A helper of the kernel comes from no program. */
	rec.exec.from[0] = '\0';
	assert_int_equal(apply(h), 0);
}

static void the_same_programs_are_one_trap(void **state)
{
	struct fake_host *h = *state;

	cross(3, S_IFREG, "a", 0);
	apply(h);
	rec.h.at.ev.tgid++;
	rec.h.other_tgid++;
	rec.exec.fds[0].fd = 8;
	apply(h);
	assert_int_equal(h->log.cnt, 1);
	assert_int_equal(h->found->cnt, 2);
	assert_int_equal(h->found->fd, 8);
	strcpy(rec.exec.from, "other");
	apply(h);
	assert_int_equal(h->log.cnt, 2);
}

static void many_are_counted(void **state)
{
	struct fake_host *h = *state;
	static const char name[] = "a-file-with-quite-a-long-name.x";

	for (unsigned int fd = 3; fd < 3 + FDS_CROSSED_MAX; fd++)
		cross(fd, S_IFREG, name, 0);
	rec.exec.more = 1;
	apply(h);
	assert_non_null(strstr(h->found->summary, " more and maybe others without FD_CLOEXEC went "
						  "from serverd[6] into task[7]"));
}

static void a_long_path_is_not_in_the_way(void **state)
{
	struct fake_host *h = *state;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	h->name_pid = 7;
	h->name = path;
	for (unsigned int fd = 3; fd < 8; fd++)
		cross(fd, S_IFREG, "x", 0);
	apply(h);
	assert_string_equal(h->found->name, path);
	assert_non_null(strstr(h->found->summary, "fd 3 file, 4 file, 5 file"));
}

static void what_makes_no_sense_is_dropped(void **state)
{
	struct fake_host *h = *state;

	cross(3, S_IFREG, "a", 0);
	judge__apply(&h->judge, &rec.h, sizeof(rec.exec) - 1);
	judge__apply(&h->judge, &rec.h, 0);
	rec.exec.cnt = FDS_CROSSED_MAX + 1;
	apply(h);
	rec.exec.cnt = 1;
	rec.exec.args_sz = FDS_EXEC_ARGS_SZ + 1;
	apply(h);
	rec.exec.args_sz = 0;
	rec.exec.env_sz = FDS_EXEC_ENV_SZ + 1;
	apply(h);
	assert_int_equal(h->found_cnt, 0);
	/* Names without an end, and bytes that are no text. */
	rec.exec.env_sz = 0;
	memset(rec.exec.from, '\xff', sizeof(rec.exec.from));
	memset(rec.exec.fds[0].name, '\xfe', sizeof(rec.exec.fds[0].name));
	memset(rec.h.at.ev.comm, '\xfd', sizeof(rec.h.at.ev.comm));
	assert_int_equal(apply(h), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
		TEST(leaks_are_named),
		TEST(a_living_process_names_them_better),
		TEST(what_is_meant_is_none),
		TEST(what_is_told_is_none),
		TEST(some_give_by_custom),
		TEST(the_same_programs_are_one_trap),
		TEST(many_are_counted),
		TEST(a_long_path_is_not_in_the_way),
		TEST(what_makes_no_sense_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
