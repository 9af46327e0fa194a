#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Descriptors of a program of 32 bits, whose system calls have other numbers: counted right in each
# tier, and its failures never told under the name of another call.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../../lib.sh"

PATIENCE=120 # emulation takes its time
REFUSED=10   # what ia32.c runs into at its limit
program=$FDS_BUILD/tests/ia32

# What the kernel says of a process: how many, and the highest.
kernel_says() {
	find "/proc/$1/fd" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n |
		awk '{ last = $1 } END { print NR, last }'
}

daemon_says() {
	ask show "$1" --json | jq -r '"\(.installed) \(.highest)"'
}

# check_counts NAME PID
check_counts() {
	local kernel daemon

	kernel=$(kernel_says "$2")
	daemon=$(daemon_says "$2")
	check "$1" "count and highest: $daemon, the kernel says $kernel" test "$daemon" = "$kernel"
}

# Tells it to go on, and waits for its next word.
await_step() {
	local line=''

	read -r -t "$PATIENCE" line <&"${made[0]}"
	[[ $line == "still $1" ]] && return
	not_ok "$tier: ia32" "instead of 'still $1' it said '$line'"
	return 1
}

go_on() {
	echo >&"${made[1]}"
}

failures_told() {
	ask show "$made_pid" --json | jq .failures
}

# Names of calls that were told to have failed: its own, or none.
check_names() {
	local names

	wait_until grep -q '"failure"' "$tmp/watched"
	names=$(jq -r 'select(.type == "failure") | .syscall' "$tmp/watched" | sort -u | tr '\n' ' ')
	check "$tier: failures told under no wrong name" "$names" \
		grep -Eqx '(dup |null )*' <<<"$names"
}

run_tier() {
	local watcher child

	if ! daemon_start --tier "$tier" --config "$tmp/conf"; then
		not_ok "$tier: start" "$(log_text)"
		return
	fi
	"$fdscope" watch --json --socket "$socket" >"$tmp/watched" &
	watcher=$!
	started+=("$watcher")
	wait_until test -s "$tmp/watched"
	coproc made { exec "$program"; }
	made_pid=$!
	started+=("$made_pid")
	await_step made && check_counts "$tier: made" "$made_pid"
	go_on
	if await_step forked; then
		read -r child <"/proc/$made_pid/task/$made_pid/children"
		check_counts "$tier: a parent" "$made_pid"
		check_counts "$tier: and its child" "$child"
	fi
	go_on
	if await_step full; then
		check_counts "$tier: at the limit" "$made_pid"
		case $tier in
		trampoline | kprobe)
			check "$tier: failures are counted" "$(failures_told), not $REFUSED" \
				test "$(failures_told)" = "$REFUSED"
			check_names
			;;
		esac
	fi
	go_on
	await_step closed && check_counts "$tier: closed" "$made_pid"
	go_on
	wait "$made_pid"
	check "$tier: no drift" "drift_fds is $(status_of .drift_fds)" test "$(status_of .drift_fds)" = 0
	kill "$watcher"
	wait "$watcher" 2>/dev/null
	daemon_stop TERM
	check "$tier: end" "exit status $daemon_status" test "$daemon_status" = 0
}

if [[ ! -x $program ]]; then
	skip 'ia32' "$program is not built (make check-vm does it)"
	finish
fi
printf '[daemon]\nmax-staleness = 0ms\n' >"$tmp/conf"
for tier in ${FDS_TIERS:?}; do
	run_tier
done
finish
