# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 4: from the exec of the daemon to the first exact answer.

top_answers() {
	"$OUTPUT/fdscope" top --json -n 10 --socket "$SOCKET" >/dev/null 2>&1 ||
		! alive "$DAEMON_PID"
}

bench_start() {
	local i begin us cpu times=() sum scan cpus=() med min max rounds=7
	((QUICK)) && rounds=3
	part "4. Start to the first exact answer, 1,000 processes"
	load_start 1000 200 || { load_stop; return; }
	scan=$("$BIN/procscan" --comm "$LOAD_NAME")
	for ((i = 0; i < rounds; i++)); do
		begin=${EPOCHREALTIME/[.,]/}
		start fdscoped /dev/null "$TMP/fdscoped.log" "$TMP/fdscoped.log" \
			"$OUTPUT/fdscoped" --socket "$SOCKET" --config /dev/null --foreground \
			--log-level warning
		DAEMON_PID=$LAST
		until top_answers; do
			((${EPOCHREALTIME/[.,]/} - begin < 20000000)) || break
		done
		us=$((${EPOCHREALTIME/[.,]/} - begin))
		cpu=$(status_of cpu_ns)
		sum=$(load_sum)
		if [[ $sum == "$scan" ]]; then
			times+=("$((us * 1000))")
			cpus+=("$cpu")
		else
			failed "the first answer: ${sum:-none} descriptors of the load, not $scan"
		fi
		daemon_stop
	done
	load_stop
	((${#times[@]})) || return
	read -r med min max < <(stats "${times[@]}")
	judge "$med < 500e6"
	row "exec to the first answer" "$(time_text "$med")" "$(spread_text "$min" "$max")" '' \
		"< 500 ms" "$VERDICT"
	read -r med min max < <(stats "${cpus[@]}")
	row "  of it CPU of the daemon" "$(time_text "$med")" "$(spread_text "$min" "$max")"
}
