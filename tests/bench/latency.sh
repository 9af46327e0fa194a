# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 7: from a call that is refused (EMFILE) to the first line of a hook, and what the black box of
# a process with many descriptors costs.  The same hook started by the bench itself is the measure of
# the machine: no alert can be faster.

# What nofile is usually raised to.
LATENCY_MANY=65536

# No storm and no lack of hooks: each is an incident with a hook of its own.
latency_config() {
	printf '%s\n' '[alerts]' storm-count=10000 storm-window=1s hooks-per-minute=6000 \
		'[archive]' "path=$TMP/archive.db" '[rule used]' enabled=no '[rule highest]' \
		enabled=no '[rule limit-excessive]' enabled=no '[rule failure]' comm=refused \
		'[hazards]' watch=none '[hook first]' "program=$TMP/firsthook" user=root on=fire
}

# Of each process a line in $TMP/refused.
latency_run() { # ROUNDS DESCRIPTORS [ask]
	attend "$TMP/refused" "$TMP/refused.err" \
		"$BIN/refused" "$SOCKET" "$DAEMON_PID" "$TMP/firsthook" "$TMP/held" "$@" && return
	failed "$(head -1 "$TMP/refused.err")"
	return 1
}

# From call to hook, beside the hook alone.
latency_rows() { # WHAT BUDGET_MS
	local p50 p99 max spawn50 spawn99 spawn_max
	read -r p50 p99 max < <(tails "$TMP/refused" 1)
	read -r spawn50 spawn99 spawn_max < <(tails "$TMP/refused" 2)
	row "$1: p50" "$(time_text "$p50")" '' "$(calc "$p50 / $spawn50" %.1f)"
	judge "$p99 < ${2}e6"
	row "  p99" "$(time_text "$p99")" "max $(time_text "$max")" \
		"$(calc "$p99 / $spawn99" %.1f)" "< $2 ms" "$VERDICT"
	row "  the hook alone, spawned: p50" "$(time_text "$spawn50")" '' 1
	row "    p99" "$(time_text "$spawn99")" "max $(time_text "$spawn_max")" 1
	latency_median 3 "  CPU of the daemon for one"
}

latency_median() { # COLUMN WHAT [BUDGET_MS]
	local med min max said=
	# shellcheck disable=SC2046
	read -r med min max < <(stats $(awk -v c="$1" '{ print $c }' "$TMP/refused"))
	if [[ -n ${3:-} ]]; then
		judge "$max < ${3}e6"
		said=$VERDICT
	fi
	row "$2" "$(time_text "$med")" "$(spread_text "$min" "$max")" '' \
		"${3:+max < $3 ms}" "$said"
}

latency_many() { # ROUNDS DESCRIPTORS
	latency_run "$1" "$2" || return
	latency_median 1 "$1 that hold $2: call to hook"
	latency_median 3 "  CPU of the daemon for one"
	latency_run "$1" "$2" ask || return
	latency_median 4 "  longest wait of another client" 100
}

bench_latency() {
	local CONFIG=$TMP/latency.conf rounds=1000 loaded=300 many_rounds=30 many=$LATENCY_MANY
	((QUICK)) && rounds=200 loaded=100 many_rounds=10
	part "7. From a refused call (EMFILE) to the first line of a hook"
	if [[ ! $(<"$TMP/tier") =~ ^(trampoline|kprobe|syscall)$ ]]; then
		note "tier $(<"$TMP/tier") sees no refused calls"
		return
	fi
	(ulimit -n "$many") 2>/dev/null || many=$(ulimit -Hn)
	latency_config >"$CONFIG"
	cp "$BIN/firsthook" "$TMP/firsthook"
	mkfifo "$TMP/firsthook.fifo"
	mkdir "$TMP/held"
	if daemon_start auto; then
		latency_run "$rounds" 64 && latency_rows "$rounds that hold 64" 50
		latency_many "$many_rounds" "$many"
		daemon_stop
	else
		failed "fdscoped: $WHY"
	fi
	if bench_begin 1000 200; then
		latency_run "$loaded" 64 &&
			latency_rows "$loaded, beside 1,000 processes x 200" 50
		bench_end
	fi
	((many == LATENCY_MANY)) || note "$many: more the hard limit here does not allow"
	note "with at most 40,000 descriptors on the host a black box also tells who shares them"
}
