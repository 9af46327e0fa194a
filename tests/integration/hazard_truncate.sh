#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# truncate-before-lock where open and lock are not by one process and one number, as in shells; and
# where memory is used anew.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/traps.sh
. "$(dirname "$0")/../traps.sh"

TURNS=30

# What is told of a file, by the last part of its path.
told_of() {
	ask hazards --json | jq -c --arg name "$1" \
		'.hazards[] | select((.name | type == "string") and (.name | endswith($name)))'
}

nothing_is_told_of() {
	sleep 0.3
	[[ ! $(told_of "$1") ]]
}

# is_told_of NAME FILTER
is_told_of() {
	[[ $(told_of "$1" | jq -c "select($2)") ]]
}

# A shell opens by one number and makes it another; a process of its own locks.
test_shell() {
	local name=shell.$$

	echo 12345 >"$tmp/$name"
	(flock -x 9) 9<>"$tmp/$name" # the syscall tier knows files that somebody has locked
	(flock -x 9) 9>"$tmp/$name"
	check "$tier: > of a shell and flock are told" "$(told_of "$name")" wait_until is_told_of "$name" \
		'.bytes == 6 and .comm == "flock" and .op == "flock" and .contended == false'
}

# One empties and does not lock, the next locks and does not empty: the memory of the former's
# struct file is the latter's.
test_memory() {
	local name=memory.$$ i

	for ((i = 0; i < TURNS; i++)); do
		echo data >"$tmp/$name"
		(flock -x 9) 9<>"$tmp/$name"
	done
	check "$tier: emptied by one, locked by another is not told" "$(told_of "$name")" \
		nothing_is_told_of "$name"
}

for tier in ${FDS_TIERS:-syscall}; do
	[[ $tier =~ ^(trampoline|kprobe|syscall)$ ]] || continue
	watch_start "$tier" truncate-before-lock || not_ok "$tier: the daemon starts" "$(log_text)"
	check "$tier: it is watched for" "$(status_of .hazards)" sees truncate-before-lock
	test_memory
	test_shell
	daemon_stop TERM
	check "$tier: the daemon ends well" "$daemon_status" test "$daemon_status" = 0
done
finish
