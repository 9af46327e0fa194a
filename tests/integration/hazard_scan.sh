#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hazards that last, in every tier that has iterators: registrations in epoll instances that outlive
# their number, and deleted files that keep their space.  The traps say what is true of them, in each
# of their modes; the daemon must say the same, and nothing of those that are none.
# timeout: 300
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/traps.sh
. "$(dirname "$0")/../traps.sh"

DELETED_SZ=65536
EXIT_SKIPPED=77 # this host has not what the mode needs

work=$tmp/work # where the traps' files are
mkdir "$work" "$tmp/said"
mkfifo "$tmp/hold"
exec 7<>"$tmp/hold"
cd "$tmp/said" || exit 1

declare -A held=() # trap by file of its line: NAME-MODE

has_said() {
	[[ -s $1 ]] || is_gone "$trap"
}

# hold NAME MODE [ARGUMENT...]: until it has said its line.  Its pid is $trap; all live until
# let_go.
hold() {
	local id=$1-$2

	rm -f "$id"
	TMPDIR=$work "$traps/$1" "${@:2}" <"$tmp/hold" >"$id" 2>"$id.why" 7>&- &
	trap=$!
	started+=("$trap")
	wait_until has_said "$id"
	[[ -s $id ]] && held[$id]=$trap
}

hold_all() {
	local name mode

	for name in epoll_stale deleted_open; do
		for mode in $(modes_of "$traps/$name"); do
			hold "$name" "$mode" && continue
			wait "$trap"
			if (($? == EXIT_SKIPPED)); then
				skip "$tier: $name $mode" "$(sed 's/.*skipped: //' "$name-$mode.why")"
			else
				not_ok "$tier: $name $mode" "$(cat "$name-$mode.why")"
			fi
		done
	done
}

# Their children go with them.
let_go() {
	local id

	for id in "${!held[@]}"; do
		kill -KILL "${held[$id]}" 2>/dev/null
		wait "${held[$id]}" 2>/dev/null
	done
	held=()
}

# What the daemon tells, held against what the traps say: a line for each trap and whether it is right.
compare() {
	cat "${!held[@]}" | jq -rs --argjson told "$(ask hazards --json || echo '{"hazards":[]}')" '
	def is_right($h):
		if .trap == "epoll-stale" then
			$h.fd == .epfd and $h.target_fd == .fd and $h.tid == (.tid // .holder // .pid)
			and $h.op == (if .outcome | test("closed") then "closed" else "reused" end)
			and $h.other_pid == (.child // .pid)
			and (.holder or $h.other_fd == (.copy // .fd))
			and ($h.name | test("eventfd|pipe"))
		else
			$h.fd == .fd and $h.name == .path and $h.bytes == .on_disk and $h.inode > 0
			and $h.other_pid == .child and $h.other_fd == (if .child then .fd else null end)
		end;
	.[] | . as $trap
	| [$told.hazards[] | select(.pid == ($trap.holder // $trap.pid) or .pid == $trap.child)] as $of_it
	| (if .hazard then
		($of_it | length) == 1 and $of_it[0].kind == .trap and $of_it[0].count == 1
		and $of_it[0].severity == "warn" and $of_it[0].ofd != null and is_right($of_it[0])
	   else
		($of_it | length) == 0
	   end) as $right
	| "\($right)\t\(.trap) \(.mode) is \(if .hazard then "" else "not " end)told\t\(.) \($of_it)"'
}

is_all_right() {
	compare >"$tmp/compared" && [[ -s $tmp/compared ]] && ! grep -q ^false "$tmp/compared"
}

report() {
	local right name why

	while IFS=$'\t' read -r right name why; do
		check "$tier: $name" "$why $(log_text)" test "$right" = true
	done <"$tmp/compared"
}

# A suspect becomes a finding by the second scan, and questions make for scans.
scan_twice() {
	for _ in 1 2 3; do
		sleep 0.7
		ask hazards >/dev/null
	done
}

# told_times PID...: when what they did was seen last.
told_times() {
	ask hazards --json | jq -c '[.hazards[] | select(.pid | IN($ARGS.positional[] | tonumber))
		| [.pid, .time_ns, .count]] | sort' --args "$@"
}

# A file system that a user mounted is no file system of the kernel's own; little is not told.
start_on_tmpfs() {
	if [[ $(stat -fc %T /dev/shm) != tmpfs ]]; then
		skip "$tier: a deleted file of a tmpfs" 'there is none at /dev/shm'
		return
	fi
	hold deleted_open wrong $((DELETED_SZ * 2)) /dev/shm
}

test_small() {
	hold deleted_open wrong $((DELETED_SZ / 2))
	scan_twice
	check "$tier: a small deleted file is not told" "$(cat deleted_open-wrong); $(log_text)" \
		test "$(ask hazards --json | jq ".hazards[] | select(.pid == $trap)")" = ''
}

test_over() {
	local before after pids=("${held[@]}")

	let_go
	scan_twice
	before=$(told_times "${pids[@]}")
	scan_twice
	after=$(told_times "${pids[@]}")
	check "$tier: what is over is not told again" "$before; $after" test "$before" = "$after"
}

test_tier() {
	if ! watch_start "$tier" epoll-stale,deleted-open "deleted-size=$DELETED_SZ"; then
		not_ok "$tier: start" "$(log_text)"
		return
	fi
	check "$tier: both are watched for" "$(ask status --json | jq -c .hazards)" test \
		"$(status_of '[.hazards[] | select(.name == "epoll-stale" or .name == "deleted-open")
			| .available] | all')" = true
	hold_all
	wait_until is_all_right
	scan_twice # once more, for those that must not be told
	is_all_right
	report
	test_over
	start_on_tmpfs && wait_until is_all_right
	report
	let_go
	test_small
	let_go
	daemon_stop TERM
}

tested=0
for tier in ${FDS_TIERS:-syscall sample}; do
	[[ $tier != procfs ]] || continue
	test_tier
	tested=1
done
((tested)) || skip hazard_scan 'no tier here has iterators'
finish
