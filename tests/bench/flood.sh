# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 5: every core opens, closes and forks at full speed; then nothing may have been lost.

flood_done() { grep -q '^still' "$TMP/flood" || ! alive "$FLOOD"; }

# How many of the processes that stand have a count other than the kernel's.
flood_wrong() { # PID...
	local pid wrong=0
	for pid; do
		[[ $(ask "/v1/processes/$pid" allocated) == "$(stat -c %s "/proc/$pid/fd")" ]] ||
			wrong=$((wrong + 1))
	done
	echo "$wrong"
}

bench_flood() {
	local seconds=5 hold cpu0 up0 cpu1 up1 lost missed fixed drift share pids turns i
	((QUICK)) && seconds=3
	part "5. Event flood: $(nproc) processes open, dup, pipe, close and fork for $seconds s"
	daemon_start auto || { failed "fdscoped: $WHY"; return; }
	sleep 1
	mkfifo "$TMP/flood.in"
	exec {hold}<>"$TMP/flood.in"
	: >"$TMP/flood"
	read -r cpu0 up0 < <(status_of cpu_ns uptime_ns)
	start flood "$TMP/flood.in" "$TMP/flood" "$TMP/flood.err" \
		"$OUTPUT/tests/fdpair" flood "$seconds"
	FLOOD=$LAST
	wait_until 60 flood_done
	read -r cpu1 up1 < <(status_of cpu_ns uptime_ns)
	# Two passes confirm a difference, a third has had time to repair.
	for ((i = 0; i < 3; i++)); do
		sleep 0.15
		ask '/v1/processes?limit=1' total >/dev/null
	done
	read -r lost missed fixed drift \
		< <(status_of lost_records missed_updates corrected_fds drift_fds)
	read -r _ _ _ _ pids <"$TMP/flood" || failed "flood: $(head -1 "$TMP/flood.err")"
	turns=$(sed -n 's/^fdpair: flood: //p' "$TMP/flood.err")
	share=$(calc "100 * (${cpu1:-0} - ${cpu0:-0}) / (${up1:-1} - ${up0:-0})" %.2f)
	judge "$share < 5"
	row "CPU of the daemon, of one core" "$share %" '' '' "< 5 %" "$VERDICT"
	judge "$lost == 0"
	row "records lost" "$lost" '' '' 0 "$VERDICT"
	judge "$missed == 0"
	row "updates of state missed" "$missed" '' '' 0 "$VERDICT"
	judge "$drift == 0"
	row "drift when it stands still" "$drift" '' '' 0 "$VERDICT"
	row "corrected since the start" "$fixed"
	# shellcheck disable=SC2086
	i=$(flood_wrong $pids)
	judge "$i == 0"
	# shellcheck disable=SC2086
	row "processes unlike /proc/PID/fd" "$i" '' "of $(wc -w <<<"$pids")" 0 "$VERDICT"
	note "$turns, a pipe each, a fork every fourth"
	stop "$FLOOD"
	exec {hold}>&-
	rm -f "$TMP/flood.in"
	daemon_stop
}
