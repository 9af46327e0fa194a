#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hazard exec-leak where there are no traps for: what a shell hands over is meant, what a program
# got over its own exec is not its leak, and an exec without a fork has a program before it too.
# shellcheck disable=SC2016 # what is in single quotes is for jq and perl
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/traps.sh
. "$(dirname "$0")/../traps.sh"

PATIENCE=90 # an emulated processor takes long over what the verifier has to look through

# A program that opens /etc/passwd without FD_CLOEXEC, says "{"pid":N}" and executes the rest.
OPENER='$^F = 99; open(F, "<", "/etc/passwd"); $| = 1; print "{\"pid\":$$}\n"; exec(@ARGV)'
# The same, and what it executes is a child, whose pid it says.
FORKER='$^F = 99; open(F, "<", "/etc/passwd"); $| = 1; $p = fork;
	exec(@ARGV) if !$p; print "{\"pid\":$p}\n"; wait'

# run COMMAND...: to its end; what it says is $said.
run() {
	said=$("$@" | head -n 1)
}

is_silent() {
	sleep 0.5
	look
	[[ ! $(hazards .) ]]
}

silent() { # WHAT
	check "$tier: $1" "$said: $(hazards .)" is_silent
}

told() { # WHAT FILTER
	check "$tier: $1" "$said: $(ask hazards --json | cut -c 1-400)" \
		wait_until is_told exec-leak "$2"
}

test_shell() {
	run bash -c 'exec 5</dev/null; sleep 0.3 6</dev/null & echo "{\"pid\":$!}"; wait'
	silent "a shell's redirections are meant"
	run bash -c 'echo "{\"pid\":$$}"; exec 5</dev/null; exec env sleep 0.3'
	silent 'what a shell gave is no leak of who hands it on'
}

test_perl() {
	run perl -e "$OPENER" sleep 0.3
	told 'an exec without a fork is told' \
		'.comm == "sleep" and .other_pid == .pid and .name == "/etc/passwd"'
	run perl -e "$FORKER" sleep 0.3
	told 'an exec after a fork is told' '.comm == "sleep" and .other_pid != .pid and .fd == 3
		and (.summary | test("^fd 3 file /etc/passwd without FD_CLOEXEC went from perl"))'
	run perl -e "$FORKER" perl -e 'sleep 1'
	told 'so it is if it is the same program' '.comm == "perl"'
	run perl -e "$OPENER" perl -e 'select(undef, undef, undef, 0.3)'
	silent 'but not if that executes itself anew'
	run perl -e "$OPENER" nice sleep 0.3
	told 'it is told of the first exec' '.other_comm == "perl"'
	check "$tier: and not of the next" "$(hazards .)" test "$(hazards . | wc -l)" = 1
	run perl -e "$FORKER" perl -e 'sleep 1' -- --fd=3
	silent 'a number in an argument is told of'
	run perl -e "\$ENV{SOME_FD} = 3; $FORKER" sleep 0.3
	silent 'or in the environment'
}

for tier in ${FDS_TIERS:-syscall sample}; do
	[[ $tier != procfs ]] || continue
	watch_start "$tier" exec-leak || not_ok "$tier: the daemon starts" "$(log_text)"
	check "$tier: exec-leak is watched for" "$(status_of .hazards)" sees exec-leak
	test_shell
	if command -v perl >/dev/null; then
		test_perl
	else
		skip "$tier: programs that leak" 'no perl'
	fi
	daemon_stop TERM
done
finish
