# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 6: what one query takes, and what it costs the daemon.

QUERY_FDS=15000

query_files() {
	local pid=$1 rounds=5 i cpu0 cpu1 ours=() cpus=() lsof_ns=() lsfd_ns=() ours_med med min max
	local lsof=1 lsfd=1
	((QUICK)) && rounds=3
	have lsof lsof || lsof=
	have lsfd util-linux-extra || lsfd=
	for ((i = 0; i < rounds; i++)); do
		cpu0=$(status_of cpu_ns)
		take ours "$OUTPUT/fdscope" files "$pid" --json --socket "$SOCKET"
		cpu1=$(status_of cpu_ns)
		cpus+=("$((cpu1 - cpu0))")
		[[ -z $lsof ]] || take lsof_ns lsof -nP -p "$pid"
		[[ -z $lsfd ]] || take lsfd_ns lsfd -p "$pid"
	done
	((${#ours[@]})) || return
	read -r ours_med min max < <(stats "${ours[@]}")
	row "files of a process with $QUERY_FDS" "$(time_text "$ours_med")" \
		"$(spread_text "$min" "$max")" 1
	read -r med min max < <(stats "${cpus[@]}")
	row "  CPU of the daemon for it" "$(time_text "$med")" "$(spread_text "$min" "$max")"
	rank_row "  lsof -nP -p PID" "$ours_med" '' "${lsof_ns[@]}"
	rank_row "  lsfd -p PID" "$ours_med" '' "${lsfd_ns[@]}"
}

# One connection kept open.
query_latency() { # PATH COUNT
	local p50 p99 max cpu0 cpu1
	cpu0=$(status_of cpu_ns)
	read -r p50 p99 max < <("$BIN/ask" --latency "$2" "$SOCKET" "$1" 2>"$TMP/ask.err")
	cpu1=$(status_of cpu_ns)
	[[ -n ${max:-} ]] || { failed "$1: $(head -1 "$TMP/ask.err")"; return; }
	row "$2 x GET $1: p50" "$(time_text "$p50")"
	row "  p99" "$(time_text "$p99")" "max $(time_text "$max")"
	row "  CPU of the daemon for one" "$(time_text "$(calc "($cpu1 - $cpu0) / $2")")"
}

bench_query() {
	local pid
	part "6. Queries: one process of $QUERY_FDS descriptors; then a host of 1,000 processes x 200"
	if bench_begin 1 "$QUERY_FDS"; then
		pid=$(ps -o pid= --ppid "$LOAD_PID" | tr -d ' ')
		query_files "$pid"
		bench_end
	fi
	if bench_begin 1000 200; then
		query_latency '/v1/processes?limit=10' 1000
		query_latency /v1/status 1000
		bench_end
	fi
}
