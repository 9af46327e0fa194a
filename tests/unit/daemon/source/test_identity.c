// links: daemon/source/identity.c daemon/base/patient.c daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Who a process is: units and containers out of cgroup paths, and ourselves out of /proc. */
#include "source/identity.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct {
	const char *path, *unit, *container;
} paths[] = {
	{"/", NULL, NULL},
	{"", NULL, NULL},
	{"/init.scope", "init.scope", NULL},
	{"/system.slice", NULL, NULL},
	{"/-.slice", NULL, NULL},
	{"/system.slice/ssh.service", "ssh.service", NULL},
	{"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", NULL},
	{"/system.slice/foo.service/payload/bar.service", "foo.service", NULL},
	{"/system.slice/proc-sys-fs-binfmt_misc.mount", "proc-sys-fs-binfmt_misc.mount", NULL},
	{"/system.slice/dev-disk-by\\x2dlabel-swap.swap", "dev-disk-by\\x2dlabel-swap.swap", NULL},
	{"/system.slice/_cpu.service", "cpu.service", NULL}, /* cg_escape */
	{"/system.slice/foo@.service", NULL, NULL},	     /* a template runs nothing */
	{"/system.slice/@a.service", NULL, NULL},
	{"/system.slice/.service", NULL, NULL},
	{"/system.slice/sp ace.service", NULL, NULL},
	{"/user.slice/user-1000.slice/session-2.scope", "session-2.scope", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", "user@1000.service",
	 NULL},
	{"/some/where", NULL, NULL},
	{"/../../system.slice/a.service", NULL, NULL},
	{"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", ID},
	{"/system.slice/docker-" ID ".scope/system.slice/ssh.service", "docker-" ID ".scope", ID},
	{"/docker/" ID, NULL, ID},
	{"/docker/" ID "/docker/" ID2, NULL, ID2},
	{"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope", ID},
	{"/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
	 "user@1000.service", ID},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice/"
	 "cri-containerd-" ID ".scope",
	 "cri-containerd-" ID ".scope", ID},
	{"/kubepods.slice/kubepods-pod12.slice/crio-" ID ".scope", "crio-" ID ".scope", ID},
	{"/kubepods.slice/kubepods-pod12.slice/crio-conmon-" ID ".scope",
	 "crio-conmon-" ID ".scope", NULL},
	{"/kubepods/besteffort/pod0a1b2c3d-0000-1111-2222-333344445555/" ID, NULL, ID},
	{"/system.slice/containerd.service/kubepods-besteffort-pod12.slice:cri-containerd:" ID,
	 "containerd.service", ID},
	{"/docker/0123456789abcdef", NULL, NULL}, /* too short */
	{"/docker/" ID "0", NULL, NULL},	  /* too long */
	{"/system.slice/docker-0" ID ".scope", "docker-0" ID ".scope", NULL},
	{"/docker/0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF", NULL, NULL},
	{"/lxc/web", NULL, "web"},
	{"/lxc.payload.web/system.slice/a.service", NULL, "web"},
	{"/lxc.payload/web", NULL, "web"},
	{"/lxc.monitor.web", NULL, NULL},
	{"/lxc", NULL, NULL},
	{"/machine.slice/systemd-nspawn@deb\\x2d12.service/payload",
	 "systemd-nspawn@deb\\x2d12.service", "deb-12"},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt",
	 "machine-qemu\\x2d1\\x2dvm.scope", "qemu-1-vm"},
	{"/machine.slice/machine-a\\x2.scope", "machine-a\\x2.scope", "a\\x2"},
};

static void check_string(const char *path, const char *have, const char *want)
{
	if (!!have != !!want || (have && strcmp(have, want) != 0))
		fail_msg("%s: %s, not %s", path, have ? have : "none", want ? want : "none");
}

static void parse_finds_unit_and_container(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *unit = NULL, *container = NULL;

		assert_int_equal(identity__parse_cgroup(paths[i].path, &unit, &container), 0);
		check_string(paths[i].path, unit, paths[i].unit);
		check_string(paths[i].path, container, paths[i].container);
		free(unit);
		free(container);
	}
}

static void parse_refuses_a_name_too_long_for_a_unit(void **state)
{
	char path[400] = "/system.slice/", *unit = NULL, *container = NULL;
	size_t begin = strlen(path);

	(void)state;
	memset(path + begin, 'a', 248);
	strcpy(path + begin + 247, ".service"); /* 255 */
	assert_int_equal(identity__parse_cgroup(path, &unit, &container), 0);
	assert_non_null(unit);
	free(unit);
	strcpy(path + begin + 248, ".service"); /* 256 */
	path[begin + 247] = 'a';
	assert_int_equal(identity__parse_cgroup(path, &unit, &container), 0);
	assert_null(unit);
}

static void parse_gives_text(void **state)
{
	char *unit = NULL, *container = NULL;

	(void)state;
	assert_int_equal(identity__parse_cgroup("/lxc/a\xff", &unit, &container), 0);
	assert_string_equal(container, "a\\xff");
	free(container);
	/* An escape must not bring in what is no text either. */
	assert_int_equal(identity__parse_cgroup("/machine.slice/machine-a\\xff\\x00.scope", &unit,
						&container),
			 0);
	assert_string_equal(container, "a\\xff\\x00");
	free(container);
	free(unit);
}

static const struct {
	const char *text, *path;
} cgroups[] = {
	{"", NULL},
	{"\n", NULL},
	{"nonsense\n", NULL},
	{"0::\n", NULL},
	{"0::/\n", "/"},
	{"0::/a/b", "/a/b"},
	{"0::/system.slice/a.service\n", "/system.slice/a.service"},
	{"0::/a:b\n", "/a:b"},
	{"0::/a.service (deleted)\n", "/a.service"},
	{"9:name=systemd:/n\n4:memory:/m\n0::/u\n", "/u"},
	{"4:memory:/m\n9:name=systemd:/n\n0::/\n", "/n"},
	{"9:name=systemd:/\n8:pids:/\n4:memory:/m\n3:cpu,cpuacct:/c\n0::/\n", "/m"},
	{"9:name=systemd:/\n4:memory:/\n", "/"},
	{"4:memory:/m\n", "/m"},
};

static void choose_prefers_unified_then_systemd(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cgroups) / sizeof(*cgroups); i++) {
		char *path = NULL;

		assert_int_equal(identity__choose_cgroup(cgroups[i].text, &path), 0);
		check_string(cgroups[i].text, path, cgroups[i].path);
		free(path);
	}
}

static void read_knows_our_cgroup(void **state)
{
	struct identity *id = NULL;
	char *unit = NULL;

	(void)state;
	if (access("/proc/self/cgroup", R_OK) != 0)
		skip(); /* a kernel without cgroups */
	assert_int_equal(identity__read(getpid(), &id), 0);
	assert_int_equal(id->cgroup[0], '/');
	assert_int_equal(identity__read_unit(getpid(), &unit), 0);
	check_string(id->cgroup, unit, id->unit);
	free(unit);
	identity__free(id);
	identity__free(NULL);
}

/* Starts a cat(1) with these arguments; closing *ret_in ends it. */
static pid_t start(const char *exe, char *const argv[], int *ret_in)
{
	int in[2], ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(in[0], 0);
		close(in[0]);
		close(in[1]);
		dup2(open("/dev/null", O_WRONLY), 2);
		execv(exe, argv);
		_exit(127);
	}
	close(in[0]);
	close(ready[1]);
	/* The pipe ends with the exec. */
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	*ret_in = in[1];
	return pid;
}

static void stop(pid_t pid, int in)
{
	close(in);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void read_joins_and_escapes_arguments(void **state)
{
	char *argv[] = {"cat", "-", "\xff", "", "-", NULL};
	struct identity *id = NULL;
	int in;
	pid_t pid = start("/bin/cat", argv, &in);

	(void)state;
	assert_int_equal(identity__read(pid, &id), 0);
	assert_string_equal(id->cmdline, "cat - \\xff  -");
	identity__free(id);
	stop(pid, in);
}

static void read_bounds_the_command_line(void **state)
{
	static char name[2 * IDENTITY_CMDLINE_MAX + 1];
	char *argv[] = {name, "-", NULL};
	struct identity *id = NULL;
	size_t len;
	pid_t pid;
	int in;

	(void)state;
	/* One byte, then characters of two: the limit falls into one of them. */
	name[0] = 'x';
	for (size_t i = 1; i < sizeof(name) - 1; i++)
		name[i] = i & 1 ? '\xc3' : '\xa9';
	pid = start("/bin/cat", argv, &in);
	assert_int_equal(identity__read(pid, &id), 0);
	len = strlen(id->cmdline);
	assert_int_equal(len, IDENTITY_CMDLINE_MAX - 1);
	assert_memory_equal(id->cmdline, name, len);
	assert_true(text__is_utf8(id->cmdline, len));
	identity__free(id);
	stop(pid, in);
}

static void copy_file(const char *from, int to)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	char buf[65536];
	ssize_t len;

	assert_true(fd >= 0);
	while ((len = read(fd, buf, sizeof(buf))) > 0)
		assert_int_equal(write(to, buf, len), len);
	assert_int_equal(len, 0);
	close(fd);
}

static void read_tells_the_program_even_if_deleted(void **state)
{
	char path[] = "/tmp/fdscope-test-XXXXXX";
	char *argv[] = {"other-name", "-", NULL};
	int fd = mkostemp(path, O_CLOEXEC), in;
	struct identity *id = NULL;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	copy_file("/bin/cat", fd);
	assert_int_equal(fchmod(fd, 0700), 0);
	close(fd);
	pid = start(path, argv, &in);
	assert_int_equal(identity__read(pid, &id), 0);
	assert_string_equal(id->exe, path);
	assert_string_equal(id->cmdline, "other-name -");
	identity__free(id);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(identity__read(pid, &id), 0);
	assert_string_equal(id->exe, path);
	identity__free(id);
	stop(pid, in);
}

static void read_says_when_there_is_no_process(void **state)
{
	struct identity *id = (void *)1;
	char *unit = (void *)1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(identity__read(pid, &id), -ESRCH);
	assert_ptr_equal(id, (void *)1);
	assert_int_equal(identity__read_unit(pid, &unit), -ESRCH);
	assert_ptr_equal(unit, (void *)1);
}

static void read_knows_little_of_a_zombie(void **state)
{
	struct identity *id = NULL;
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(identity__read(pid, &id), 0);
	assert_null(id->exe);
	assert_null(id->cmdline);
	identity__free(id);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_finds_unit_and_container),
		cmocka_unit_test(parse_refuses_a_name_too_long_for_a_unit),
		cmocka_unit_test(parse_gives_text),
		cmocka_unit_test(choose_prefers_unified_then_systemd),
		cmocka_unit_test(read_knows_our_cgroup),
		cmocka_unit_test(read_tells_the_program_even_if_deleted),
		cmocka_unit_test(read_joins_and_escapes_arguments),
		cmocka_unit_test(read_bounds_the_command_line),
		cmocka_unit_test(read_says_when_there_is_no_process),
		cmocka_unit_test(read_knows_little_of_a_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
