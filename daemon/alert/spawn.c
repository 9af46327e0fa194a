// SPDX-License-Identifier: GPL-2.0-or-later
/* From the daemon to a hook's first instruction; see spawn.h. */
#include "alert/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not glibc's: those change the user of every thread, and the threads here are the daemon's. */
static int become(uid_t uid, gid_t gid)
{
	if (syscall(SYS_setgroups, 0, NULL) || syscall(SYS_setresgid, gid, gid, gid) ||
	    syscall(SYS_setresuid, uid, uid, uid))
		return -errno;
	return 0;
}

static void set_limits(uint64_t nofile)
{
	struct rlimit lim;

	/* Each change is news to those who watch. */
	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur != nofile) {
		lim.rlim_cur = nofile < lim.rlim_max ? nofile : lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

/* It should die before the daemon; where there is no descriptor for it, so be it. */
static void reset_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "0", 1);
		close(fd);
	}
}

static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < _NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in the daemon's memory: system calls only.  Returns only if something failed. */
static int become_program(const struct spawn *s)
{
	char *const argv[] = {(char *)s->program, NULL};
	int err = 0;

	setsid();
	if (dup2(s->in, STDIN_FILENO) < 0 || dup2(s->out, STDOUT_FILENO) < 0 ||
	    dup2(s->out, STDERR_FILENO) < 0)
		return -errno;
	syscall(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
	reset_oom_score();
	set_limits(s->nofile);
	umask(022);
	if (chdir("/"))
		return -errno;
	/* What a unit gives a daemon that is not root is not for its hooks, whoever they run as. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) && errno != EINVAL)
		return -errno;
	if (s->uid != geteuid() || geteuid() == 0)
		err = become(s->uid, s->gid);
	if (err)
		return err;
	/* Last: until here a signal would have run a handler of the daemon's. */
	reset_signals();
	execve(s->program, argv, s->env);
	return -errno;
}

int spawn__start(const struct spawn *s, pid_t *ret)
{
	sigset_t all, old;
	volatile int err = 0;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = vfork();
	if (pid == 0) {
		err = become_program(s);
		_exit(127);
	}
	if (pid < 0)
		err = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (pid > 0 && err)
		waitpid(pid, NULL, 0);
	if (err)
		return err;
	*ret = pid;
	return 0;
}
