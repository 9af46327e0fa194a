// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop: keys, answers and events come in, screens go out. */
#include "fdtop/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "complain.h"
#include "fdtop/actions.h"
#include "fdtop/refresh.h"
#include "fdtop/rights.h"
#include "fdtop/screen/screen.h"
#include "fdtop/view/view.h"
#include "program.h"

#define NS_PER_MS   1000000ll
#define FIRST_MS    150 /* an empty first screen is shown only when the daemon takes longer */
#define TOGETHER_MS 60	/* answers that come within are drawn together */
#define KEYS_MAX    200 /* taken at once, before it is drawn what they did */

struct live {
	struct state state;
	struct refresh refresh;
	struct screen *screen;
	struct canvas canvas;
	bool ascii;
	bool dirty, at_once; /* something is to be drawn; without waiting for more */
	bool quit;
	int64_t dirty_ns;
	int64_t cpu_ns, cpu_at_ns; /* of this process, when that was */
};

static volatile sig_atomic_t ending;

static void end(int sig)
{
	(void)sig;
	ending = 1;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void mark(struct live *l, bool at_once)
{
	if (!l->dirty)
		l->dirty_ns = refresh__now_ns();
	l->dirty = true;
	l->at_once |= at_once;
}

static void measure_cost(struct live *l)
{
	int64_t now = refresh__now_ns(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	long pages = 0;
	FILE *f;

	if (now - l->cpu_at_ns < 1000 * NS_PER_MS)
		return;
	if (l->cpu_at_ns)
		l->state.cpu_ratio = (double)(cpu - l->cpu_ns) / (double)(now - l->cpu_at_ns);
	l->cpu_ns = cpu;
	l->cpu_at_ns = now;
	if (!l->state.settings.cost)
		return;
	f = fopen("/proc/self/statm", "re");
	if (f && fscanf(f, "%*d %ld", &pages) == 1)
		l->state.rss_bytes = pages * sysconf(_SC_PAGESIZE);
	if (f)
		fclose(f);
}

static void draw(struct live *l)
{
	int rows, cols;

	screen__size(l->screen, &rows, &cols);
	if (rows != l->canvas.rows || cols != l->canvas.cols) {
		canvas__done(&l->canvas);
		if (canvas__init(&l->canvas, rows, cols, l->ascii))
			return;
	}
	measure_cost(l);
	l->state.now_ns = clock_ns(CLOCK_BOOTTIME);
	l->state.mono_ns = refresh__now_ns();
	view__draw(&l->state, &l->canvas);
	screen__show(l->screen, &l->canvas);
	l->dirty = l->at_once = false;
}

/* Not while more answers are about to come: one change of the screen instead of many. */
static bool is_time_to_draw(const struct live *l)
{
	return l->dirty && (l->at_once || !refresh__is_waiting(&l->refresh) ||
			    refresh__now_ns() - l->dirty_ns >= TOGETHER_MS * NS_PER_MS);
}

static void react(struct live *l, struct key key)
{
	enum reaction reaction = actions__key(&l->state, key);

	if (reaction == REACT_QUIT)
		l->quit = true;
	if (reaction == REACT_MOUSE)
		screen__set_mouse(l->screen, l->state.settings.mouse);
	if (reaction == REACT_REPAINT || key.code == KEYS_RESIZE)
		screen__repaint(l->screen);
	if (reaction == REACT_ASK)
		refresh__hurry(&l->refresh);
	if (reaction == REACT_REFRESH)
		refresh__hurry_all(&l->refresh);
	if (reaction != REACT_NONE)
		mark(l, true);
}

static void take_keys(struct live *l)
{
	for (int i = 0; i < KEYS_MAX && !l->quit; i++) {
		struct key key = screen__read(l->screen);

		if (key.code == KEYS_NONE)
			return;
		react(l, key);
	}
}

/* Waits for whatever comes first.  Signals come in here alone. */
static void wait_for_news(struct live *l, int64_t next_ns, const sigset_t *unblocked)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = asker__fd(l->refresh.asker), .events = POLLIN},
		{.fd = l->refresh.stream ? client__fd(l->refresh.stream) : -1, .events = POLLIN},
	};
	int64_t wait = next_ns - refresh__now_ns();
	struct timespec ts;
	int r;

	if (l->dirty && wait > TOGETHER_MS * NS_PER_MS)
		wait = TOGETHER_MS * NS_PER_MS;
	if (wait < NS_PER_MS || l->refresh.more_events)
		wait = NS_PER_MS;
	ts = (struct timespec){wait / 1000000000, wait % 1000000000};
	r = ppoll(fds, sizeof(fds) / sizeof(fds[0]), &ts, unblocked);
	/* The terminal is gone. */
	if (r > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
		l->quit = true;
	/* A clock and ages go on. */
	if (!r)
		mark(l, false);
}

static void loop(struct live *l, const sigset_t *unblocked)
{
	int64_t first_ns = refresh__now_ns() + FIRST_MS * NS_PER_MS;

	while (!l->quit && !ending) {
		int64_t next_ns;
		bool ready;

		refresh__ask(&l->refresh, &l->state, &next_ns);
		ready = l->state.procs.generation || l->state.down || refresh__now_ns() >= first_ns;
		if (ready && is_time_to_draw(l))
			draw(l);
		if (!ready && next_ns > first_ns)
			next_ns = first_ns;
		wait_for_news(l, next_ns, unblocked);
		take_keys(l);
		if (refresh__take(&l->refresh, &l->state))
			mark(l, false);
		if (refresh__take_events(&l->refresh, &l->state))
			mark(l, false);
	}
}

/* In the loop signals come in while it waits; otherwise they wait. */
static void block_signals(sigset_t *ret_unblocked)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	struct sigaction sa = {.sa_handler = end};
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaddset(&blocked, signals[i]);
		/* ncurses has its own for changes of the size. */
		if (signals[i] != SIGWINCH)
			sigaction(signals[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, ret_unblocked);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(ret_unblocked, signals[i]);
}

static int complain_terminal(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return complain(EXIT_NO, "this is no terminal; fdtop --once prints plain text");
	return complain(EXIT_NO,
			"the terminal '%s' (TERM) cannot be drawn on; fdtop --once prints plain "
			"text",
			term ? term : "");
}

static bool has_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term &&
	       strcmp(term, "dumb") != 0;
}

static int run_on_screen(struct live *l, const struct options *o)
{
	struct screen_wish wish = {l->state.settings.mouse, o->no_colour};
	sigset_t unblocked;

	block_signals(&unblocked);
	if (screen__new(&wish, &l->screen))
		return complain_terminal();
	mark(l, false);
	loop(l, &unblocked);
	screen__free(l->screen);
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	return EXIT_FINE;
}

int live__run(const struct options *o, const struct settings *settings)
{
	struct live l = {};
	int status, err;

	if (!has_terminal())
		return complain_terminal();
	l.ascii = !program__use_utf8() || o->ascii;
	state__init(&l.state);
	l.state.settings = *settings;
	l.state.limited = !rights__see_all();
	l.state.failing = o->failing;
	if (o->filter)
		snprintf(l.state.filter, sizeof(l.state.filter), "%s", o->filter);
	l.state.named_pid = o->pid;
	if (o->pid)
		actions__open(&l.state, o->pid, PAGE_OVERVIEW);
	err = refresh__init(&l.refresh, o->socket);
	if (err)
		return complain(EXIT_NO, "%s", strerror(-err));
	status = run_on_screen(&l, o);
	/* Where they cannot be kept, the next run begins as this one did. */
	if (status == EXIT_FINE && memcmp(&l.state.settings, settings, sizeof(*settings)) != 0)
		settings__save(&l.state.settings);
	refresh__done(&l.refresh);
	canvas__done(&l.canvas);
	state__done(&l.state);
	return status;
}
