// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a hook's process; see runner.h. */
#include "alert/runner.h"

#include "alert/spawn.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utlist.h>

#define READ_SZ	    4096
#define READ_CNT    4	      /* per round of the loop, so that a flood leaves time for others */
#define DRAIN_SZ    (1 << 20) /* what its writer may have made a pipe to hold (pipe-max-size) */
#define LINE_SZ	    512	      /* bytes of one line of output in the log */
#define SWEEP_NS    (250 * NSEC_PER_MSEC)
#define BASE_ENVS   5
#define END_NS	    (2 * NSEC_PER_SEC) /* the longest that the runner's own end takes */
#define END_WAIT_NS (20 * NSEC_PER_MSEC)

/* A run that waits, or goes on. */
struct job {
	struct job *prev, *next;
	struct hook hook;
	char **env; /* whole, ended by NULL; one block of memory */
	char *input;
	size_t input_sz;
};

struct slot {
	struct runner *runner;
	struct job *job; /* NULL: free */
	pid_t pid;
	int in;		  /* memory that is the standard input; between runs the same as plain */
	int plain;	  /* such memory as was there from the start, for when none can be had */
	int out_r, out_w; /* both ends stay ours: what ends a run is its process */
	sd_event_source *io, *timer;
	bool ending; /* it has been asked to */
	size_t logged, thrown;
	char line[LINE_SZ];
	size_t line_len;
};

struct runner {
	sd_event *event;
	struct runner_config config;
	struct slot slots[RUNNER_SLOTS_MAX];
	unsigned int slot_cnt;
	struct job *queue;
	struct runner_stats stats;
	double tokens;
	uint64_t tokens_ns, dropped_told_ns;
	int spares[RUNNER_SPARE_CNT];
	unsigned int spare_cnt;
	bool scarce;
	sd_event_source *child, *sweep;
};

static void free_job(struct job *j)
{
	if (!j)
		return;
	free(j->env);
	free(j->input);
	free(j);
}

/* ---- output ---- */

static void log_line(struct slot *s)
{
	if (s->line_len)
		log_info("hook %s: %.*s", s->job->hook.name, (int)s->line_len, s->line);
	s->line_len = 0;
}

static void take_output(struct slot *s, const char *bytes, size_t len)
{
	size_t max = s->runner->config.output_max;

	for (size_t i = 0; i < len; i++) {
		/* A reload may have set it below what has been logged. */
		if (s->logged >= max) {
			s->thrown += len - i;
			return;
		}
		s->logged++;
		if (bytes[i] == '\n' || s->line_len == LINE_SZ)
			log_line(s);
		if (bytes[i] != '\n')
			s->line[s->line_len++] = bytes[i] ?: '?';
	}
}

/* Returns whether there may be more. */
static bool read_output(struct slot *s)
{
	char bytes[READ_SZ];

	for (int i = 0; i < READ_CNT; i++) {
		ssize_t len = read(s->out_r, bytes, sizeof(bytes));

		if (len <= 0)
			return false;
		if (s->job)
			take_output(s, bytes, len);
	}
	return true;
}

static int on_output(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	(void)src, (void)fd, (void)events;
	read_output(ctx);
	return 0;
}

/* ---- ends ---- */

static void arm(sd_event_source *timer, uint64_t ns)
{
	sd_event_source_set_time_relative(timer, ns / NSEC_PER_USEC);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static struct slot *slot_of(struct runner *r, pid_t pid)
{
	for (unsigned int i = 0; i < r->slot_cnt; i++)
		if (r->slots[i].job && r->slots[i].pid == pid)
			return &r->slots[i];
	return NULL;
}

static void complain(const struct slot *s, const char *what)
{
	const struct hook *h = &s->job->hook;
	char text[512], name[64], error[256];
	const char *fields[] = {name, error, NULL};

	snprintf(text, sizeof(text), "hook %s: %s", h->name, what);
	snprintf(name, sizeof(name), "FDSCOPE_HOOK=%s", h->name);
	snprintf(error, sizeof(error), "FDSCOPE_ERROR=%s", what);
	journal__emit(FDS_MESSAGE_HOOK_FAILED, LOG_WARNING, text, fields);
}

static void judge_end(struct slot *s, int status)
{
	char what[128];

	if (s->ending)
		return; /* told as a time-out */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	s->runner->stats.nonzero++;
	if (WIFEXITED(status))
		snprintf(what, sizeof(what), "exit status %d", WEXITSTATUS(status));
	else if (sigabbrev_np(WTERMSIG(status)))
		snprintf(what, sizeof(what), "died of SIG%s", sigabbrev_np(WTERMSIG(status)));
	else /* of real time */
		snprintf(what, sizeof(what), "died of signal %d", WTERMSIG(status));
	complain(s, what);
}

static void start_next(struct runner *r);

/* No memory is to stay with us for a hook that is gone, least what it has added to its input. */
static void drop_input(struct slot *s)
{
	(void)!ftruncate(s->plain, 0);
	dup3(s->plain, s->in, O_CLOEXEC);
}

static void finish(struct slot *s, int status)
{
	/* All that the pipe can hold: the next run's output is not to begin with it. */
	for (int i = 0; i < DRAIN_SZ / (READ_CNT * READ_SZ) && read_output(s); i++)
		;
	log_line(s);
	judge_end(s, status);
	if (s->thrown)
		log_info("hook %s: %zu bytes more of output are not shown", s->job->hook.name,
			 s->thrown);
	sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	drop_input(s);
	free_job(s->job);
	s->job = NULL;
	s->pid = 0;
	arm(s->runner->sweep, SWEEP_NS);
}

/*
 * Children of ours that are no hooks: what hooks left behind is given to us, as the nearest
 * subreaper.
 */
static void kill_orphans(struct runner *r)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1)
		if (!slot_of(r, pid))
			kill(pid, SIGKILL);
}

static void reap(struct runner *r)
{
	for (;;) {
		siginfo_t info = {};
		struct slot *s;
		int status;

		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
			return;
		s = slot_of(r, info.si_pid);
		/*
		 * What it left in its session, as long as the number is surely its own; what has
		 * hidden elsewhere is swept.
		 */
		if (s)
			kill(-s->pid, SIGKILL);
		if (waitpid(info.si_pid, &status, WNOHANG) != info.si_pid)
			return;
		if (s)
			finish(s, status);
	}
}

static int on_child(sd_event_source *src, const struct signalfd_siginfo *si, void *ctx)
{
	(void)src, (void)si;
	reap(ctx);
	kill_orphans(ctx);
	start_next(ctx);
	return 0;
}

static unsigned int count_running(const struct runner *r)
{
	unsigned int cnt = 0;

	for (unsigned int i = 0; i < r->slot_cnt; i++)
		cnt += r->slots[i].job != NULL;
	return cnt;
}

static void take_spares(struct runner *r)
{
	for (unsigned int i = 0; i < r->spare_cnt; i++)
		if (r->spares[i] < 0)
			r->spares[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void give_spares(struct runner *r)
{
	for (unsigned int i = 0; i < r->spare_cnt; i++)
		if (r->spares[i] >= 0)
			close(take_fd(&r->spares[i]));
}

/* A while after a start or an end. */
static int on_sweep(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct runner *r = ctx;

	(void)src, (void)usec;
	reap(r);
	kill_orphans(r);
	start_next(r);
	if (!count_running(r))
		take_spares(r);
	if (r->queue)
		arm(r->sweep, SWEEP_NS);
	return 0;
}

static int on_timeout(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct slot *s = ctx;

	(void)usec;
	if (!s->job)
		return 0;
	if (s->ending) {
		kill(-s->pid, SIGKILL);
		return 0;
	}
	s->ending = true;
	s->runner->stats.timeouts++;
	complain(s, "took too long and is ended");
	kill(-s->pid, SIGTERM);
	arm(src, RUNNER_GRACE_NS);
	return 0;
}

/* ---- begins ---- */

static int write_input(int fd, const char *bytes, size_t len)
{
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0)
			return -errno;
		bytes += n;
		len -= n;
	}
	/* It may write what its input is, and the memory for that is ours.  Not so the plain one.
	 */
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/*
 * What a run before may have done to the slot: somebody may still hold its input, so it is a new
 * one if there is a descriptor; and the pipe's writers may have been told not to wait.
 */
static void renew(struct slot *s)
{
	int in = memfd_create("fdscope-hook", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	fcntl(s->out_w, F_SETFL, 0);
	if (in < 0)
		return;
	/* Under its old number, which the event loop does not know. */
	dup3(in, s->in, O_CLOEXEC);
	close(in);
}

static void start(struct slot *s, struct job *job)
{
	struct runner *r = s->runner;
	_cleanup_free_ char *why = NULL;
	struct spawn spawn = {
		.program = job->hook.program,
		.env = job->env,
		.in = s->in,
		.out = s->out_w,
		.uid = job->hook.uid,
		.gid = job->hook.gid,
		.nofile = r->config.nofile,
	};
	char what[512];
	int err;

	s->job = job;
	s->ending = false;
	s->logged = s->thrown = s->line_len = 0;
	err = hook__check_program(&job->hook, &why);
	if (!err)
		err = write_input(s->in, job->input, job->input_sz);
	if (!err && r->scarce)
		give_spares(r);
	if (!err)
		err = spawn__start(&spawn, &s->pid);
	if (!err) {
		r->stats.started++;
		arm(s->timer, job->hook.timeout_ns);
	} else {
		r->stats.failed++;
		snprintf(what, sizeof(what), "cannot be run: %s%s%s", why ?: job->hook.program,
			 why ? "" : ": ", why ? "" : strerror(-err));
		complain(s, what);
		drop_input(s);
		free_job(s->job);
		s->job = NULL;
	}
	if (r->scarce)
		arm(r->sweep, SWEEP_NS);
}

static void start_next(struct runner *r)
{
	for (unsigned int i = 0; i < r->slot_cnt; i++) {
		struct slot *s = &r->slots[i];

		/* What cannot be started leaves its place to the next. */
		while (!s->job && r->queue) {
			struct job *job = r->queue;

			DL_DELETE(r->queue, job);
			r->stats.queued--;
			renew(s);
			start(s, job);
		}
	}
}

/* The environment as one block: pointers, then what they point to. */
static char **make_env(const struct hook *h, const char *const *env)
{
	char home[HOOK_HOME_SZ + 8], user[HOOK_USER_SZ + 8], logname[HOOK_USER_SZ + 16];
	const char *base[BASE_ENVS] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
		home, user, logname};
	size_t cnt = BASE_ENVS + 1, len = 0;
	char **list, *text;

	snprintf(home, sizeof(home), "HOME=%s", h->home);
	snprintf(user, sizeof(user), "USER=%s", h->user);
	snprintf(logname, sizeof(logname), "LOGNAME=%s", h->user);
	for (size_t i = 0; i < BASE_ENVS; i++)
		len += strlen(base[i]) + 1;
	for (const char *const *e = env; *e; e++, cnt++)
		len += strlen(*e) + 1;
	list = malloc(cnt * sizeof(*list) + len);
	if (!list)
		return NULL;
	text = (char *)(list + cnt);
	for (size_t i = 0; i < cnt - 1; i++) {
		list[i] = text;
		text = stpcpy(text, i < BASE_ENVS ? base[i] : env[i - BASE_ENVS]) + 1;
	}
	list[cnt - 1] = NULL;
	return list;
}

/* Dropped ones are counted; a line now and then says so. */
static int drop(struct runner *r, uint64_t *counter, const char *why)
{
	uint64_t now = clock__now_ns();

	(*counter)++;
	if (!r->dropped_told_ns || now - r->dropped_told_ns > 60 * NSEC_PER_SEC) {
		r->dropped_told_ns = now;
		log_warning("hooks are dropped: %s", why);
	}
	return -ENOBUFS;
}

static bool take_token(struct runner *r)
{
	uint64_t now = clock__now_ns();

	r->tokens += (now - r->tokens_ns) / 60e9 * r->config.rate_per_min;
	if (r->tokens > r->config.rate_per_min)
		r->tokens = r->config.rate_per_min;
	r->tokens_ns = now;
	if (r->tokens < 1)
		return false;
	r->tokens--;
	return true;
}

int runner__run(struct runner *r, const struct hook *h, const char *const *env, const char *input,
		size_t input_sz)
{
	struct job *job;

	/* First the queue: what it has no place for is no start. */
	if (count_running(r) == r->slot_cnt && r->stats.queued >= r->config.max_queued)
		return drop(r, &r->stats.dropped_queue, "more than hooks-queued wait");
	if (!take_token(r))
		return drop(r, &r->stats.dropped_rate, "more than hooks-per-minute");
	if (input_sz > RUNNER_INPUT_MAX)
		input_sz = 0;
	job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->hook = *h;
	job->env = make_env(h, env);
	job->input = malloc(input_sz + 1);
	if (!job->env || !job->input) {
		free_job(job);
		return -ENOMEM;
	}
	memcpy(job->input, input, input_sz);
	job->input_sz = input_sz;
	DL_APPEND(r->queue, job);
	r->stats.queued++;
	start_next(r);
	return 0;
}

/* ---- beginning and end of all ---- */

static int prepare(struct runner *r, struct slot *s)
{
	int fds[2], err;

	s->runner = r;
	s->in = s->plain = s->out_r = s->out_w = -1;
	s->plain = memfd_create("fdscope-hook", MFD_CLOEXEC);
	if (s->plain < 0)
		return -errno;
	s->in = fcntl(s->plain, F_DUPFD_CLOEXEC, 0);
	/* Its reader must not wait; its writers, the hooks, do as they are used to. */
	if (s->in < 0 || pipe2(fds, O_CLOEXEC))
		return -errno;
	s->out_r = fds[0];
	s->out_w = fds[1];
	if (fcntl(s->out_r, F_SETFL, O_NONBLOCK))
		return -errno;
	err = sd_event_add_io(r->event, &s->io, s->out_r, EPOLLIN, on_output, s);
	if (err >= 0)
		err = sd_event_add_time(r->event, &s->timer, CLOCK_MONOTONIC, 0, 10000, on_timeout,
					s);
	if (err >= 0)
		err = sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
	return err < 0 ? err : 0;
}

/* They are not to be what the daemon itself runs short of. */
static unsigned int count_spares(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur / 16 >= RUNNER_SPARE_CNT)
		return RUNNER_SPARE_CNT;
	return lim.rlim_cur / 16;
}

static int prepare_all(struct runner *r)
{
	sigset_t mask;
	int err;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) || prctl(PR_SET_CHILD_SUBREAPER, 1))
		return -errno;
	err = sd_event_add_signal(r->event, &r->child, SIGCHLD, on_child, r);
	if (err >= 0)
		err = sd_event_add_time(r->event, &r->sweep, CLOCK_MONOTONIC, 0, 10000, on_sweep,
					r);
	if (err >= 0)
		err = sd_event_source_set_enabled(r->sweep, SD_EVENT_OFF);
	while (err >= 0 && r->slot_cnt < r->config.max_running && r->slot_cnt < RUNNER_SLOTS_MAX)
		err = prepare(r, &r->slots[r->slot_cnt++]);
	take_spares(r);
	return err < 0 ? err : 0;
}

int runner__new(sd_event *event, const struct runner_config *c, struct runner **ret)
{
	struct runner *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->event = event;
	r->config = *c;
	r->tokens = c->rate_per_min;
	r->tokens_ns = clock__now_ns();
	r->spare_cnt = count_spares();
	for (unsigned int i = 0; i < RUNNER_SPARE_CNT; i++)
		r->spares[i] = -1;
	err = prepare_all(r);
	if (err)
		runner__free(r);
	else
		*ret = r;
	return err;
}

/*
 * Until none of them is left: whose parent is killed is given to us, and is killed in turn.  The
 * wait is bounded, since who hangs in a disk does not die, and others may not be ours to kill.
 */
static void end_all(struct runner *r)
{
	uint64_t until = clock__now_ns() + END_NS;
	struct timespec while_none = {.tv_nsec = END_WAIT_NS};
	sigset_t child;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	for (unsigned int i = 0; i < r->slot_cnt; i++)
		if (r->slots[i].job)
			kill(-r->slots[i].pid, SIGKILL);
	do {
		kill_orphans(r);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
	} while (
		!pid && clock__now_ns() < until &&
		(sigtimedwait(&child, NULL, &while_none) > 0 || errno == EAGAIN || errno == EINTR));
}

void runner__free(struct runner *r)
{
	struct job *j, *next;

	if (!r)
		return;
	end_all(r);
	for (unsigned int i = 0; i < r->slot_cnt; i++) {
		struct slot *s = &r->slots[i];

		sd_event_source_disable_unref(s->io);
		sd_event_source_disable_unref(s->timer);
		cleanup_close(&s->in);
		cleanup_close(&s->plain);
		cleanup_close(&s->out_r);
		cleanup_close(&s->out_w);
		free_job(s->job);
	}
	DL_FOREACH_SAFE (r->queue, j, next)
		free_job(j);
	sd_event_source_disable_unref(r->child);
	sd_event_source_disable_unref(r->sweep);
	give_spares(r);
	free(r);
}

void runner__apply_config(struct runner *r, const struct runner_config *c)
{
	unsigned int max_running = r->config.max_running;

	r->config = *c;
	r->config.max_running = max_running;
}

void runner__set_scarce(struct runner *r, bool scarce)
{
	r->scarce = scarce;
}

void runner__stats(const struct runner *r, struct runner_stats *ret)
{
	*ret = r->stats;
	ret->running = count_running(r);
}
