#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a service manager expects of a Type=notify service: told when it is ready, reloads and ends;
# signals; priorities of the log; nothing left in the kernel, however it ends.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

notified=$tmp/notified
# Appended, so that it goes on at the beginning when what is there is forgotten.
"$FDS_BUILD/tests/notify_log" "$tmp/notify" >>"$notified" &
started+=("$!")
wait_until test -S "$tmp/notify" || {
	echo "Bail out! no $FDS_BUILD/tests/notify_log"
	exit 1
}
NOTIFY_SOCKET=$tmp/notify
export NOTIFY_SOCKET

# Messages that the manager got since the last forget.
forget() {
	: >"$notified"
}

was_told() {
	grep -Eq -- "$1" "$notified"
}

told_text() {
	tr '\n' '|' <"$notified"
}

write_config() {
	printf '%s\n' "$@" >"$tmp/conf"
}

start() {
	forget
	daemon_start "$@" && return
	not_ok "start $*" "$(log_text)"
	return 1
}

end() {
	daemon_stop
	((daemon_status == 0)) || not_ok "$1: end" "exit status $daemon_status"
}

log_has() {
	grep -Eq -- "$1" "$tmp/log"
}

staleness_is() {
	[[ $(status_of .snapshot.max_staleness_ns) == "$1" ]]
}

file_cnt() {
	find "$tmp/run" -mindepth 1 | wc -l
}

# What the daemon says of the holder against the kernel's own list.
is_exact() {
	local kernel

	kernel=$(find "/proc/$holder/fd" -mindepth 1 -maxdepth 1 | wc -l)
	[[ $(ask show "$holder" --json | jq -c '[.allocated, .installed]') == "[$kernel,$kernel]" ]]
}

# ---- ready, reload, end ----

test_notify() {
	local before

	write_config '[daemon]' 'max-staleness = 300ms'
	start --config "$tmp/conf" || return
	check 'READY=1 comes' "told: $(told_text)" wait_until was_told '(^| )READY=1'
	check 'the status names the tier' "told: $(told_text)" \
		was_told "STATUS=.*$(status_of .tier)"
	check 'READY=1 comes once' "told: $(told_text)" test "$(grep -c READY=1 "$notified")" = 1

	forget
	write_config '[daemon]' 'max-staleness = 700ms'
	kill -HUP "$daemon"
	check 'SIGHUP: READY=1 again' "told: $(told_text)" wait_until was_told '(^| )READY=1'
	check 'SIGHUP: RELOADING=1 first' "told: $(told_text)" \
		grep -Eq '^RELOADING=1 MONOTONIC_USEC=[0-9]+' <(head -n 1 "$notified")
	check 'SIGHUP: the new value counts' "$(status_of .snapshot.max_staleness_ns)" \
		staleness_is 700000000

	forget
	before=$(wc -l <"$tmp/log")
	write_config '[daemon]' 'max-staleness = 900ms' 'colour = red'
	kill -HUP "$daemon"
	check 'bad config: READY=1 again' "told: $(told_text)" wait_until was_told '(^| )READY=1'
	check 'bad config: one line says where and what' "$(log_text)" test \
		"$(tail -n "+$((before + 1))" "$tmp/log" | grep -c "$tmp/conf:3: .*\"colour\"")" = 1
	check 'bad config: the old value stays' "$(status_of .snapshot.max_staleness_ns)" \
		staleness_is 700000000
	rm "$tmp/conf"
	mkdir "$tmp/conf"
	forget
	kill -HUP "$daemon"
	wait_until was_told '(^| )READY=1'
	check 'config became a folder: it lives' "$(log_text)" staleness_is 700000000
	check 'config became a folder: it says so' "$(log_text)" log_has "$tmp/conf: is a directory"
	rmdir "$tmp/conf"

	forget
	daemon_stop
	check 'SIGTERM: exit status 0' "$daemon_status: $(log_text)" test "$daemon_status" = 0
	check 'SIGTERM: STOPPING=1' "told: $(told_text)" wait_until was_told STOPPING=1
	check 'SIGTERM: no file is left' "$(find "$tmp/run")" test "$(file_cnt)" = 0
}

test_ready_means_ready() {
	local wrong='' tier

	for tier in auto auto procfs procfs; do
		forget
		"$fdscoped" --socket "$socket" --tier "$tier" 2>"$tmp/log" &
		daemon=$!
		started+=("$daemon")
		wait_until was_told READY=1 || wrong="$tier: no READY=1"
		answers || wrong="$tier: no answer at READY=1"
		daemon_stop
	done
	check 'at READY=1 it answers' "$wrong" test -z "$wrong"
}

test_interrupt() {
	start || return
	daemon_stop INT
	check 'SIGINT: exit status 0, no file left' "$daemon_status, $(find "$tmp/run")" \
		test "$daemon_status:$(file_cnt)" = 0:0
}

# Ended while it starts, at moments spread over the time that takes.
test_early_end() {
	local i wrong='' took

	took=${EPOCHREALTIME/./}
	start || return
	took=$((${EPOCHREALTIME/./} - took))
	end 'early end'
	for ((i = 1; i <= 8; i++)); do
		"$fdscoped" --socket "$socket" 2>"$tmp/log" &
		daemon=$!
		started+=("$daemon")
		sleep "$(printf '0.%06d' $((took * i / 9 % 1000000)))"
		daemon_stop
		# A signal before it has a say about signals ends it in the usual way.
		[[ $daemon_status == 0 || $daemon_status == 143 ]] ||
			wrong="exit status $daemon_status: $(log_text)"
		[[ $(file_cnt) == 0 ]] || wrong="left $(find "$tmp/run" -type s -o -type f)"
	done
	check 'SIGTERM while it starts: ends, no file left' "$wrong" test -z "$wrong"
}

# A stream has no end of its own: it must not hold up the daemon's.
test_end_with_clients() {
	local watcher status

	start || return
	ask watch --json >"$tmp/watched" 2>"$tmp/watch.err" &
	watcher=$!
	started+=("$watcher")
	wait_until test -s "$tmp/watched" || not_ok 'watch' 'no hello'
	daemon_stop
	check 'SIGTERM with a client: exit status 0, no file left' \
		"$daemon_status, $(find "$tmp/run")" test "$daemon_status:$(file_cnt)" = 0:0
	wait_until is_gone "$watcher"
	wait "$watcher"
	status=$?
	check 'a client of the end is told in one line' "$status: $(cat "$tmp/watch.err")" \
		test "$status:$(wc -l <"$tmp/watch.err")" = 3:1
}

# ---- the log, the watchdog ----

test_log() {
	# As a service's stderr, and as something else's.
	export JOURNAL_STREAM=1:1
	start
	check 'under systemd lines begin with a priority' "$(log_text)" \
		test "$(grep -Evc '^<[3-7]>[^ ]' "$tmp/log")" = 0
	end log
	start --foreground
	check '--foreground: plain lines' "$(log_text)" \
		test "$(grep -Evc '^fdscoped: ' "$tmp/log")" = 0
	end log
	unset JOURNAL_STREAM
	start --log-level warning
	check '--log-level: nothing to warn of' "$(log_text)" test ! -s "$tmp/log"
	end log
}

test_watchdog() {
	export WATCHDOG_USEC=400000
	start
	check 'the watchdog is fed' "told: $(told_text)" wait_until was_told WATCHDOG=1
	end watchdog
	unset WATCHDOG_USEC
}

# ---- kill -9 ----

# test_kill TIER
test_kill() {
	local tier=$1 wrong='' first="$1: kill -9"

	if ! start --tier "$tier"; then
		return
	fi
	if [[ $tier == procfs ]]; then
		check "$tier: no BPF at all" "$(bpf_ids "$daemon")" test -z "$(bpf_ids "$daemon")"
	else
		bpf_ids "$daemon" >"$tmp/ids"
		check "$tier: has BPF objects" 'none found in /proc/PID/fdinfo' test -s "$tmp/ids"
	fi
	daemon_stop KILL
	if [[ $tier != procfs ]]; then
		check "$first leaves no BPF object" "of: $(tr '\n' ' ' <"$tmp/ids")" \
			wait_until bpf_gone
	fi
	check "$first leaves its socket" "$(find "$tmp/run")" test -S "$socket"

	# What happens while nobody looks is known to the next one.
	start_holder 50
	start --tier "$tier" || return
	check "$first: the next start takes over" "$(log_text)" answers
	check "$first: and is exact" "$(ask show "$holder" 2>&1 | head -n 1)" is_exact
	[[ $(status_of .drift_fds) == 0 ]] || wrong="drift_fds is $(status_of .drift_fds)"
	check "$first: without drift" "$wrong" test -z "$wrong"
	bpf_ids "$daemon" >"$tmp/ids"
	daemon_stop
	check "$tier: SIGTERM leaves no BPF object and no file" \
		"$(find "$tmp/run") of: $(tr '\n' ' ' <"$tmp/ids")" \
		test "$(wait_until bpf_gone && echo gone):$(file_cnt)" = gone:0
}

test_notify
test_ready_means_ready
test_interrupt
test_early_end
test_end_with_clients
test_log
test_watchdog
for tier in ${FDS_TIERS:-syscall sample procfs}; do
	test_kill "$tier"
done
finish
