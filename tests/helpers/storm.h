/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The storm maker's inside: the table of cases, and what a case is built from. A case runs in a
 * process of its own, the stage, which forks actors; every step checks its result.
 */
#ifndef FDSCOPE_TESTS_STORM_H
#define FDSCOPE_TESTS_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

struct bag;

/*
 * The one table of cases. MAKER(id, name, help): maker__id() makes one thing in the given bag, and
 * the stage mixes it with closes. CASE(id, name, help): case__id() does a whole round.
 */
#define STORM_CASES(MAKER, CASE)                                                                   \
	MAKER(open, "open", "the open family on files, directories and devices")                   \
	MAKER(pipe2, "pipe2", "pipe and pipe2")                                                    \
	MAKER(socketpair, "socketpair", "socket and socketpair")                                   \
	MAKER(eventfd, "eventfd", "eventfd and eventfd2")                                          \
	MAKER(epoll, "epoll", "epoll instances with members")                                      \
	MAKER(timerfd, "timerfd", "timers, armed and not")                                         \
	MAKER(signalfd, "signalfd", "signalfd, new and changed in place")                          \
	MAKER(inotify, "inotify", "inotify instances, few as the kernel allows few")               \
	MAKER(memfd, "memfd", "memfd_create")                                                      \
	MAKER(pidfd, "pidfd", "pidfd_open, clone and clone3 with CLONE_PIDFD")                     \
	MAKER(rare, "rare", "seldom met makers: bpf, perf, mounts, landlock, queues, handles")     \
	MAKER(ioctl, "ioctl", "made by ioctl and getsockopt: tty peer, namespaces, peer pidfd")    \
	CASE(dup, "dup", "dup")                                                                    \
	CASE(dup2_empty, "dup2-empty", "dup2 to empty slots")                                      \
	CASE(dup2_used, "dup2-used", "dup2 over used slots")                                       \
	CASE(dup2_same, "dup2-same", "dup2 of a number to itself")                                 \
	CASE(dup3_empty, "dup3-empty", "dup3 to empty slots")                                      \
	CASE(dup3_used, "dup3-used", "dup3 over used slots, half with O_CLOEXEC")                  \
	CASE(fcntl_dupfd, "fcntl-dupfd", "F_DUPFD and F_DUPFD_CLOEXEC, from 0 and higher")         \
	CASE(accept, "accept", "completed connections over loopback TCP and Unix")                 \
	CASE(accept_blocked, "accept-blocked", "threads blocked in accept: reserved numbers")      \
	CASE(fifo_blocked, "open-fifo-blocked", "threads blocked in opening a FIFO: reserved")     \
	CASE(pidfd_getfd, "pidfd_getfd", "descriptors fetched from another process")               \
	CASE(scm_rights, "scm-rights", "descriptors passed between two processes")                 \
	CASE(scm_truncated, "scm-rights-truncated", "passed, but buffer or limit cut some off")    \
	CASE(close, "close", "close, with misses that give EBADF")                                 \
	CASE(close_range, "close-range", "close_range over holes")                                 \
	CASE(close_range_cloexec, "close-range-cloexec", "CLOSE_RANGE_CLOEXEC, then exec")         \
	CASE(close_range_unshare, "close-range-unshare", "CLOSE_RANGE_UNSHARE, thread and single") \
	CASE(fork, "fork", "children whose copies diverge, some with children")                    \
	CASE(vfork_exec, "vfork-exec", "vfork and exec with 400 descriptors, half close-on-exec")  \
	CASE(exec_thread, "exec-thread", "exec from a thread that is not the leader")              \
	CASE(clone_files, "clone-files", "processes racing on one table by CLONE_FILES")           \
	CASE(clone_files_exit, "clone-files-exit", "two sharers exit together, a third lives on")  \
	CASE(unshare_thread, "unshare-thread", "threads with a table of their own")                \
	CASE(threads, "threads", "8 threads racing open, close and dup on one table")              \
	CASE(threads_big, "threads-big", "racing beyond 1024 and 4096 descriptors")                \
	CASE(io_uring, "io_uring", "open, close, accept, socket and more by io_uring workers")     \
	CASE(io_uring_sqpoll, "io_uring-sqpoll", "the same, submitted by the kernel's thread")     \
	CASE(io_uring_blocked, "io_uring-blocked",                                                 \
	     "workers that wait in open (reserved) or accept")                                     \
	CASE(seccomp_addfd, "seccomp-addfd", "injected by a seccomp supervisor")                   \
	CASE(exit_killed, "exit-killed", "a process of 200 threads is killed, others remain")      \
	CASE(zombie_leader, "zombie-leader", "main thread gone, other threads live on")            \
	CASE(zombies, "zombies", "children that nobody reaped")                                    \
	CASE(prlimit, "prlimit", "limits of others changed from outside, also below use")          \
	CASE(emfile, "emfile", "at the limit: EMFILE, EBADF and EINVAL")                           \
	CASE(pid_namespace, "pid-namespace", "processes inside a pid namespace")                   \
	CASE(fanotify_read, "fanotify-read", "descriptors received by read()")                     \
	CASE(compat_calls, "compat-calls", "32-bit calls by a 64-bit program")                     \
	CASE(bad_pointers, "bad-pointers", "numbers given back by calls that fail with EFAULT")    \
	CASE(recvmsg_fault, "recvmsg-fault", "received by a recvmsg that fails with EFAULT")       \
	CASE(fanotify_fork, "fanotify-fork", "received by read() of a queue made before fork")     \
	CASE(max_fds, "max-fds", "one process with as many as its hard limit allows")              \
	CASE(mix, "mix", "every maker that works here, at random, in a few processes")

/* Checks of a case. They end the whole storm with the case's name, the place and errno. */
#define MUST(expr)	     storm__must((long)(expr), #expr, __FILE__, __LINE__)
#define MUST_FAIL(expr, err) storm__must_fail((long)(expr), (err), #expr, __FILE__, __LINE__)
#define ZERO(expr)	     storm__zero((expr), #expr, __FILE__, __LINE__)
#define WANT(cond)	     ((cond) ? (void)0 : storm__fail(#cond, NULL, __FILE__, __LINE__))

/* storm_stage.c: the process a case runs in, its actors, and how they agree to stand still. */
#define STAGE_FDS 5  /* 0, 1, 2 and the two pipes to the main process */
#define ACTOR_FDS 3  /* an actor has let go of those pipes */
#define GATES	  64 /* counters in shared memory that a case may use as it likes */

typedef void maker_fn(struct bag *b);
typedef void round_fn(void);
typedef void actor_fn(long arg);

struct storm_case {
	const char *name;
	const char *help;
	maker_fn *make;
	round_fn *round;
};

struct storm_opts {
	unsigned int rounds;
	uint64_t seed;
	bool quiet; /* bags are emptied before standing still */
};

extern const struct storm_case storm_cases[];
extern const size_t storm_case_cnt;
extern char storm_exe[4096]; /* this program, to exec it again */

long storm__must(long r, const char *what, const char *file, int line);
void storm__must_fail(long r, int err, const char *what, const char *file, int line);
void storm__zero(int r, const char *what, const char *file, int line);
_Noreturn void storm__fail(const char *what, const char *why, const char *file, int line);

/* Runs the case, a round for each byte from fd 3, answering a line on fd 4. */
_Noreturn void stage__run(const struct storm_case *c, const struct storm_opts *o);
/* Ends the case: this kernel, or our rights, cannot do it. From the stage process only. */
_Noreturn void stage__skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool stage__quiet(void);
unsigned int stage__round(void);

/* Waits until cnt actors and threads have called arrive since the round began. */
void stage__await(int cnt);
void actor__arrive(void);
/* Arrives and then blocks for ever. */
_Noreturn void actor__still(void);
/* Forks a process that runs fn(arg) and then stands still. It dies with its parent. */
pid_t actor__spawn(actor_fn *fn, long arg);
/* The same by a raw clone with these flags besides SIGCHLD; single-threaded callers only. */
pid_t actor__clone(unsigned long flags, actor_fn *fn, long arg);
/* First thing in a child made by other means: dies with parent, whose pid this is; own dice. */
void actor__settle(pid_t parent, long salt);
/* A child to be killed and reaped by actor__end_all(), which each round begins with. */
void actor__adopt(pid_t pid);
void actor__end_all(void);
void actor__kill(pid_t pid);
void actor__reap(pid_t pid, int status);
/* Waits for a child that was forked to try something: its exit status, an errno value. */
int actor__verdict(pid_t pid);

/* A counter in memory shared by all processes of the case: 0 when a round begins. */
void gate__add(int gate, int n);
int gate__get(int gate);
void gate__set(int gate, int value);
void gate__await(int gate, int at_least);

/* Starts a thread that runs fn(arg), arrives, and blocks for ever unless fn leaves otherwise. */
pid_t thread__spawn(actor_fn *fn, long arg);
/* Waits until that task is blocked in the system call nr (any blocked state where unknown). */
void task__await_blocked(pid_t pid, pid_t tid, long nr);

/* storm_bag.c: dice, and a set of descriptors that one owner opened. */
struct bag {
	int *fds;
	size_t cnt, cap;
};

void rng__seed(uint64_t seed);
uint32_t rng__below(uint32_t n);
bool rng__one_in(uint32_t n);

void bag__add(struct bag *b, int fd);
int bag__pick(const struct bag *b);
int bag__take(struct bag *b);
bool bag__has(const struct bag *b, int fd);
void bag__forget(struct bag *b, int fd);
void bag__close_to(struct bag *b, size_t keep);
void bag__done(struct bag *b);
/* ops random makes and closes, never more than keep open at once. */
void bag__churn(struct bag *b, maker_fn *make, unsigned int ops, size_t keep);
/* Opens descriptors of mixed cheap kinds until the bag holds cnt. */
void bag__fill(struct bag *b, size_t cnt);
void maker__any(struct bag *b);

/* What this process's table holds by /proc, without the descriptor that the counting needs. */
unsigned int fds__count(void);
unsigned int fds__count_of(pid_t pid, pid_t tid);
bool fds__is_open(int fd);

/*
 * storm_exec.c: a process that exec'ed this program and stands still. It writes a byte to
 * report_fd, which survives the exec whatever its flag says, and closes it. Nothing may fork
 * beside while that pipe is open: its end of input says that the last has closed.
 */
pid_t exec__spawn(int report_fd);
/* Waits until cnt of them stand still; closes both ends of the pipe. */
void exec__await(int *report, unsigned int cnt);
_Noreturn void exec__child_still(const char *report_fd);

/* storm_net.c: a FIFO that has no name but "/proc/self/fd/N", N being the descriptor returned. */
int fifo__make(char *ret_path, size_t sz);

/* storm_pass.c: one message of descriptors. */
void scm__send(int sock, const int *fds, unsigned int cnt);
/* Room for cnt; stores those received, and whether the kernel cut some off. */
unsigned int scm__recv(int sock, int *ret_fds, unsigned int cnt, int flags, bool *ret_truncated);

#define DECLARE_MAKER(id, name, help) maker_fn maker__##id;
#define DECLARE_CASE(id, name, help)  round_fn case__##id;
STORM_CASES(DECLARE_MAKER, DECLARE_CASE)

#endif
