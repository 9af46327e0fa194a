// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * truncate-before-lock: open(O_TRUNC) empties a file before the lock that is to protect it can be
 * taken.  A writer and a reader in a loop; the reader, which locks as it should, finds no data.
 *   wrong     open(O_WRONLY|O_TRUNC|O_CREAT), flock(), write, unlock
 *   posix     the same with fcntl(F_SETLKW)
 *   ofd       the same with fcntl(F_OFD_SETLKW)
 *   held      wrong, once, while the reader holds the lock: what it reads is gone under its hands
 *   right     open without O_TRUNC, flock(), ftruncate(), write
 *   separate  the lock is another file's; the data's is opened with O_TRUNC under it
 *   empty     a file that is a lock only, and always empty, opened with O_TRUNC
 *   fresh     each turn makes a file that was not there
 */
#include "traps.h"

#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>

#define TEXT	 "123ABC"
#define TEXT_LEN 6

/* The wrong one goes on until it shows, the right one as long as the wrong one hardly ever takes.
 */
#define WRONG_MS 30000
#define RIGHT_MS 500

enum lock { LOCK_FLOCK, LOCK_POSIX, LOCK_OFD };

static const char *const lock_names[] = {"flock", "posix", "ofd"};

static char dir[256], path[300], lock_path[310];

/* What writer and reader tell each other. */
struct board {
	atomic_bool over;
	atomic_uint writes, reads;
};
static struct board *board;

static void make(void)
{
	trap__path(dir, sizeof(dir), path, sizeof(path));
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		trap__die("mmap");
}

static void write_text(int fd)
{
	MUST(write(fd, TEXT, TEXT_LEN));
	MUST(fsync(fd));
}

static void make_data(void)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));

	write_text(fd);
	MUST(close(fd));
}

/* type: F_RDLCK, F_WRLCK or F_UNLCK, as fcntl() has them. */
static void do_lock(int fd, enum lock lock, short type)
{
	struct flock range = {.l_type = type, .l_whence = SEEK_SET};

	if (lock == LOCK_FLOCK)
		MUST(flock(fd, type == F_RDLCK ? LOCK_SH : type == F_WRLCK ? LOCK_EX : LOCK_UN));
	else
		MUST(fcntl(fd, lock == LOCK_OFD ? F_OFD_SETLKW : F_SETLKW, &range));
}

/* ---- turns of the writer ---- */

static void write_wrong(enum lock lock)
{
	int fd = MUST(open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600));

	do_lock(fd, lock, F_WRLCK);
	write_text(fd);
	do_lock(fd, lock, F_UNLCK);
	MUST(close(fd));
}

static void write_right(enum lock lock)
{
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));

	do_lock(fd, lock, F_WRLCK);
	MUST(ftruncate(fd, 0));
	write_text(fd);
	do_lock(fd, lock, F_UNLCK);
	MUST(close(fd));
}

static void write_separate(enum lock lock)
{
	int guard = MUST(open(lock_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), fd;

	do_lock(guard, lock, F_WRLCK);
	fd = MUST(open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600));
	write_text(fd);
	MUST(close(fd));
	do_lock(guard, lock, F_UNLCK);
	MUST(close(guard));
}

/* ---- a turn of the reader ---- */

/* The bytes it saw under the lock. */
static int read_once(const char *locked, enum lock lock)
{
	int guard = MUST(open(locked, O_RDONLY | O_CREAT | O_CLOEXEC, 0600)), fd = guard, len;
	char text[2 * TEXT_LEN];

	do_lock(guard, lock, F_RDLCK);
	if (locked != path)
		fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	len = MUST(read(fd, text, sizeof(text)));
	if (fd != guard)
		MUST(close(fd));
	do_lock(guard, lock, F_UNLCK);
	MUST(close(guard));
	if (len == TEXT_LEN && memcmp(text, TEXT, TEXT_LEN))
		return -1;
	return len;
}

/* Writer and reader until the reader sees something else than the text, or the time is over. */
static void loop(void (*write_once)(enum lock lock), const char *locked, enum lock lock, int ms)
{
	int64_t end = trap__now_ms() + ms;
	int saw = TEXT_LEN;
	pid_t reader;
	struct baton done = baton__new();

	make_data();
	reader = trap__fork();
	if (reader == 0) {
		while (saw == TEXT_LEN && !board->over) {
			saw = read_once(locked, lock);
			board->reads++;
		}
		board->over = true;
		baton__give(&done, saw);
		trap__stay_and_exit();
	}
	while (!board->over && trap__now_ms() < end) {
		write_once(lock);
		board->writes++;
	}
	board->over = true;
	saw = baton__take(&done);
	trap__tell(saw == 0	     ? "reader saw an empty file"
		   : saw == TEXT_LEN ? "reader saw the text"
				     : "reader saw something else",
		   "\"reader\":%d,\"path\":\"%s\",\"lock\":\"%s\",\"bytes\":%d,\"writes\":%u,"
		   "\"reads\":%u",
		   reader, path, lock_names[lock], TEXT_LEN, board->writes, board->reads);
}

static void run_wrong(void)
{
	make();
	loop(write_wrong, path, LOCK_FLOCK, WRONG_MS);
}

static void run_posix(void)
{
	make();
	loop(write_wrong, path, LOCK_POSIX, WRONG_MS);
}

static void run_ofd(void)
{
	make();
	loop(write_wrong, path, LOCK_OFD, WRONG_MS);
}

static void run_right(void)
{
	make();
	loop(write_right, path, LOCK_FLOCK, RIGHT_MS);
}

static void run_separate(void)
{
	make();
	loop(write_separate, lock_path, LOCK_FLOCK, RIGHT_MS);
}

static void run_held(void)
{
	struct baton locked = baton__new(), emptied = baton__new(), done = baton__new();
	char text[TEXT_LEN];
	int fd, before, after;
	pid_t reader;

	make();
	make_data();
	reader = trap__fork();
	if (reader == 0) {
		fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
		do_lock(fd, LOCK_FLOCK, F_RDLCK);
		baton__give(&locked, MUST(pread(fd, text, sizeof(text), 0)));
		baton__take(&emptied);
		/* So that the writer waits, which it cannot say. */
		trap__sleep_ms(50);
		after = MUST(pread(fd, text, sizeof(text), 0));
		do_lock(fd, LOCK_FLOCK, F_UNLCK);
		MUST(close(fd));
		baton__give(&done, after);
		trap__stay_and_exit();
	}
	before = baton__take(&locked);
	fd = MUST(open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600));
	baton__give(&emptied, 0);
	do_lock(fd, LOCK_FLOCK, F_WRLCK);
	write_text(fd);
	do_lock(fd, LOCK_FLOCK, F_UNLCK);
	MUST(close(fd));
	after = baton__take(&done);
	trap__tell(before == TEXT_LEN && after == 0 ? "reader saw an empty file"
						    : "reader saw the text",
		   "\"reader\":%d,\"path\":\"%s\",\"lock\":\"flock\",\"bytes\":%d", reader, path,
		   TEXT_LEN);
}

/* Opens a file with O_TRUNC, locks it, and writes nothing or the text. */
static void lock_fresh(const char *text)
{
	int fd = MUST(open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600));

	MUST(flock(fd, LOCK_EX));
	MUST(write(fd, text, strlen(text)));
	MUST(flock(fd, LOCK_UN));
	MUST(close(fd));
}

static void run_empty(void)
{
	make();
	for (int i = 0; i < 50; i++)
		lock_fresh("");
	trap__tell("nothing was lost", "\"path\":\"%s\",\"lock\":\"flock\",\"bytes\":0", path);
}

static void run_fresh(void)
{
	make();
	for (int i = 0; i < 50; i++) {
		lock_fresh(TEXT);
		MUST(unlink(path));
	}
	trap__tell("nothing was lost", "\"path\":\"%s\",\"lock\":\"flock\",\"bytes\":0", path);
}

static void remove_all(void)
{
	if (*dir) {
		unlink(path);
		unlink(lock_path);
		rmdir(dir);
	}
}

int main(int argc, char **argv)
{
	static const struct trap_mode modes[] = {
		{"wrong", true, "reader saw an empty file", run_wrong},
		{"posix", true, "reader saw an empty file", run_posix},
		{"ofd", true, "reader saw an empty file", run_ofd},
		{"held", true, "reader saw an empty file", run_held},
		{"right", false, "reader saw the text", run_right},
		{"separate", false, "reader saw the text", run_separate},
		{"empty", false, "nothing was lost", run_empty},
		{"fresh", false, "nothing was lost", run_fresh},
		{},
	};
	int r = trap__main("truncate-before-lock", modes, argc, argv);

	remove_all();
	return r;
}
