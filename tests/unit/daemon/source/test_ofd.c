// links: daemon/source/ofd.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of open file descriptions, and the key that makes them: kept, replaced, done without. */
#include "source/ofd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

struct place {
	char dir[32];
	char path[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/fdscope-test-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/ofd.key", p->dir);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	if (unlink(p->path) && errno == EISDIR)
		rmdir(p->path);
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

static void write_file(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool same(const struct ofd_key *a, const struct ofd_key *b)
{
	return a->add == b->add && a->mul == b->mul;
}

static const struct ofd_key planted = {.add = 0x0123456789abcdef, .mul = 0xfedcba9876543211};

/* There is a key in the file, ours alone, and it is this one. */
static void check_file(const char *path, const struct ofd_key *key)
{
	struct ofd_key have[2];
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_uid, geteuid());
	assert_int_equal(read(fd, have, sizeof(have)), sizeof(have[0]));
	assert_true(same(&have[0], key));
	close(fd);
}

/* ---- the key ---- */

static void test_key_is_made_and_kept(void **state)
{
	struct place *p = *state;
	struct ofd_key first = {}, again = {};
	mode_t old = umask(0);

	assert_int_equal(ofd__load_key(p->path, &first), 0);
	umask(old);
	assert_true(first.mul & 1);
	check_file(p->path, &first);
	assert_int_equal(ofd__load_key(p->path, &again), 0);
	assert_true(same(&first, &again));
	assert_int_equal(ofd__id(&first, 0xffff888012345600), ofd__id(&again, 0xffff888012345600));
	check_file(p->path, &first);
}

static void test_key_is_another_each_boot(void **state)
{
	struct place *p = *state;
	struct ofd_key first = {}, second = {};

	assert_int_equal(ofd__load_key(p->path, &first), 0);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(ofd__load_key(p->path, &second), 0);
	assert_true(first.add != second.add && first.mul != second.mul);
}

static void test_key_that_is_ours_is_used(void **state)
{
	static const mode_t modes[] = {0600, 0400};
	struct place *p = *state;

	for (size_t i = 0; i < 2; i++) {
		struct ofd_key key = {};

		write_file(p->path, &planted, sizeof(planted), modes[i]);
		assert_int_equal(ofd__load_key(p->path, &key), 0);
		assert_true(same(&key, &planted));
		assert_int_equal(unlink(p->path), 0);
	}
}

static void test_key_that_others_could_touch_is_replaced(void **state)
{
	static const mode_t modes[] = {0601, 0602, 0604, 0610, 0620, 0640, 0666};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct ofd_key key = {};

		write_file(p->path, &planted, sizeof(planted), modes[i]);
		assert_int_equal(ofd__load_key(p->path, &key), 0);
		assert_false(same(&key, &planted));
		check_file(p->path, &key);
	}
}

static void test_key_of_another_user_is_replaced(void **state)
{
	struct place *p = *state;
	struct ofd_key key = {};

	if (geteuid())
		skip(); /* only root can give files away */
	write_file(p->path, &planted, sizeof(planted), 0600);
	assert_int_equal(chown(p->path, NOBODY, NOBODY), 0);
	assert_int_equal(ofd__load_key(p->path, &key), 0);
	assert_false(same(&key, &planted));
	check_file(p->path, &key);
}

static void test_key_that_is_short_is_replaced(void **state)
{
	struct place *p = *state;

	for (size_t len = 0; len < sizeof(planted); len += 5) {
		struct ofd_key key = {};

		write_file(p->path, &planted, len, 0600);
		assert_int_equal(ofd__load_key(p->path, &key), 0);
		assert_true(key.mul & 1);
		assert_true(key.add != planted.add);
		check_file(p->path, &key);
		assert_int_equal(unlink(p->path), 0);
	}
}

/* An even factor would give one name to several addresses. */
static void test_key_that_is_even_is_replaced(void **state)
{
	struct place *p = *state;
	struct ofd_key key = planted;

	key.mul &= ~1ull;
	write_file(p->path, &key, sizeof(key), 0600);
	assert_int_equal(ofd__load_key(p->path, &key), 0);
	assert_true(key.mul & 1);
	assert_true(key.add != planted.add);
	check_file(p->path, &key);
}

static void test_link_is_not_followed(void **state)
{
	struct place *p = *state;
	struct ofd_key key = {}, other = {};
	char target[sizeof(p->path) + 8];
	int fd;

	snprintf(target, sizeof(target), "%s.target", p->path);
	write_file(target, &planted, sizeof(planted), 0600);
	assert_int_equal(symlink(target, p->path), 0);
	assert_int_equal(ofd__load_key(p->path, &key), 0);
	assert_false(same(&key, &planted));
	check_file(p->path, &key);
	fd = open(target, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, &other, sizeof(other)), sizeof(other));
	assert_true(same(&other, &planted));
	close(fd);
	unlink(target);
}

static void check_usable(const struct ofd_key *key)
{
	assert_true(key->mul & 1);
	assert_true(key->add != 0);
	assert_int_not_equal(ofd__id(key, 0x1000), ofd__id(key, 0x2000));
}

static void test_no_place_for_a_key(void **state)
{
	struct place *p = *state;
	struct ofd_key key = {}, other = {};

	/* A directory that is not there and cannot be made; one where the file should be; a file in
	 * its way. */
	assert_int_equal(ofd__load_key("/proc/none/ofd.key", &key), -ENOENT);
	check_usable(&key);
	assert_int_equal(mkdir(p->path, 0700), 0);
	memset(&key, 0, sizeof(key));
	assert_int_equal(ofd__load_key(p->path, &key), -EEXIST);
	check_usable(&key);
	assert_int_equal(ofd__load_key(p->path, &other), -EEXIST);
	assert_false(same(&key, &other));
	assert_int_equal(rmdir(p->path), 0);
	memset(&key, 0, sizeof(key));
	assert_int_equal(ofd__load_key("/dev/null/ofd.key", &key), -ENOTDIR);
	check_usable(&key);
}

static void test_directory_that_may_not_be_written(void **state)
{
	struct place *p = *state;
	struct ofd_key key = {};
	struct stat st;
	int err;

	if (geteuid() == 0) {
		/* Root may write everywhere but as somebody else. */
		assert_int_equal(seteuid(NOBODY), 0);
		err = ofd__load_key(p->path, &key);
		assert_int_equal(seteuid(0), 0);
	} else {
		assert_int_equal(chmod(p->dir, 0500), 0);
		err = ofd__load_key(p->path, &key);
		assert_int_equal(chmod(p->dir, 0700), 0);
	}
	assert_int_equal(err, -EACCES);
	check_usable(&key);
	assert_int_equal(lstat(p->path, &st), -1);
}

static void test_nothing_stays_open(void **state)
{
	struct place *p = *state;
	struct ofd_key key;
	int before = dup(0), after;

	close(before);
	ofd__load_key(p->path, &key);
	ofd__load_key(p->path, &key);
	write_file(p->path, &planted, 3, 0644);
	ofd__load_key(p->path, &key);
	ofd__load_key("/proc/none/ofd.key", &key);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

/* ---- the names ---- */

static int by_value(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

static void check_distinct(uint64_t *ids, size_t cnt)
{
	qsort(ids, cnt, sizeof(*ids), by_value);
	for (size_t i = 1; i < cnt; i++)
		assert_true(ids[i - 1] != ids[i]);
	assert_true(ids[0] != 0);
}

static const struct ofd_key keys[] = {
	{0x0123456789abcdef, 0xfedcba9876543211},
	{0, 0x9e3779b97f4a7c15},
	{0xffffffffffffffff, 0xffffffffffffffff},
	{0x8000000000000000, 3},
};

#define KEY_CNT (sizeof(keys) / sizeof(keys[0]))

/* As slabs give them: one after another, 256 bytes apart. */
static void test_neighbours_have_different_names(void **state)
{
	enum { CNT = 65536 };
	uint64_t *ids = malloc(CNT * sizeof(*ids));

	(void)state;
	for (size_t k = 0; k < KEY_CNT; k++) {
		for (size_t i = 0; i < CNT; i++)
			ids[i] = ofd__id(&keys[k], 0xffff888100000000 + 256 * i);
		check_distinct(ids, CNT);
	}
	free(ids);
}

/* No bit of an address is lost: all pairs of bits turned over give another name. */
static void test_every_bit_counts(void **state)
{
	enum { CNT = 64 * 65 / 2 + 1 };
	static uint64_t ids[CNT];

	(void)state;
	for (size_t k = 0; k < KEY_CNT; k++) {
		uint64_t base = 0xffff888123456780;
		size_t cnt = 0;

		ids[cnt++] = ofd__id(&keys[k], base);
		for (int a = 0; a < 64; a++)
			for (int b = 0; b <= a; b++)
				ids[cnt++] = ofd__id(&keys[k],
						     base ^ 1ull << a ^ (a == b ? 0 : 1ull << b));
		assert_int_equal(cnt, CNT);
		check_distinct(ids, CNT);
	}
}

/* What undoes `x ^= x >> shift`. */
static uint64_t unfold(uint64_t x, unsigned int shift)
{
	uint64_t y = x;

	for (unsigned int done = shift; done < 64; done += shift)
		y = x ^ (y >> shift);
	return y;
}

/* Whoever has the key gets the address back, so no two addresses can have one name. */
static void test_names_can_be_undone(void **state)
{
	uint64_t addr = 1;

	(void)state;
	for (size_t k = 0; k < KEY_CNT; k++) {
		uint64_t inverse = keys[k].mul;

		/* Newton: each round doubles the right bits, of which an odd number has three. */
		for (int i = 0; i < 5; i++)
			inverse *= 2 - keys[k].mul * inverse;
		for (int i = 0; i < 10000; i++) {
			uint64_t x = ofd__id(&keys[k], addr);

			x = unfold(x, 32) * inverse;
			x = unfold(x, 29) * inverse;
			x = unfold(x, 32) * inverse;
			assert_true((x ^ keys[k].add) == addr);
			addr = addr * 6364136223846793005ull + 1442695040888963407ull;
		}
	}
}

static void test_no_address_has_no_name(void **state)
{
	(void)state;
	for (size_t k = 0; k < KEY_CNT; k++)
		assert_int_equal(ofd__id(&keys[k], 0), 0);
}

/* Names neither follow the addresses nor keep their distances. */
static void test_names_tell_no_address(void **state)
{
	const struct ofd_key *key = &keys[0];
	uint64_t last = ofd__id(key, 0xffff888100000000), step = 0;
	unsigned int same_step = 0, up = 0;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++) {
		uint64_t id = ofd__id(key, 0xffff888100000000 + 256 * i);

		same_step += id - last == step;
		step = id - last;
		up += id > last;
		last = id;
	}
	assert_int_equal(same_step, 0);
	assert_in_range(up, 400, 600);
	assert_int_not_equal(ofd__id(&keys[0], 0xffff888100000000),
			     ofd__id(&keys[1], 0xffff888100000000));
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_key_is_made_and_kept),
		PLACE_TEST(test_key_is_another_each_boot),
		PLACE_TEST(test_key_that_is_ours_is_used),
		PLACE_TEST(test_key_that_others_could_touch_is_replaced),
		PLACE_TEST(test_key_of_another_user_is_replaced),
		PLACE_TEST(test_key_that_is_short_is_replaced),
		PLACE_TEST(test_key_that_is_even_is_replaced),
		PLACE_TEST(test_link_is_not_followed),
		PLACE_TEST(test_no_place_for_a_key),
		PLACE_TEST(test_directory_that_may_not_be_written),
		PLACE_TEST(test_nothing_stays_open),
		cmocka_unit_test(test_neighbours_have_different_names),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_names_can_be_undone),
		cmocka_unit_test(test_no_address_has_no_name),
		cmocka_unit_test(test_names_tell_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
