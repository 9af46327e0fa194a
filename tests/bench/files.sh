# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part files: every descriptor of the host, beside lsfd and lsof; and who holds one file.

FILES_MS=120000 # no new round after this

files_round() {
	local i
	for ((i = 0; i < 3; i++)); do
		take OURS "$OUTPUT/fdscope" files --all --json --socket "$SOCKET"
		take WHO "$OUTPUT/fdscope" who "$OUTPUT/fdscoped" --json --socket "$SOCKET"
	done
	[[ -z $LSFD ]] || take LSFD_NS lsfd --json
	[[ -z $LSOF ]] || take LSOF_NS lsof -nP -F
}

bench_files() {
	local OURS=() WHO=() LSFD_NS=() LSOF_NS=() LSFD=1 LSOF=1 i end med min max who
	part "Files. Every descriptor of the host as JSON: ours with its own start"
	have lsof lsof || LSOF=
	have lsfd util-linux-extra || LSFD=
	bench_begin 1000 200 || return
	# Whoever is asked about holds it: the load is no answer, and nobody is no failure of a round.
	exec {HELD}<"$OUTPUT/fdscoped"
	end=$(($(now_ms) + FILES_MS))
	for ((i = 0; i < (QUICK ? 1 : 3) && $(now_ms) < end; i++)); do
		files_round
	done
	exec {HELD}<&-
	bench_end
	((${#OURS[@]})) || return
	read -r med min max < <(stats "${OURS[@]}")
	row "1000 x 200: fdscope files --all --json" "$(time_text "$med")" \
		"$(spread_text "$min" "$max")" 1
	rank_row "  lsfd --json" "$med" 20 "${LSFD_NS[@]}"
	rank_row "  lsof -nP -F" "$med" '' "${LSOF_NS[@]}"
	((${#WHO[@]})) || return
	read -r who min max < <(stats "${WHO[@]}")
	row "  fdscope who PATH --json" "$(time_text "$who")" "$(spread_text "$min" "$max")"
}
