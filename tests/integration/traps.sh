#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each trap of tests/helpers/traps in each of its modes: what it claims to be true is seen to happen,
# its processes stay as long as its input does, and nothing stays after them.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/traps.sh
. "$(dirname "$0")/../traps.sh"

EXIT_SKIPPED=77 # this host has not what the mode needs

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
