// links: daemon/config/*.c daemon/detect/rule.c daemon/alert/hook.c daemon/base/why.c daemon/base/capability.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration: every key, every kind of mistake with its message, files and drop-ins. */
#include "config/config.h"

#include "fdscope/api.h"

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
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#define MS 1000000ull
#define S  (1000 * MS)

#define SECTIONS                                                                                   \
	"[daemon] [levels] [api] [alerts] [hazards] [archive] [act] [rule NAME] [hook NAME]"
#define HAZARDS                                                                                    \
	"epoll-fork, epoll-stale, select-1024, exec-leak, deleted-open, truncate-before-lock, "    \
	"nonblock-shared, limit-excessive"

static char dir[] = "/tmp/fdscope-config-XXXXXX";
static char path[128], dropins[128];

/* A file in the test's folder with these bytes. */
static void write_bytes(const char *file, const char *bytes, size_t len)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void write_file(const char *file, const char *text)
{
	write_bytes(file, text, strlen(text));
}

static void write_dropin(const char *name, const char *text)
{
	char file[256];

	snprintf(file, sizeof(file), "%s/%s", dropins, name);
	write_file(file, text);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/x.conf", dir);
	snprintf(dropins, sizeof(dropins), "%s/x.conf.d", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* Loads what was written, which must be good. */
static struct config load(void)
{
	struct config c;
	char *error = NULL;
	int r;

	memset(&c, 0xa5, sizeof(c));
	r = config__load(path, &c, &error);
	if (r != 0)
		fail_msg("%d: %s", r, error ? error : "no message");
	assert_null(error);
	return c;
}

/* The text must be refused with this message; %s in it is the file's path. */
static void refuse_file(int want, const char *fmt)
{
	struct config c, before;
	char *error = NULL, message[1024];
	int r;

	memset(&c, 0xa5, sizeof(c));
	before = c;
	r = config__load(path, &c, &error);
	assert_int_equal(r, want);
	assert_non_null(error);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(message, sizeof(message), fmt, path);
#pragma GCC diagnostic pop
	assert_string_equal(error, message);
	assert_null(strchr(error, '\n'));
	assert_memory_equal(&c, &before, sizeof(c));
	free(error);
}

static void refuse(const char *text, const char *fmt)
{
	write_file(path, text);
	refuse_file(-EINVAL, fmt);
}

static void defaults_are_as_documented(void **state)
{
	struct config c;

	(void)state;
	memset(&c, 0xa5, sizeof(c));
	config__init(&c);
	assert_int_equal(c.tier, CONFIG_TIER_AUTO);
	assert_string_equal(c.socket, FDS_SOCKET_PATH);
	assert_int_equal(c.log_level, LOG_INFO);
	assert_int_equal(c.max_staleness_ns, 100 * MS);
	assert_int_equal(c.truth_interval_ns, 2 * S);
	assert_int_equal(c.sample_interval_ns, 100 * MS);
	assert_int_equal(c.truth_budget_bp, 100);
	assert_int_equal(c.max_tables, 131072);
	assert_int_equal(c.levels.cnt, 4);
	assert_int_equal(c.levels.level[0], 50);
	assert_int_equal(c.levels.level[3], 95);
	assert_int_equal(c.max_clients, 512);
	assert_int_equal(c.max_clients_per_user, 128);
	assert_int_equal(c.idle_timeout_ns, 15 * S);
	assert_int_equal(c.max_streams, 32);
	assert_int_equal(c.max_stream_backlog_sz, 256 * 1024);
	assert_int_equal(c.hazards, VALUE_HAZARDS_AUTO);
	assert_int_equal(c.hazard_scan_ns, 10 * S);
	assert_int_equal(c.hazard_deleted_sz, 16 << 20);
}

static void every_key_is_read(void **state)
{
	struct config c;

	(void)state;
	write_file(path, "# comment\n; comment\n\n"
			 "[daemon]\n"
			 "tier=kprobe\n"
			 "socket = /run/a:b=c.sock ; comment\n"
			 "log-level: debug\n"
			 "max-staleness=0ms\n"
			 "\ttruth-interval = 5min \r\n"
			 "sample-interval=1h\n"
			 "truth-budget=0.25%\n"
			 "ring-size=1M\n"
			 "max-tables=4096\n"
			 "  [levels] # comment\n"
			 "levels = 10, 50 ,100\n"
			 "[api]\n"
			 "max-clients=1\n"
			 "max-clients-per-user=2\n"
			 "idle-timeout=3s\n"
			 "max-streams=0\n"
			 "max-stream-backlog=64M\n"
			 "[hazards]\n"
			 "watch=epoll-fork, exec-leak\n"
			 "scan-interval=1min\n"
			 "deleted-size=1\n");
	c = load();
	assert_int_equal(c.tier, CONFIG_TIER_KPROBE);
	assert_string_equal(c.socket, "/run/a:b=c.sock");
	assert_int_equal(c.log_level, LOG_DEBUG);
	assert_int_equal(c.max_staleness_ns, 0);
	assert_int_equal(c.truth_interval_ns, 300 * S);
	assert_int_equal(c.sample_interval_ns, 3600 * S);
	assert_int_equal(c.truth_budget_bp, 25);
	assert_int_equal(c.max_tables, 4096);
	assert_int_equal(c.ring_sz, 1 << 20);
	assert_int_equal(c.levels.cnt, 3);
	assert_int_equal(c.levels.level[0], 10);
	assert_int_equal(c.levels.level[1], 50);
	assert_int_equal(c.levels.level[2], 100);
	assert_int_equal(c.max_clients, 1);
	assert_int_equal(c.max_clients_per_user, 2);
	assert_int_equal(c.idle_timeout_ns, 3 * S);
	assert_int_equal(c.max_streams, 0);
	assert_int_equal(c.max_stream_backlog_sz, 64 << 20);
	assert_int_equal(c.hazards, 1u << FDS_HAZARD_EPOLL_FORK | 1u << FDS_HAZARD_EXEC_LEAK);
	assert_int_equal(c.hazard_scan_ns, 60 * S);
	assert_int_equal(c.hazard_deleted_sz, 1);
}

static void every_tier_and_level_has_a_name(void **state)
{
	static const char *const tier_names[] = {
#define X(id, name) [CONFIG_TIER_##id] = (name),
		CONFIG_TIERS(X)
#undef X
	};
	char text[64];

	(void)state;
	for (uint32_t i = 0; i < CONFIG_TIER_CNT; i++) {
		snprintf(text, sizeof(text), "[daemon]\ntier=%s\n", tier_names[i]);
		write_file(path, text);
		assert_int_equal(load().tier, i);
	}
}

static void unknown_names_are_refused(void **state)
{
	(void)state;
	refuse("[daemon]\n\nfoo=1\n",
	       "%s:3: unknown key \"foo\" in section [daemon]; known: tier socket log-level "
	       "max-staleness truth-interval sample-interval truth-budget max-tables ring-size");
	refuse("[api]\nlevels=1\n",
	       "%s:2: unknown key \"levels\" in section [api]; known: max-clients "
	       "max-clients-per-user idle-timeout max-streams max-stream-backlog");
	refuse("[demon]\n", "%s:1: unknown section [demon]; known: " SECTIONS);
	refuse("[]\n", "%s:1: unknown section []; known: " SECTIONS);
	refuse("tier=auto\n", "%s:1: \"tier\" stands before any section; known: " SECTIONS);
}

static void bad_lines_are_refused(void **state)
{
	char text[512] = "[daemon]\nsocket=/";

	(void)state;
	refuse("[daemon]\ntier\n", "%s:2: neither KEY=VALUE nor [SECTION]");
	refuse("[daemon\n", "%s:1: section without a closing ]");
	refuse("[daemon] tier=auto\n", "%s:1: text behind section [daemon]");
	/* inih would cut the line, and take what was cut off for the next. */
	memset(text + strlen(text), 'a', 300);
	refuse(text, "%s:2: line longer than 198 bytes");
	write_bytes(path, "[daemon]\nti\0er=auto\n", 20);
	refuse_file(-EINVAL, "%s:2: not text: a NUL byte");
	/* The first mistake counts. */
	refuse("[daemon]\ntier=x\nfoo\n[y]\n", "%s:2: bad value \"x\" for \"tier\"; allowed: auto, "
					       "trampoline, kprobe, syscall, sample, procfs");
}

static void the_longest_line_is_read_whole(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "[daemon]\n;%0197d\ntier=sample\n", 0);
	write_file(path, text);
	assert_int_equal(load().tier, CONFIG_TIER_SAMPLE);
}

static void bad_values_say_what_is_allowed(void **state)
{
	(void)state;
	refuse("[daemon]\nlog-level=loud\n", "%s:2: bad value \"loud\" for \"log-level\"; allowed: "
					     "error, warning, notice, info, debug");
	refuse("[daemon]\nsocket=fdscope.sock\n",
	       "%s:2: bad value \"fdscope.sock\" for \"socket\"; allowed: an absolute path of at "
	       "most 107 bytes");
	refuse("[daemon]\nmax-staleness=1\n",
	       "%s:2: bad value \"1\" for \"max-staleness\"; allowed: 0us to 1min, as in 100ms, 2s, "
	       "5min");
	refuse("[daemon]\ntruth-budget=0%\n",
	       "%s:2: bad value \"0%%\" for \"truth-budget\"; allowed: 0.01%% to 100%%");
	refuse("[levels]\nlevels=\n",
	       "%s:2: bad value \"\" for \"levels\"; allowed: 1 to 8 per cent values from 10 to 100, "
	       "ascending, comma between");
	refuse("[api]\nmax-clients=0\n",
	       "%s:2: bad value \"0\" for \"max-clients\"; allowed: 1 to 65536");
	refuse("[api]\nmax-stream-backlog=1\n",
	       "%s:2: bad value \"1\" for \"max-stream-backlog\"; allowed: 4K to 64M bytes, as in "
	       "64K");
	refuse("[hazards]\nwatch=epoll-fork,epoll\n",
	       "%s:2: bad value \"epoll-fork,epoll\" for \"watch\"; allowed: auto, all, none, or "
	       "some of " HAZARDS " (with commas between)");
}

static void whole_values_must_parse(void **state)
{
	static const char *const bad[][3] = {
		{"daemon", "max-staleness", "100 ms"},
		{"daemon", "max-staleness", "100msx"},
		{"daemon", "max-staleness", "-1ms"},
		{"daemon", "max-staleness", "+1ms"},
		{"daemon", "max-staleness", "1.5s"},
		{"daemon", "max-staleness", "ms"},
		{"daemon", "max-staleness", "61s"},
		{"daemon", "max-staleness", "18446744073709551616ms"},
		{"daemon", "max-staleness", "18446744073709551615h"},
		{"daemon", "truth-interval", "9ms"},
		{"daemon", "truth-budget", "1"},
		{"daemon", "truth-budget", "1.%"},
		{"daemon", "truth-budget", "1.234%"},
		{"daemon", "truth-budget", "101%"},
		{"daemon", "truth-budget", "99999999999999999999%"},
		{"daemon", "truth-budget", "1%%"},
		{"daemon", "max-tables", "4096x"},
		{"daemon", "max-tables", "0x1000"},
		{"daemon", "max-tables", "4294971392"}, /* 2^32 + 4096 */
		{"daemon", "tier", "autop"},
		{"daemon", "tier", ""},
		{"daemon", "tier", "AUTO"},
		{"daemon", "log-level", ""},
		{"daemon", "log-level", "crit"},
		{"levels", "levels", "50,50"},
		{"levels", "levels", "80,50"},
		{"levels", "levels", "0,50"},
		{"levels", "levels", "50,101"},
		{"levels", "levels", "50,"},
		{"levels", "levels", ",50"},
		{"levels", "levels", "50 60"},
		{"levels", "levels", "50%"},
		{"levels", "levels", "11,12,13,14,15,16,17,18,19"},
		{"levels", "levels", "1,18446744073709551666"},
		{"api", "max-stream-backlog", "64KB"},
		{"api", "max-stream-backlog", "64k"},
		{"api", "max-stream-backlog", "65M"},
		{"hazards", "watch", ""},
		{"hazards", "watch", "auto,epoll-fork"},
		{"hazards", "scan-interval", "999ms"},
		{"hazards", "deleted-size", "0"},
	};
	struct config c, before;

	(void)state;
	config__init(&c);
	before = c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *error = NULL;
		int r = config__set(&c, "--x", bad[i][0], bad[i][1], bad[i][2], &error);

		if (r != -EINVAL || !error)
			fail_msg("%s=%s: %d", bad[i][1], bad[i][2], r);
		assert_memory_equal(&c, &before, sizeof(c));
		free(error);
	}
}

static void set_names_the_option(void **state)
{
	struct config c;
	char *error = NULL;

	(void)state;
	config__init(&c);
	assert_int_equal(config__set(&c, "--tier", "daemon", "tier", "procfs", &error), 0);
	assert_int_equal(c.tier, CONFIG_TIER_PROCFS);
	assert_null(error);
	assert_int_equal(config__set(&c, "--tier", "daemon", "tier", "x", &error), -EINVAL);
	assert_string_equal(error,
			    "--tier: bad value \"x\" for \"tier\"; allowed: auto, trampoline, "
			    "kprobe, syscall, sample, procfs");
	free(error);
}

static void levels_replace_the_default(void **state)
{
	struct config c;

	(void)state;
	write_file(path, "[levels]\nlevels=10,20,30,40,50,60,70,80\nlevels=17\n");
	c = load();
	assert_int_equal(c.levels.cnt, 1);
	assert_int_equal(c.levels.level[0], 17);
	assert_int_equal(c.levels.level[1], 0);
}

static void dropins_come_in_order_of_names(void **state)
{
	struct config c;

	(void)state;
	write_file(path, "[daemon]\ntier=kprobe\nmax-tables=2000\n[api]\nmax-clients=7\n");
	assert_int_equal(mkdir(dropins, 0700), 0);
	write_dropin("20-b.conf", "[daemon]\ntier=sample\n");
	write_dropin("10-a.conf", "[daemon]\ntier=syscall\nmax-tables=3000\n");
	write_dropin("99-c.conf.bak", "nonsense");
	write_dropin(".hidden.conf", "nonsense");
	write_dropin(".conf", "nonsense");
	c = load();
	assert_int_equal(c.tier, CONFIG_TIER_SAMPLE);
	assert_int_equal(c.max_tables, 3000);
	assert_int_equal(c.max_clients, 7);
}

static void a_bad_dropin_is_named(void **state)
{
	(void)state;
	write_file(path, "");
	assert_int_equal(mkdir(dropins, 0700), 0);
	write_dropin("a.conf", "[daemon]\ntier=x\n");
	refuse_file(-EINVAL,
		    "%s.d/a.conf:2: bad value \"x\" for \"tier\"; allowed: auto, trampoline, "
		    "kprobe, syscall, sample, procfs");
	write_dropin("a.conf", "");
	assert_int_equal(mkdir(strcat(strcpy((char[256]){0}, dropins), "/b.conf"), 0700), 0);
	refuse_file(-EISDIR, "%s.d/b.conf: is a directory, not a file");
}

static void files_that_are_none_are_refused(void **state)
{
	(void)state;
	refuse_file(-ENOENT, "%s: No such file or directory");
	assert_int_equal(mkdir(path, 0700), 0);
	refuse_file(-EISDIR, "%s: is a directory, not a file");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse_file(-EINVAL, "%s: is no regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	load();
	write_file(dropins, "");
	refuse_file(-ENOTDIR, "%s.d: Not a directory");
}

static void an_unreadable_file_says_why(void **state)
{
	(void)state;
	if (geteuid() == 0) {
		print_message("root may read every file\n");
		skip();
	} /* root may read all */
	write_file(path, "");
	assert_int_equal(chmod(path, 0), 0);
	refuse_file(-EACCES, "%s: Permission denied");
}

static void a_huge_file_is_refused(void **state)
{
	(void)state;
	write_file(path, "");
	assert_int_equal(truncate(path, CONFIG_FILE_MAX + 1), 0);
	refuse_file(-EFBIG, "%s: larger than 262144 bytes");
}

static void the_default_file_may_be_missing(void **state)
{
	struct config c, dflt;
	char *error = NULL;

	(void)state;
	if (access(FDS_CONFIG_PATH, F_OK) == 0 || access(FDS_CONFIG_PATH ".d", F_OK) == 0) {
		print_message("this host has a configuration of its own\n");
		skip();
	} /* configured on this host */
	config__init(&dflt);
	assert_int_equal(config__load(NULL, &c, &error), 0);
	assert_memory_equal(&c, &dflt, sizeof(c));
}

/* A file of the tree, beside this one's place in it. */
static char *read_tree(const char *name)
{
	char file[1024];
	const char *end = strstr(__FILE__, "tests/unit/");
	char *text;
	size_t len;
	FILE *f;

	assert_non_null(end);
	snprintf(file, sizeof(file), "%.*s%s", (int)(end - __FILE__), __FILE__, name);
	f = fopen(file, "r");
	if (!f) {
		print_message("not run from the top of the tree\n");
		skip();
	} /* not run in the tree */
	text = calloc(1, 65536);
	len = fread(text, 1, 65535, f);
	assert_true(len > 0 && len < 65535);
	fclose(f);
	return text;
}

static void the_example_shows_the_defaults(void **state)
{
	char *text = read_tree("daemon/fdscope.conf");
	struct config c, dflt;
	size_t keys = 0;

	(void)state;
	config__init(&dflt);
	/* As it is, it says nothing; with "#key=" uncommented, what is so anyway. */
	write_file(path, text);
	c = load();
	assert_memory_equal(&c, &dflt, sizeof(c));
	for (char *s = text; (s = strstr(s, "\n#")); s++) {
		if (s[2] >= 'a' && s[2] <= 'z') {
			s[1] = ' ';
			keys++;
		}
	}
	write_file(path, text);
	c = load();
	assert_memory_equal(&c, &dflt, sizeof(c));
	assert_int_equal(keys, 29);
	free(text);
}

static void the_manual_has_every_key(void **state)
{
	char *manual = read_tree("daemon/fdscope.conf.5");
	char *text = NULL, *save = NULL;
	size_t len, cnt = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	config__print_keys(f);
	fclose(f);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char section[32], key[32], dflt[64], want[160];

		assert_int_equal(sscanf(line, "%31[^\t]\t%31[^\t]\t%63[^\t]\t", section, key, dflt),
				 3);
		snprintf(want, sizeof(want), "\n.BR %s = \" (%s)\"\n", key, dflt);
		if (!strstr(manual, want))
			fail_msg("fdscope.conf.5 lacks %s", want);
		cnt++;
	}
	assert_int_equal(cnt, 54);
	free(text);
	free(manual);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_as_documented),
		TEST(every_key_is_read),
		TEST(every_tier_and_level_has_a_name),
		TEST(unknown_names_are_refused),
		TEST(bad_lines_are_refused),
		TEST(the_longest_line_is_read_whole),
		TEST(bad_values_say_what_is_allowed),
		cmocka_unit_test(whole_values_must_parse),
		cmocka_unit_test(set_names_the_option),
		TEST(levels_replace_the_default),
		TEST(dropins_come_in_order_of_names),
		TEST(a_bad_dropin_is_named),
		TEST(files_that_are_none_are_refused),
		TEST(an_unreadable_file_says_why),
		TEST(a_huge_file_is_refused),
		cmocka_unit_test(the_default_file_may_be_missing),
		TEST(the_example_shows_the_defaults),
		cmocka_unit_test(the_manual_has_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
