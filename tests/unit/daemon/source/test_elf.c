// links: daemon/source/elf.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF files: a real one, and such as nobody should make. */
#include "source/elf.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* A file of 64 bits with two segments, to be spoiled. */
struct image {
	Elf64_Ehdr head;
	Elf64_Phdr segments[3];
	struct {
		Elf64_Nhdr head;
		char name[4];
		uint8_t id[8];
	} note;
};

static struct image make_image(void)
{
	struct image i = {
		.head = {.e_phoff = offsetof(struct image, segments),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 3},
		.segments = {{.p_type = PT_LOAD,
			      .p_flags = PF_R | PF_X,
			      .p_vaddr = 0x9000,
			      .p_offset = 0x8000},
			     {.p_type = PT_LOAD,
			      .p_flags = PF_R | PF_X,
			      .p_vaddr = 0x5010,
			      .p_offset = 0x3010},
			     {.p_type = PT_NOTE,
			      .p_offset = offsetof(struct image, note),
			      .p_filesz = sizeof(i.note)}},
		.note = {{4, 8, NT_GNU_BUILD_ID}, "GNU", {1, 2, 3, 4, 5, 6, 7, 8}},
	};

	memcpy(i.head.e_ident, ELFMAG, SELFMAG);
	i.head.e_ident[EI_CLASS] = ELFCLASS64;
	i.head.e_ident[EI_DATA] = ELFDATA2LSB;
	return i;
}

static int read_bytes(const void *bytes, size_t sz, struct elf_info *ret)
{
	int fd = memfd_create("elf", MFD_CLOEXEC), err;

	assert_int_equal(write(fd, bytes, sz), sz);
	err = elf__read(fd, ret);
	close(fd);
	return err;
}

static void test_image(void **state)
{
	static const uint8_t id[FDS_BUILD_ID_SZ] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct image image = make_image();
	struct elf_info info;

	(void)state;
	assert_int_equal(read_bytes(&image, sizeof(image), &info), 0);
	assert_true(info.has_build_id);
	assert_memory_equal(info.build_id, id, sizeof(id));
	assert_true(info.has_code);
	assert_int_equal(info.code_offset, 0x3010);
}

/* Whatever stands in it, it is read within its bounds or refused. */
static void test_spoiled(void **state)
{
	const struct image good = make_image();
	struct image image = good;
	struct elf_info info;

	(void)state;
	for (size_t sz = 0; sz < sizeof(good.head) + sizeof(good.segments); sz++)
		assert_int_equal(read_bytes(&good, sz, &info), -EBADMSG);
	for (size_t i = 0; i < sizeof(image) - sizeof(image.note); i++) {
		image = good;
		((unsigned char *)&image)[i] ^= 0xff;
		read_bytes(&image, sizeof(image), &info);
	}
	image = good;
	image.head.e_ident[EI_DATA] = ELFDATA2MSB;
	assert_int_equal(read_bytes(&image, sizeof(image), &info), -EBADMSG);
	image = good;
	image.segments[2].p_filesz = UINT64_MAX; /* notes beyond the file's end */
	assert_int_equal(read_bytes(&image, sizeof(image), &info), 0);
	assert_false(info.has_build_id);
	image = good;
	image.note.head.n_descsz = FDS_BUILD_ID_SZ + 1;
	assert_int_equal(read_bytes(&image, sizeof(image), &info), 0);
	assert_false(info.has_build_id);
	image.note.head.n_namesz = UINT32_MAX;
	image.note.head.n_descsz = UINT32_MAX;
	assert_int_equal(read_bytes(&image, sizeof(image), &info), 0);
	assert_false(info.has_build_id);
}

static void test_notes(void **state)
{
	struct {
		Elf64_Nhdr other;
		char other_name[4], other_data[4];
		Elf64_Nhdr head;
		char name[4];
		uint8_t id[2], pad[2];
	} notes = {{4, 3, 5}, "GNU", "abc", {4, 2, NT_GNU_BUILD_ID}, "GNU", {9, 8}, {0}};
	uint8_t id[FDS_BUILD_ID_SZ];

	(void)state;
	assert_true(elf__find_build_id(&notes, sizeof(notes), id));
	assert_int_equal(id[0], 9);
	assert_int_equal(id[1], 8);
	assert_int_equal(id[2], 0);
	for (size_t sz = 0; sz < sizeof(notes); sz++)
		assert_false(elf__find_build_id(&notes, sz, id));
	notes.head.n_type = NT_GNU_ABI_TAG;
	assert_false(elf__find_build_id(&notes, sizeof(notes), id));
}

static int find_own_code(struct dl_phdr_info *info, size_t sz, void *ctx)
{
	(void)sz;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X)
			*(uint64_t *)ctx = info->dlpi_phdr[i].p_offset;
	return 1; /* the first is the program itself */
}

static void test_own_program(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	uint64_t offset = 0;
	struct elf_info info;

	(void)state;
	dl_iterate_phdr(find_own_code, &offset);
	assert_int_equal(elf__read(fd, &info), 0);
	assert_true(info.has_code);
	assert_int_equal(info.code_offset, offset);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_own_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
