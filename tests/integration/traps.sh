#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each trap of tests/helpers/traps in each of its modes: what it claims to be true is seen to happen,
# its processes stay as long as its input does, and nothing stays after them.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

EXIT_SKIPPED=77 # this host has not what the mode needs

traps=$FDS_BUILD/tests/traps

modes_of() {
	"$1" 2>&1 | sed -n 's/.* one of: *//p'
}

# trap_start NAME MODE [ARGUMENT...]: until it has said its line, which is $said.  Its first process
# is $trap; its input is the descriptor 7, by which trap_end ends it.
trap_start() {
	mkfifo "$tmp/in"
	TMPDIR=$tmp "$traps/$1" "${@:2}" <"$tmp/in" >"$tmp/said" 2>"$tmp/why" 7>&- &
	trap=$!
	started+=("$trap")
	exec 7>"$tmp/in"
	rm "$tmp/in"
	wait_until has_spoken
	said=$(head -n 1 "$tmp/said")
	[[ $said ]]
}

has_spoken() {
	[[ -s $tmp/said ]] || is_gone "$trap"
}

# Its exit status.
trap_end() {
	exec 7>&-
	wait "$trap"
}

# The processes that its line names; the maker is gone by then.
processes() {
	jq -r '.pid, .child // empty, .reader // empty' <<<"$said"
}

all_live() {
	local pid

	for pid in $(processes); do
		! is_gone "$pid" || return 1
	done
}

none_lives() {
	local pid

	for pid in $(processes); do
		is_gone "$pid" || return 1
	done
}

# The trap itself compares the outcome with its claim.
line_is_whole() {
	jq -e --arg trap "${1//_/-}" --arg mode "$2" '.trap == $trap and .mode == $mode
		and (.hazard | type) == "boolean" and (.pid | type) == "number"
		and (.outcome | length) > 0' <<<"$said" >/dev/null
}

# try NAME MODE: prints what is wrong, if anything; its exit status is the trap's.
try() {
	local status

	trap_start "$1" "$2"
	if [[ $said ]]; then
		line_is_whole "$1" "$2" || echo "no such line: $said"
		all_live || echo "a process is gone: $said"
	fi
	trap_end
	status=$?
	((status == 0 || status == EXIT_SKIPPED)) || echo "exit status $status: $said"
	[[ $said ]] && ! wait_until none_lives && echo "a process stays: $said"
	return "$status"
}

for program in "$traps"/*; do
	[[ -f $program && -x $program ]] || continue
	name=${program##*/}
	for mode in $(modes_of "$program"); do
		try "$name" "$mode" >"$tmp/wrong"
		status=$?
		if ((status == EXIT_SKIPPED)); then
			skip "$name $mode" "$(sed 's/.*skipped: //' "$tmp/why")"
		elif [[ -s $tmp/wrong || -s $tmp/why ]]; then
			not_ok "$name $mode" "$(tr '\n' ' ' <"$tmp/wrong") $(tr '\n' ' ' <"$tmp/why")"
		else
			ok "$name $mode"
		fi
	done
done
check 'no trap leaves a file' "$(find "$tmp" -name 'trap.*')" test -z "$(find "$tmp" -name 'trap.*')"
finish
