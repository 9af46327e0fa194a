// links: daemon/base/patient.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads that may never end: a pipe that gives nothing stands for a process that lets nobody in. */
#include "base/patient.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_NS	 (PATIENT_WAIT_MS * NSEC_PER_MSEC)
#define TEXT	 "what it says"
#define GIVE_UP	 (60 * NSEC_PER_SEC)
#define PAUSE_US 10000

struct world {
	char path[64];
	int dir;
	int pipe; /* as long as it is open, who reads the pipe waits */
	char buf[64];
};

static void shut(struct world *w)
{
	w->pipe = openat(w->dir, "pipe", O_RDWR | O_CLOEXEC);
	assert_true(w->pipe >= 0);
}

/* All that wait get their answer, and end. */
static void release(struct world *w)
{
	uint64_t until = clock__monotonic_ns() + GIVE_UP;

	close(w->pipe);
	while (patient__abandoned()) {
		assert_true(clock__monotonic_ns() < until);
		usleep(PAUSE_US);
	}
}

static ssize_t get(struct world *w, const char *name)
{
	return patient__read(w->dir, name, w->buf, sizeof(w->buf));
}

/* What was waited before a test is forgotten with time. */
static void get_text(struct world *w)
{
	uint64_t until = clock__monotonic_ns() + GIVE_UP;

	while (get(w, "text") == -EBUSY) {
		assert_true(clock__monotonic_ns() < until);
		usleep(PAUSE_US);
	}
	assert_string_equal(w->buf, TEXT);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	int fd;

	strcpy(w->path, "/tmp/fdscope-patient-XXXXXX");
	assert_non_null(mkdtemp(w->path));
	w->dir = open(w->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(w->dir >= 0);
	assert_int_equal(mkfifoat(w->dir, "pipe", 0600), 0);
	fd = openat(w->dir, "text", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, TEXT, strlen(TEXT)), strlen(TEXT));
	close(fd);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	unlinkat(w->dir, "pipe", 0);
	unlinkat(w->dir, "text", 0);
	close(w->dir);
	rmdir(w->path);
	free(w);
	return 0;
}

static void what_is_there_is_read(void **state)
{
	struct world *w = *state;

	assert_int_equal(get(w, "text"), strlen(TEXT));
	assert_string_equal(w->buf, TEXT);
	assert_int_equal(patient__read(w->dir, "text", w->buf, 5), 4);
	assert_string_equal(w->buf, "what");
	assert_int_equal(get(w, "none"), -ENOENT);
	assert_int_equal(get(w, "."), -EISDIR);
	assert_int_equal(get(w, "a name that is longer than any of a process"), -EINVAL);
	assert_int_equal(patient__abandoned(), 0);
}

/* Before the others that wait: these eight are all that may be waited at once. */
static void so_many_are_left_waiting(void **state)
{
	struct world *w = *state;
	uint64_t best = UINT64_MAX;

	shut(w);
	for (unsigned int i = 1; i <= PATIENT_ABANDONED_MAX; i++) {
		uint64_t begin = clock__monotonic_ns();

		assert_int_equal(get(w, "pipe"), -EBUSY);
		assert_true(clock__monotonic_ns() - begin >= WAIT_NS);
		assert_int_equal(patient__abandoned(), i);
		/* Another takes its place. */
		if (i == 1)
			get_text(w);
	}
	for (int i = 0; i < 5; i++) {
		uint64_t begin = clock__monotonic_ns(), took;

		assert_int_equal(get(w, "text"), -EBUSY);
		took = clock__monotonic_ns() - begin;
		best = took < best ? took : best;
	}
	assert_true(best < WAIT_NS / 10);
	assert_int_equal(patient__abandoned(), PATIENT_ABANDONED_MAX);
	release(w);
	get_text(w);
}

/* Whoever lets each of us go just after we have given up gets no more of our time for it. */
static void the_time_for_it_is_bounded(void **state)
{
	struct world *w = *state;
	uint64_t begin = clock__monotonic_ns();
	int waited = 0;

	for (int i = 0; i < 100; i++) {
		shut(w);
		assert_int_equal(get(w, "pipe"), -EBUSY);
		waited += patient__abandoned() > 0;
		release(w);
	}
	/* Two seconds of it at first, if no test was before, then a tenth of the time. */
	assert_true(waited <= 1 + 2000 / PATIENT_WAIT_MS +
				      (int)((clock__monotonic_ns() - begin) / WAIT_NS / 10));
	get_text(w);
}

static int first_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* The caller has a reserve for that. */
static void want_of_descriptors_is_told(void **state)
{
	struct world *w = *state;
	struct rlimit old, lim;
	int free_fd = first_free();

	get_text(w);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (int i = 0; i < 2; i++) { /* none for the folder, then none for the file */
		lim = (struct rlimit){free_fd + i, old.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
		assert_int_equal(get(w, "text"), -EMFILE);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	get_text(w);
	assert_int_equal(first_free(), free_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(so_many_are_left_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(the_time_for_it_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(want_of_descriptors_is_told, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
