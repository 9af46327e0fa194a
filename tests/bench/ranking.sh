# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 1: the exact ranking of the whole host, beside lsof, lsfd and a plain scan of /proc.

# No new round on one load after this: lsof and lsfd may take a minute on a slow machine.
RANK_MS=60000

# More rounds of what is fast, within each round of what is slow.
rank_round() {
	local i
	for ((i = 0; i < 7; i++)); do
		sleep 0.12 # past the age up to which an answer may be given twice
		take OURS "$OUTPUT/fdscope" top --json -n 10 --socket "$SOCKET"
	done
	for ((i = 0; i < 3; i++)); do
		take SCAN "$BIN/procscan" 10
	done
	[[ -z $LSOF ]] || take LSOF_NS lsof -nP
	[[ -z $LSFD ]] || take LSFD_NS lsfd
}

rank_row() { # WHAT OURS BUDGET NUMBER...
	local what=$1 ours=$2 budget=$3 med min max ratio
	shift 3
	(($#)) || return
	read -r med min max < <(stats "$@")
	ratio=$(calc "$med / $ours" %.1f)
	VERDICT=
	[[ -z $budget ]] || judge "$ratio >= $budget"
	row "$what" "$(time_text "$med")" "$(spread_text "$min" "$max")" "${ratio} x ours" \
		"${budget:+> $budget x}" "$VERDICT"
}

rank_load() { # PROCS FDS HAS_BUDGET
	local OURS=() SCAN=() LSOF_NS=() LSFD_NS=() i end med min max sum scan budget=
	bench_begin "$1" "$2" || return
	end=$(($(now_ms) + RANK_MS))
	for ((i = 0; i < (QUICK ? 1 : 3) && $(now_ms) < end; i++)); do
		rank_round
	done
	sleep 0.12
	sum=$(load_sum)
	scan=$("$BIN/procscan" --comm "$LOAD_NAME")
	bench_end
	((${#OURS[@]})) || return
	read -r med min max < <(stats "${OURS[@]}")
	VERDICT=
	if [[ -n $3 ]]; then
		judge "$med < 20e6"
		budget=400
	fi
	row "$1 x $2: fdscope top --json -n 10" "$(time_text "$med")" \
		"$(spread_text "$min" "$max")" 1 "${3:+< 20 ms}" "$VERDICT"
	rank_row "  readdir of every /proc/PID/fd" "$med" '' "${SCAN[@]}"
	rank_row "  lsof -nP" "$med" "$budget" "${LSOF_NS[@]}"
	rank_row "  lsfd" "$med" "$budget" "${LSFD_NS[@]}"
	judge "${sum:-0} == $scan"
	row "  the load's descriptors, by us" "${sum:--}" '' "readdir: $scan" equal "$VERDICT"
}

bench_ranking() {
	local LSOF=1 LSFD=1
	part "1. Ranking of the whole host: ours with its own start; the daemon takes a fresh truth pass"
	have lsof lsof || LSOF=
	have lsfd util-linux-extra || LSFD=
	rank_load 1000 200 budget
	if ((QUICK)); then
		rank_load 20 2000 ''
	else
		rank_load 20 15000 ''
	fi
}
