# SPDX-License-Identifier: GPL-2.0-or-later
# One output folder.  V=1 shows the commands, SAN=address,undefined builds with sanitizers into a
# folder of its own.  `make help` lists the targets.

OUTPUT	:= build
ifneq ($(SAN),)
OUTPUT	:= build/san
endif

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
SBINDIR	?= $(PREFIX)/sbin
MANDIR	?= $(PREFIX)/share/man
# What systemd and the config live under; packagers set SYSCONFDIR=/etc UNITDIR=/lib/systemd/system.
SYSCONFDIR ?= /etc
UNITDIR	?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
DOCDIR	?= $(PREFIX)/share/doc/fdscope
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

CC	?= cc
CLANG	?= clang
BPFTOOL	?= $(firstword $(wildcard /usr/sbin/bpftool /usr/bin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

ifeq ($(V),1)
Q	:=
say	=
else
Q	:= @
say	= @printf '  %-8s%s\n' "$(1)" "$(patsubst $(CURDIR)/%,%,$(2))";
MAKEFLAGS += --no-print-directory
endif

WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	   -Wno-format-nonliteral -Werror
CFLAGS	?= -O2 -g
# Instrumented code has paths that nobody wrote, about which the compiler warns.
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -Iinclude -Idaemon -Icli -I$(OUTPUT) $(CLI_CFLAGS) $(WARN) $(CFLAGS) \
	   $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -Wno-nonnull)
ALL_LDFLAGS := $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

DAEMON_LIBS := -lbpf -lelf -lz -lsystemd -lmicrohttpd -ljansson -linih -lsqlite3 -lpthread -lm
CLI_LIBS := -ljansson -lsmartcols -linih -lm
CLI_CFLAGS := $(shell $(PKG_CONFIG) --cflags smartcols ncursesw)
FDTOP_LIBS := -ljansson $(shell $(PKG_CONFIG) --libs ncursesw) -lpthread -lm
UNIT_LIBS := -lcmocka $(DAEMON_LIBS) -lsmartcols

DAEMON_SRC := $(sort $(shell find daemon -name '*.c'))
# Of the daemon what reads and explains its configuration, for `fdscope check`.
CLI_SRC	:= $(sort $(wildcard cli/*.c cli/fdscope/*.c daemon/config/*.c) daemon/detect/rule.c \
	   daemon/alert/hook.c daemon/base/why.c daemon/base/capability.c)
FDTOP_SRC := $(sort $(wildcard cli/*.c) $(shell find cli/fdtop -name '*.c'))
UNIT_SRC := $(sort $(shell find tests/unit -name 'test_*.c'))
SKELS	:= $(OUTPUT)/bpf/snapshot.skel.h $(OUTPUT)/bpf/events.skel.h $(OUTPUT)/bpf/hazard.skel.h

obj	= $(patsubst %.c,$(OUTPUT)/obj/%.o,$(1))
UNIT_BIN := $(patsubst %.c,$(OUTPUT)/%,$(UNIT_SRC))
HELPER_BIN := $(addprefix $(OUTPUT)/tests/,storm crowd fdpair mkfds truth api_abuse notify_log \
	fleeting fleeting_bare)
# Programs that step into what a hazard is about, or do not: one per hazard.
TRAP_BIN := $(patsubst tests/helpers/traps/%.c,$(OUTPUT)/tests/traps/%,\
	$(sort $(wildcard tests/helpers/traps/*.c)))
INTEGRATION_BIN := $(addprefix $(OUTPUT)/tests/integration/,exact events causes departed losses kinds scale api \
	users who)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help deps deps-check install format lint check check-unit \
	check-integration bench clean tests

all: $(OUTPUT)/fdscoped $(OUTPUT)/fdscope $(OUTPUT)/fdtop

help:
	@sed -n 's/^#: //p' Makefile

#: make                build/fdscoped, build/fdscope and build/fdtop
#: make deps           install what building and testing needs, through the package manager
#: make check          unit and integration tests (the latter need root)
#: make check-unit     unit tests alone: no root, no kernel
#: make check-vm       integration tests on kernels in QEMU; LONG=1, KERNELS="6.1 5.10", TIERS=...
#: make lint           clang-format, cppcheck, shellcheck, the layer rule
#: make format         apply clang-format
#: make bench          measured ratios beside lsof, lsfd, opensnoop and others; from failure to hook
#: make bench-vm       what each tier adds to system calls, in instructions: kernels in QEMU
#: make install        into $(DESTDIR)$(PREFIX)
#: make clean          remove build/
#: make SAN=address,undefined ...   any of these with sanitizers, in build/san

deps:
	$(Q)tests/deps

# ---- kernel side: small objects, linked into one per lifetime, made into a skeleton ----

BPF_ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
# The system's headers give the constants of the BPF interface; kernel types are our own.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Iinclude -Ibpf \
	   -idirafter /usr/include/$(shell $(CC) -print-multiarch) -Wall -Wextra -Werror \
	   -Wno-unused-parameter -Wno-missing-field-initializers

$(OUTPUT)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$@)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

snapshot_obj := $(patsubst bpf/%.c,$(OUTPUT)/bpf/%.o,$(sort $(wildcard bpf/snapshot/*.bpf.c)))
events_obj := $(patsubst bpf/%.c,$(OUTPUT)/bpf/%.o,$(sort $(wildcard bpf/events/*.bpf.c)))
hazard_obj := $(patsubst bpf/%.c,$(OUTPUT)/bpf/%.o,$(sort $(wildcard bpf/hazard/*.bpf.c)))

.SECONDEXPANSION:
$(OUTPUT)/bpf/%.linked.o: $$(%_obj)
	$(call say,LINK,$@)$(BPFTOOL) gen object $@ $^

$(OUTPUT)/bpf/%.skel.h: $(OUTPUT)/bpf/%.linked.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# ---- programs ----

$(OUTPUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Skeletons must be there before what includes them is first compiled; later -MMD knows.
$(call obj,$(filter daemon/source/%,$(DAEMON_SRC))): | $(SKELS)

$(OUTPUT)/fdscoped: $(call obj,$(DAEMON_SRC))
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ $(DAEMON_LIBS) -o $@

$(OUTPUT)/fdscope: $(call obj,$(CLI_SRC))
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ $(CLI_LIBS) -o $@

$(OUTPUT)/fdtop: $(call obj,$(FDTOP_SRC))
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ $(FDTOP_LIBS) -o $@

# ---- tests ----

tests: $(UNIT_BIN) $(HELPER_BIN) $(TRAP_BIN) $(INTEGRATION_BIN)

# The first line of a unit test names what it links with: "// links: daemon/config.c ...".
links_of = $(call obj,$(wildcard $(shell sed -n '1s,^// links: ,,p' $(1))))
define unit_rule
$(OUTPUT)/$(1:.c=): $(call obj,$(1)) $(call links_of,$(1))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CC) $$(ALL_LDFLAGS) $$(sort $$^) $$(UNIT_LIBS) -o $$@
endef
$(foreach t,$(UNIT_SRC),$(eval $(call unit_rule,$(t))))

$(OUTPUT)/tests/storm: $(call obj,$(sort $(wildcard tests/helpers/storm*.c)))
$(OUTPUT)/tests/mkfds: $(call obj,$(sort $(wildcard tests/helpers/mkfds*.c)))
$(OUTPUT)/tests/crowd: $(call obj,tests/helpers/crowd.c)
$(OUTPUT)/tests/fdpair: $(call obj,tests/helpers/fdpair.c)
$(OUTPUT)/tests/truth: $(call obj,tests/helpers/truth.c)
$(OUTPUT)/tests/api_abuse: $(call obj,tests/integration/api_abuse.c)
$(OUTPUT)/tests/notify_log: $(call obj,tests/helpers/notify_log.c)
# Its stack is what the test is about: whole, and once with a build id, once without.
$(call obj,tests/helpers/fleeting.c): CFLAGS += -fno-omit-frame-pointer -fno-optimize-sibling-calls
$(OUTPUT)/tests/fleeting $(OUTPUT)/tests/fleeting_bare: $(call obj,tests/helpers/fleeting.c)
$(OUTPUT)/tests/fleeting: ALL_LDFLAGS += -Wl,--build-id=sha1
$(OUTPUT)/tests/fleeting_bare: ALL_LDFLAGS += -Wl,--build-id=none
$(HELPER_BIN):
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ -luring -ljansson -lpthread -o $@

$(TRAP_BIN): $(OUTPUT)/tests/traps/%: $(OUTPUT)/obj/tests/helpers/traps/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ -o $@

$(INTEGRATION_BIN): $(OUTPUT)/tests/integration/%: $(call obj,tests/integration/support.c \
		tests/integration/compare.c tests/integration/stream.c \
		tests/unit/daemon/api/schema.c cli/client.c cli/http.c) \
		$(OUTPUT)/obj/tests/integration/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) $^ -ljansson -lbpf -o $@

check: all tests
	$(Q)FDS_BUILD=$(OUTPUT) $(if $(SAN),FDS_SANITIZED=1) tests/run style unit integration

check-unit: tests
	$(Q)FDS_BUILD=$(OUTPUT) $(if $(SAN),FDS_SANITIZED=1) tests/run unit

check-integration: all tests
	$(Q)FDS_BUILD=$(OUTPUT) $(if $(SAN),FDS_SANITIZED=1) tests/run integration

# A program of 32 bits; it needs no library, so that any compiler for x86-64 makes it.
$(OUTPUT)/tests/ia32: tests/vm/ia32.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -m32 -O2 $(WARN) -ffreestanding -nostdlib -static -fno-pic \
		-fno-stack-protector -fno-asynchronous-unwind-tables $< -o $@

.PHONY: check-vm
check-vm: all tests $(OUTPUT)/tests/ia32
	$(Q)tests/vm/selftest >/dev/null
	$(Q)FDS_BUILD=$(OUTPUT) tests/vm/check

bench: all tests
	$(Q)tests/bench/run

.PHONY: bench-vm
bench-vm: all
	$(Q)OUTPUT=$(OUTPUT) KERNELS="$(KERNELS)" tests/bench/vm

# ---- house ----

C_FILES	= $(shell git ls-files -co --exclude-standard '*.c' '*.h')

format:
	$(Q)clang-format -i $(C_FILES)

lint:
	$(Q)tests/lint

install: all
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D -m 755 $(OUTPUT)/fdscoped $(DESTDIR)$(SBINDIR)/fdscoped
	$(Q)install -D -m 755 $(OUTPUT)/fdscope $(DESTDIR)$(BINDIR)/fdscope
	$(Q)install -D -m 755 $(OUTPUT)/fdtop $(DESTDIR)$(BINDIR)/fdtop
	$(Q)install -D -m 644 daemon/fdscoped.8 $(DESTDIR)$(MANDIR)/man8/fdscoped.8
	$(Q)install -D -m 644 daemon/fdscope.conf.5 $(DESTDIR)$(MANDIR)/man5/fdscope.conf.5
	$(Q)install -D -m 644 cli/fdscope.1 $(DESTDIR)$(MANDIR)/man1/fdscope.1
	$(Q)install -D -m 644 cli/fdtop.1 $(DESTDIR)$(MANDIR)/man1/fdtop.1
	$(Q)install -D -m 644 cli/fdscope.bash-completion $(DESTDIR)$(COMPLETIONDIR)/fdscope
	$(Q)install -D -m 644 cli/fdtop.bash-completion $(DESTDIR)$(COMPLETIONDIR)/fdtop
	$(Q)install -D -m 644 daemon/fdscope.sysusers $(DESTDIR)$(SYSUSERSDIR)/fdscope.conf
	$(Q)install -D -m 644 daemon/fdscope.tmpfiles $(DESTDIR)$(TMPFILESDIR)/fdscope.conf
	$(Q)install -D -m 644 daemon/fdscope.catalog $(DESTDIR)$(CATALOGDIR)/fdscope.catalog
	$(Q)install -D -m 644 daemon/fdscoped.socket $(DESTDIR)$(UNITDIR)/fdscoped.socket
	$(Q)install -d $(DESTDIR)$(DOCDIR)/hooks
	$(Q)install -m 755 daemon/hooks/* $(DESTDIR)$(DOCDIR)/hooks
	$(Q)install -d $(DESTDIR)$(UNITDIR)
	$(Q)sed 's,@SBINDIR@,$(SBINDIR),g' daemon/fdscoped.service > $(DESTDIR)$(UNITDIR)/fdscoped.service
	$(Q)test -e $(DESTDIR)$(SYSCONFDIR)/fdscope/fdscope.conf || \
		install -D -m 644 daemon/fdscope.conf $(DESTDIR)$(SYSCONFDIR)/fdscope/fdscope.conf

clean:
	$(Q)rm -rf build

-include $(shell find $(OUTPUT) -name '*.d' 2>/dev/null)
