// links: daemon/source/procfs.c daemon/source/procfs_files.c daemon/source/procfs_text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc against what we know: our own table and those of our children. */
#include "source/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HIGH 200 /* a number well above those in use */

/* What a pass is searched for. */
struct search {
	uint32_t tgid;
	uint32_t tid; /* 0: any */
	unsigned found;
	struct fds_task_rec rec; /* the last one found */
};

static int search_task(void *ctx, const struct fds_task_rec *rec)
{
	struct search *s = ctx;

	if (rec->tgid == s->tgid && (!s->tid || rec->tid == s->tid)) {
		s->rec = *rec;
		s->found++;
	}
	return 0;
}

static struct search find_task(pid_t tgid, pid_t tid)
{
	struct search s = {.tgid = tgid, .tid = tid};

	assert_int_equal(procfs__tasks(search_task, &s), 0);
	return s;
}

/* Our descriptors by asking for each number: another way than listing them. */
static uint32_t count_own(int *ret_highest)
{
	uint32_t cnt = 0;

	*ret_highest = -1;
	for (int fd = 0; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) >= 0) {
			cnt++;
			*ret_highest = fd;
		}
	}
	return cnt;
}

/* A tool like valgrind has descriptors in our table that it hides from us: nothing to compare. */
static bool has_hidden_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	uint32_t listed = 0;
	int highest;

	if (!d)
		return true;
	while (readdir(d))
		listed++;
	/* "." and ".."; the folder itself is in both numbers. */
	listed -= 2 + count_own(&highest);
	closedir(d);
	return listed != 0;
}

/* A child that runs `work` and then stays until stop_child(). */
struct child {
	pid_t pid;
	int in;	 /* closed to end it */
	int out; /* what it tells */
};

static struct child start_child(void (*work)(int out))
{
	int in[2], out[2];
	struct child c;
	char byte;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(in[1]);
		close(out[0]);
		work(out[1]);
		if (write(out[1], "", 1) != 1 || read(in[0], &byte, 1) != 0)
			_exit(1);
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	c.in = in[1];
	c.out = out[0];
	return c;
}

static void wait_ready(struct child *c)
{
	char byte;

	assert_int_equal(read(c->out, &byte, 1), 1);
}

static void stop_child(struct child *c)
{
	int status;

	close(c->in);
	close(c->out);
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	assert_int_equal(status, 0);
}

static void own_record_is_right(void **state)
{
	char name[FDS_COMM_SZ];
	struct rlimit lim;
	struct search s;
	int high, highest;
	uint32_t cnt;

	(void)state;
	high = fcntl(0, F_DUPFD, HIGH);
	assert_true(high >= HIGH);
	cnt = count_own(&highest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	s = find_task(getpid(), 0);
	assert_int_equal(s.found, 1);
	assert_int_equal(s.rec.tid, getpid());
	assert_int_equal(s.rec.ppid, getppid());
	assert_int_equal(s.rec.uid, getuid());
	assert_int_equal(s.rec.euid, geteuid());
	assert_int_equal(s.rec.installed, cnt);
	assert_int_equal(s.rec.allocated, cnt);
	assert_int_equal(s.rec.highest, highest);
	assert_int_equal(s.rec.soft, lim.rlim_cur);
	assert_int_equal(s.rec.hard, lim.rlim_max);
	assert_int_equal(s.rec.threads, 1);
	assert_int_equal(s.rec.flags, 0);
	assert_true(s.rec.files != 0);
	assert_true(s.rec.max_fds > HIGH);
	assert_true(s.rec.opens == FDS_UNKNOWN && s.rec.closes == FDS_UNKNOWN);
	assert_true(s.rec.failures == FDS_UNKNOWN);
	assert_int_equal(s.rec.counted, -1);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_string_equal(s.rec.comm, name);
	close(high);
	s = find_task(getpid(), 0);
	assert_int_equal(s.rec.installed, cnt - 1);
	assert_true(s.rec.highest < highest);
	/* What the passes themselves opened is gone. */
	assert_int_equal(count_own(&highest), cnt - 1);
}

/* A pass also works where the numbers it gets are the lowest. */
static void own_record_is_right_without_stdin(void **state)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, HIGH), highest;
	struct search s;

	(void)state;
	close(0);
	s = find_task(getpid(), 0);
	assert_int_equal(s.rec.installed, count_own(&highest));
	assert_int_equal(s.rec.allocated, s.rec.installed);
	dup2(saved, 0);
	close(saved);
}

static void open_some(int out)
{
	struct rlimit lim = {.rlim_cur = 300, .rlim_max = 400};

	(void)out;
	for (int fd = HIGH; fd < HIGH + 50; fd++)
		dup2(0, fd);
	setrlimit(RLIMIT_NOFILE, &lim);
	prctl(PR_SET_NAME, "a) Z (b");
}

static void a_childs_record_is_right(void **state)
{
	int highest;
	uint32_t cnt = count_own(&highest);
	struct child c = start_child(open_some);
	struct search s, again;

	(void)state;
	wait_ready(&c);
	s = find_task(c.pid, 0);
	assert_int_equal(s.found, 1);
	assert_int_equal(s.rec.ppid, getpid());
	assert_int_equal(s.rec.installed, cnt + 2 + 50);
	assert_int_equal(s.rec.allocated, s.rec.installed);
	assert_int_equal(s.rec.highest, HIGH + 49);
	assert_int_equal(s.rec.soft, 300);
	assert_int_equal(s.rec.hard, 400);
	assert_string_equal(s.rec.comm, "a) Z (b");
	again = find_task(c.pid, 0);
	assert_memory_equal(&again.rec, &s.rec, sizeof(s.rec));
	assert_true(s.rec.files != find_task(getpid(), 0).rec.files);
	stop_child(&c);
	assert_int_equal(find_task(c.pid, 0).found, 0);
}

static void exec_changes_the_exec_id(void **state)
{
	int in[2], ready[2];
	struct search before, after;
	uint64_t own;
	char byte;
	pid_t pid;

	(void)state;
	own = find_task(getpid(), 0).rec.exec_id;
	if (!own)
		skip(); /* addresses are not told */
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(in[1]);
		if (read(in[0], &byte, 1) == 1) {
			dup2(in[0], 0);
			execl("/bin/cat", "cat", NULL);
		}
		_exit(1);
	}
	close(ready[1]);
	before = find_task(pid, 0);
	assert_int_equal(write(in[1], "", 1), 1);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	after = find_task(pid, 0);
	assert_int_equal(before.rec.exec_id, own); /* a fork is no exec */
	assert_true(after.rec.exec_id != own);
	assert_true(after.rec.start_ns == before.rec.start_ns);
	close(in[0]);
	close(in[1]);
	close(ready[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_zombie_has_no_table(void **state)
{
	siginfo_t info;
	struct search s;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	s = find_task(pid, 0);
	assert_int_equal(s.found, 1);
	assert_int_equal(s.rec.flags, FDS_TASK_ZOMBIE);
	assert_int_equal(s.rec.files, 0);
	assert_int_equal(s.rec.allocated, 0);
	assert_int_equal(s.rec.highest, -1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int tid_pipe;

static void *unshare_table(void *arg)
{
	pid_t tid = gettid();

	if (arg && unshare(CLONE_FILES) < 0)
		tid = 0;
	if (arg)
		for (int fd = HIGH; fd < HIGH + 10; fd++)
			dup2(0, fd);
	if (write(tid_pipe, &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	pause();
	return NULL;
}

#define OWN_TABLES 5
#define THREADS	   (3 * OWN_TABLES)

/* Every third has a table of its own. */
static void start_threads(int out)
{
	pthread_t thread;

	tid_pipe = out;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, unshare_table, i % 3 == 1 ? &tid_pipe : NULL);
}

static int count_tables(void *ctx, const struct fds_task_rec *rec)
{
	struct search *s = ctx;

	/* Of the process s->tgid: the records that are not the leader's. */
	if (rec->tgid == s->tgid && rec->tid != rec->tgid) {
		s->found++;
		s->rec = *rec;
	}
	return 0;
}

static void a_threads_own_table_is_found(void **state)
{
	struct child c = start_child(start_threads);
	struct search leader, own = {.tgid = c.pid};
	pid_t tid;

	(void)state;
	/* Tids in some order, and the byte that says ready. */
	for (size_t left = THREADS * sizeof(tid) + 1; left; left--) {
		char byte;

		assert_int_equal(read(c.out, &byte, 1), 1);
	}
	leader = find_task(c.pid, c.pid);
	assert_int_equal(leader.found, 1);
	assert_int_equal(leader.rec.threads, 1 + THREADS);
	assert_int_equal(procfs__tasks(count_tables, &own), 0);
	if (own.found == 0) {
		stop_child(&c);
		skip(); /* a kernel without kcmp, or not allowed */
	}
	assert_int_equal(own.found, OWN_TABLES);
	assert_int_equal(own.rec.installed, leader.rec.installed + 10);
	assert_int_equal(own.rec.highest, HIGH + 9);
	assert_true(own.rec.files != leader.rec.files && own.rec.files);
	assert_true(own.rec.start_ns == leader.rec.start_ns);
	assert_int_equal(own.rec.ns_tgid, leader.rec.ns_tgid);
	stop_child(&c);
}

static void *tell_and_wait(void *arg)
{
	pid_t tid = gettid();

	(void)arg;
	/* The leader has to have ended first. */
	while (!find_task(getpid(), getpid()).rec.flags)
		usleep(1000);
	if (write(tid_pipe, &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	pause();
	return NULL;
}

static void end_leader(int out)
{
	pthread_t thread;

	tid_pipe = out;
	pthread_create(&thread, NULL, tell_and_wait, NULL);
	pthread_exit(NULL);
}

static void a_table_outlives_the_leader(void **state)
{
	int highest;
	uint32_t cnt = count_own(&highest);
	struct child c = start_child(end_leader);
	struct search leader, thread;
	pid_t tid;

	(void)state;
	assert_int_equal(read(c.out, &tid, sizeof(tid)), sizeof(tid));
	leader = find_task(c.pid, c.pid);
	thread = find_task(c.pid, tid);
	assert_int_equal(leader.found, 1);
	assert_int_equal(leader.rec.flags, FDS_TASK_ZOMBIE);
	assert_int_equal(leader.rec.files, 0);
	assert_int_equal(thread.found, 1);
	assert_int_equal(thread.rec.flags, 0);
	assert_int_equal(thread.rec.installed, cnt + 2);
	kill(c.pid, SIGKILL);
	close(c.in);
	close(c.out);
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
}

static int stop_at_second(void *ctx, const struct fds_task_rec *rec)
{
	int *cnt = ctx;

	(void)rec;
	return ++*cnt == 2 ? -ECANCELED : 0;
}

static void a_pass_ends_when_told(void **state)
{
	int cnt = 0;

	(void)state;
	assert_int_equal(procfs__tasks(stop_at_second, &cnt), -ECANCELED);
	assert_int_equal(cnt, 2);
}

/* A table has slots; nothing else has numbers. */
static int check_task(void *ctx, const struct fds_task_rec *rec)
{
	(void)ctx;
	if (rec->files) {
		assert_int_equal(rec->flags & (FDS_TASK_KTHREAD | FDS_TASK_ZOMBIE), 0);
		assert_true(rec->max_fds > 0);
	} else {
		assert_true(rec->flags & (FDS_TASK_KTHREAD | FDS_TASK_ZOMBIE));
		assert_int_equal(rec->allocated, 0);
		assert_int_equal(rec->installed, 0);
		assert_int_equal(rec->highest, -1);
	}
	return 0;
}

static int ignore_file(void *ctx, const struct fds_file_rec *rec)
{
	(void)ctx;
	(void)rec;
	return 0;
}

/* With 0, 1, 2... numbers left: an error until there are enough, never a wrong answer. */
/* One name through a folder of its own. */
static int name_of(pid_t pid, pid_t tid, int fd, char *buf, size_t buf_sz)
{
	int dir = procfs_names__open(pid, tid), err;

	if (dir < 0)
		return dir;
	err = procfs_names__read(dir, fd, buf, buf_sz);
	procfs_names__close(dir);
	return err;
}

static void a_full_table_is_an_error(void **state)
{
	struct rlimit lim, low;
	int tasks = -1, listed = -1, fds[8];
	const int cnt = sizeof(fds) / sizeof(*fds) - 1;

	(void)state;
	for (int i = 0; i <= cnt; i++)
		fds[i] = dup(0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = lim;
	low.rlim_cur = fds[cnt] + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (int left = 0; left <= cnt; left++) {
		struct search s = {.tgid = getpid()};

		tasks = procfs__tasks(search_task, &s);
		listed = procfs__thread_files(getpid(), 0, ignore_file, NULL);
		if (left == 0) {
			char name[64];
			struct procfs_system sys;

			assert_int_equal(tasks, -EMFILE);
			assert_int_equal(listed, -EMFILE);
			assert_int_equal(name_of(getpid(), 0, 0, name, sizeof(name)), -EMFILE);
			assert_int_equal(procfs__system(&sys), -EMFILE);
		}
		assert_true((tasks == 0 && s.found == 1) || tasks == -EMFILE);
		assert_true(listed == 0 || listed == -EMFILE);
		close(fds[cnt - left]);
	}
	assert_int_equal(tasks, 0);
	assert_int_equal(listed, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
}

/* Records of files by number. */
static struct fds_file_rec files[4096];
static bool seen[4096];

static int keep_file(void *ctx, const struct fds_file_rec *rec)
{
	unsigned *cnt = ctx;

	if (rec->fd >= 4096)
		return 0; /* of a tool */
	assert_false(seen[rec->fd]);
	seen[rec->fd] = true;
	files[rec->fd] = *rec;
	++*cnt;
	return 0;
}

static void own_files_are_right(void **state)
{
	char path[] = "/tmp/fdscope-a-name-longer-than-the-record-has-room-for-XXXXXX";
	struct search me = find_task(getpid(), 0);
	int file = mkostemp(path, O_CLOEXEC | O_APPEND), pipes[2], pair[2], event, null, opath;
	int highest;
	unsigned cnt = 0;
	struct stat st;

	(void)state;
	assert_int_equal(write(file, "12345", 5), 5);
	assert_int_equal(fstat(file, &st), 0);
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	event = eventfd(0, EFD_CLOEXEC);
	null = open("/dev/null", O_WRONLY);
	opath = open("/", O_PATH);
	memset(seen, 0, sizeof(seen));
	assert_int_equal(procfs__thread_files(getpid(), 0, keep_file, &cnt), 0);
	assert_int_equal(cnt, count_own(&highest));
	for (int fd = 0; fd < 4096; fd++)
		assert_int_equal(seen[fd], fcntl(fd, F_GETFD) >= 0);

	assert_int_equal(files[file].inode, st.st_ino);
	assert_int_equal(files[file].major, major(st.st_dev));
	assert_int_equal(files[file].minor, minor(st.st_dev));
	assert_int_equal(files[file].mode, st.st_mode);
	assert_int_equal(files[file].nlink, 1);
	assert_int_equal(files[file].size, 5);
	assert_int_equal(files[file].offset, 5);
	assert_int_equal(files[file].cloexec, 1);
	assert_int_equal(files[file].flags & O_CLOEXEC, 0);
	assert_int_equal(files[file].flags & O_APPEND, O_APPEND);
	assert_int_equal(files[file].fmode, FDS_FMODE_READ | FDS_FMODE_WRITE);
	assert_int_equal(strlen(files[file].name), FDS_NAME_SZ - 1);
	assert_memory_equal(files[file].name, path + strlen("/tmp/"), FDS_NAME_SZ - 1);
	assert_int_equal(files[file].tgid, getpid());
	assert_int_equal(files[file].tid, getpid());
	assert_int_equal(files[file].uid, getuid());
	assert_int_equal(files[file].euid, geteuid());
	assert_true(files[file].files == me.rec.files);
	assert_true(files[file].start_ns == me.rec.start_ns);
	assert_memory_equal(files[file].comm, me.rec.comm, FDS_COMM_SZ);
	assert_int_equal(files[file].file, 0);
	assert_int_equal(files[file].refs, 0);

	assert_true(S_ISFIFO(files[pipes[0]].mode));
	assert_int_equal(files[pipes[0]].fmode, FDS_FMODE_READ);
	assert_int_equal(files[pipes[1]].fmode, FDS_FMODE_WRITE);
	assert_int_equal(files[pipes[1]].flags & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(files[pipes[1]].cloexec, 0);
	assert_memory_equal(files[pipes[0]].name, "pipe:[", 6);
	assert_true(S_ISSOCK(files[pair[0]].mode));
	assert_int_equal(files[pair[0]].sock_family, AF_UNIX);
	assert_string_equal(files[event].name, "[eventfd]");
	assert_string_equal(files[null].name, "null");
	assert_true(S_ISCHR(files[null].mode));
	assert_int_equal(files[opath].fmode, 0);
	assert_string_equal(files[opath].name, "");

	/* No link is left, so what follows the name is the kernel's word. */
	assert_int_equal(unlink(path), 0);
	memset(seen, 0, sizeof(seen));
	assert_int_equal(procfs__thread_files(getpid(), 0, keep_file, &cnt), 0);
	assert_int_equal(files[file].nlink, 0);
	assert_null(strstr(files[file].name, "(del"));
	close(file);
	close(pipes[0]);
	close(pipes[1]);
	close(pair[0]);
	close(pair[1]);
	close(event);
	close(null);
	close(opath);
}

static void deleted_is_cut_only_if_it_is(void **state)
{
	int memory = memfd_create("mem", MFD_CLOEXEC), kept;
	char path[64] = "/tmp/fdscope-test-XXXXXX";
	unsigned cnt = 0;

	(void)state;
	assert_non_null(mkdtemp(path));
	strcat(path, "/x (deleted)");
	kept = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	assert_true(kept >= 0 && memory >= 0);
	memset(seen, 0, sizeof(seen));
	assert_int_equal(procfs__thread_files(getpid(), 0, keep_file, &cnt), 0);
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_string_equal(files[kept].name, "x (deleted)");
	assert_string_equal(files[memory].name, "memfd:mem");
	close(kept);
	close(memory);
}

static void names_are_read_one_by_one_and_many(void **state)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), dir;
	char name[64];

	(void)state;
	memset(name, '#', sizeof(name));
	assert_int_equal(name_of(getpid(), 0, null, name, sizeof(name)), 0);
	assert_string_equal(name, "/dev/null");
	assert_int_equal(name_of(getpid(), getpid(), null, name, sizeof(name)), 0);
	assert_string_equal(name, "/dev/null");
	assert_int_equal(name_of(getpid(), 0, null, name, 5), 0);
	assert_string_equal(name, "/dev");
	dir = procfs_names__open(getpid(), 0);
	assert_true(dir >= 0);
	assert_int_equal(procfs_names__read(dir, null, name, sizeof(name)), 0);
	assert_string_equal(name, "/dev/null");
	close(null);
	assert_int_equal(procfs_names__read(dir, null, name, sizeof(name)), -ENOENT);
	procfs_names__close(dir);
	procfs_names__close(-ENOENT);
	/* Not `null`: the folder that is opened takes that number. */
	assert_int_equal(name_of(getpid(), 0, 4000, name, sizeof(name)), -ENOENT);
}

static void who_has_gone_has_no_files(void **state)
{
	pid_t pid = fork();
	char name[16];

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(procfs__thread_files(pid, 0, ignore_file, NULL), -ESRCH);
	assert_int_equal(name_of(pid, 0, 0, name, sizeof(name)), -ENOENT);
	assert_int_equal(procfs_names__open(pid, 0), -ENOENT);
}

/* Processes that come and go during the passes are no error. */
static void passes_survive_processes_that_end(void **state)
{
	struct child c = {.pid = fork()};

	(void)state;
	if (c.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
	}
	for (int i = 0; i < 50; i++)
		assert_int_equal(procfs__tasks(check_task, NULL), 0);
	kill(c.pid, SIGKILL);
	assert_int_equal(waitpid(c.pid, NULL, 0), c.pid);
}

static uint64_t read_number(const char *path)
{
	unsigned long long number = 0;
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu", &number), 1);
	fclose(f);
	return number;
}

static void sums_of_the_host_are_read(void **state)
{
	uint64_t max = read_number("/proc/sys/fs/file-max");
	struct procfs_system sys = {0};

	(void)state;
	assert_int_equal(procfs__system(&sys), 0);
	assert_true(sys.file_nr > 0);
	assert_true(sys.file_max == (max >= INT64_MAX ? FDS_RLIM_INFINITY : max));
	assert_int_equal(sys.nr_open, read_number("/proc/sys/fs/nr_open"));
}

static void limits_of_users_are_read(void **state)
{
	uint64_t limits[FDS_USER_LIMIT_CNT] = {0};
	uint64_t pages = read_number("/proc/sys/fs/pipe-user-pages-soft");

	(void)state;
	procfs__user_limits(limits);
	assert_int_equal(limits[FDS_USER_INOTIFY_INSTANCES],
			 read_number("/proc/sys/fs/inotify/max_user_instances"));
	assert_int_equal(limits[FDS_USER_INOTIFY_WATCHES],
			 read_number("/proc/sys/fs/inotify/max_user_watches"));
	assert_int_equal(limits[FDS_USER_EPOLL_WATCHES],
			 read_number("/proc/sys/fs/epoll/max_user_watches"));
	assert_true(limits[FDS_USER_PIPE_PAGES] == (pages ? pages : FDS_RLIM_INFINITY));
}

/* By its start time, of which /proc tells ticks only. */
static void a_process_is_opened_if_it_is_the_one(void **state)
{
	struct search s = {.tgid = getpid()};
	int dir;

	(void)state;
	assert_int_equal(procfs__tasks(search_task, &s), 0);
	dir = procfs__open_process(getpid(), s.rec.start_ns + 1);
	assert_true(dir >= 0);
	assert_int_equal(faccessat(dir, "maps", F_OK, 0), 0);
	close(dir);
	assert_int_equal(procfs__open_process(getpid(), s.rec.start_ns - 1), -ESRCH);
	assert_int_equal(procfs__open_process(getppid(), s.rec.start_ns - 5000000000), -ESRCH);
	assert_int_equal(procfs__open_process(0, s.rec.start_ns), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_of_users_are_read),
		cmocka_unit_test(a_process_is_opened_if_it_is_the_one),
		cmocka_unit_test(exec_changes_the_exec_id),
		cmocka_unit_test(a_zombie_has_no_table),
		cmocka_unit_test(a_pass_ends_when_told),
		cmocka_unit_test(deleted_is_cut_only_if_it_is),
		cmocka_unit_test(names_are_read_one_by_one_and_many),
		cmocka_unit_test(who_has_gone_has_no_files),
		cmocka_unit_test(passes_survive_processes_that_end),
		cmocka_unit_test(sums_of_the_host_are_read),
	};

	const struct CMUnitTest countings[] = {
		cmocka_unit_test(own_record_is_right),
		cmocka_unit_test(own_record_is_right_without_stdin),
		cmocka_unit_test(a_childs_record_is_right),
		cmocka_unit_test(a_threads_own_table_is_found),
		cmocka_unit_test(a_table_outlives_the_leader),
		cmocka_unit_test(a_full_table_is_an_error),
		cmocka_unit_test(own_files_are_right),
	};
	int failed;

	/* What the caller left open must not be higher than what we open. */
	close_range(3, ~0u, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (has_hidden_fds())
		puts("skipped, a tool has descriptors among ours: countings");
	else
		failed += cmocka_run_group_tests(countings, NULL, NULL);
	return failed;
}
