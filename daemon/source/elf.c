// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF headers and notes; see elf.h. */
#include "source/elf.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PHDRS_MAX    64	  /* headers of segments that are looked at */
#define NOTES_SZ_MAX 4096 /* bytes of notes, as far as the kernel looks too */

#define OWN_ORDER (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

/* Where the headers of segments are. */
struct table {
	bool wide; /* 64 bits */
	uint64_t offset;
	unsigned int cnt;
};

static int read_at(int fd, void *buf, size_t sz, uint64_t offset)
{
	ssize_t len = pread(fd, buf, sz, (off_t)offset);

	if (len < 0)
		return -errno;
	return (size_t)len == sz ? 0 : -EBADMSG;
}

static int read_table(int fd, struct table *ret)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr narrow;
		Elf64_Ehdr wide;
	} head;
	int err = read_at(fd, &head, sizeof(head.narrow), 0);

	if (err)
		return err;
	if (memcmp(head.ident, ELFMAG, SELFMAG) != 0 || head.ident[EI_DATA] != OWN_ORDER)
		return -EBADMSG;
	if (head.ident[EI_CLASS] == ELFCLASS32 && head.narrow.e_phentsize == sizeof(Elf32_Phdr)) {
		*ret = (struct table){false, head.narrow.e_phoff, head.narrow.e_phnum};
		return 0;
	}
	if (head.ident[EI_CLASS] != ELFCLASS64)
		return -EBADMSG;
	err = read_at(fd, &head, sizeof(head.wide), 0);
	if (err)
		return err;
	if (head.wide.e_phentsize != sizeof(Elf64_Phdr))
		return -EBADMSG;
	*ret = (struct table){true, head.wide.e_phoff, head.wide.e_phnum};
	return 0;
}

/* A segment's header, in the shape for 64 bits. */
static int read_segment(int fd, const struct table *t, unsigned int i, Elf64_Phdr *ret)
{
	Elf32_Phdr narrow;
	int err;

	if (t->wide)
		return read_at(fd, ret, sizeof(*ret), t->offset + i * sizeof(*ret));
	err = read_at(fd, &narrow, sizeof(narrow), t->offset + i * sizeof(narrow));
	if (!err)
		*ret = (Elf64_Phdr){
			.p_type = narrow.p_type,
			.p_flags = narrow.p_flags,
			.p_offset = narrow.p_offset,
			.p_vaddr = narrow.p_vaddr,
			.p_filesz = narrow.p_filesz,
		};
	return err;
}

static size_t padded(size_t sz)
{
	return (sz + 3) & ~(size_t)3;
}

bool elf__find_build_id(const void *notes, size_t sz, uint8_t ret[FDS_BUILD_ID_SZ])
{
	const unsigned char *p = notes;
	Elf64_Nhdr n; /* the same for 32 bits */

	while (sz >= sizeof(n)) {
		size_t name, desc;

		memcpy(&n, p, sizeof(n));
		name = padded(n.n_namesz);
		desc = padded(n.n_descsz);
		p += sizeof(n);
		sz -= sizeof(n);
		if (n.n_namesz > sz || n.n_descsz > sz || name > sz || desc > sz - name)
			return false;
		if (n.n_type == NT_GNU_BUILD_ID && n.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(p, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 && n.n_descsz &&
		    n.n_descsz <= FDS_BUILD_ID_SZ) {
			memset(ret, 0, FDS_BUILD_ID_SZ);
			memcpy(ret, p + name, n.n_descsz);
			return true;
		}
		p += name + desc;
		sz -= name + desc;
	}
	return false;
}

static void read_notes(int fd, const Elf64_Phdr *segment, struct elf_info *info)
{
	unsigned char notes[NOTES_SZ_MAX];
	size_t sz = segment->p_filesz < sizeof(notes) ? segment->p_filesz : sizeof(notes);

	if (!info->has_build_id && read_at(fd, notes, sz, segment->p_offset) == 0)
		info->has_build_id = elf__find_build_id(notes, sz, info->build_id);
}

int elf__read(int fd, struct elf_info *ret)
{
	struct elf_info info = {};
	uint64_t lowest = UINT64_MAX;
	struct table t;
	int err = read_table(fd, &t);

	if (err)
		return err;
	for (unsigned int i = 0; i < t.cnt && i < PHDRS_MAX; i++) {
		Elf64_Phdr segment;

		err = read_segment(fd, &t, i, &segment);
		if (err)
			return err;
		if (segment.p_type == PT_NOTE)
			read_notes(fd, &segment, &info);
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X &&
		    segment.p_vaddr < lowest) {
			lowest = segment.p_vaddr;
			info.code_offset = segment.p_offset;
			info.has_code = true;
		}
	}
	*ret = info;
	return 0;
}
