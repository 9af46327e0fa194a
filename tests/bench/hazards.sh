# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for cost.sh; and it takes keys for variables
# Part 8: what watching for hazards costs: system calls, and the scans for those that last.

HAZARD_PAIRS=(open dup getppid epoll fcntl select flock)

# The tiers that hook anything, each without and with.
hazard_setups() {
	local name state why
	SETUPS=(bare)
	while IFS=$'\t' read -r name state why; do
		[[ $name != procfs && $name != sample ]] || continue
		if [[ $state == failed ]]; then
			SKIPPED+=("tier $name: not on this kernel: $why")
			continue
		fi
		NAME_OF["tier:$name"]="--tier $name, watch=none"
		NAME_OF["watch:$name"]="--tier $name, watch=all"
		SETUPS+=("tier:$name" "watch:$name")
	done <"$TMP/tiers"
}

hazard_costs() {
	local i rounds=7 seconds=0.12 PLAIN=1 PAIRS=("${HAZARD_PAIRS[@]}")
	local -A REFUSED=()
	COSTS=()
	((QUICK)) && rounds=3 seconds=0.06
	hazard_setups
	for ((i = 0; i < rounds; i++)); do
		cost_round "$seconds"
	done
	printf '%-8s %-37s %11s %18s %9s %9s\n' pair 'what runs beside it' median 'min .. max' added ratio
	cost_table
}

# Milliseconds of processor that questions took which looked at all descriptors anew.
scan_costs() { # HOW MANY
	local i before after
	for ((i = 0; i < $1; i++)); do
		# Older than what a question is content with, however long the last one took.
		sleep "$SCAN_PAUSE"
		before=$(status_of cpu_ns)
		ask /v1/hazards hazards.0.count >/dev/null
		after=$(status_of cpu_ns)
		echo "$((after - before))"
	done
}

# A question that finds a scan fresh enough, as often.
question_costs() { # HOW MANY
	local i before after
	ask /v1/hazards hazards.0.count >/dev/null
	for ((i = 0; i < $1; i++)); do
		before=$(status_of cpu_ns)
		ask /v1/hazards hazards.0.count >/dev/null
		after=$(status_of cpu_ns)
		echo "$((after - before))"
	done
}

hazard_scan() { # PROCS FDS PAUSE
	local med min max plain each SCAN_PAUSE=$3
	load_start "$1" "$2" || return
	CONFIG=$(watching epoll-stale,deleted-open) daemon_start auto || { failed "fdscoped: $WHY"; load_stop; return; }
	# shellcheck disable=SC2046
	read -r med min max < <(stats $(scan_costs 5))
	# shellcheck disable=SC2046
	read -r plain _ < <(stats $(question_costs 5))
	each=$(calc "($med - $plain) / ($1 * $2)" %.0f)
	row "$1 x $2: one scan" "$(time_text "$(calc "$med - $plain")")" \
		"$(spread_text "$(calc "$min - $plain")" "$(calc "$max - $plain")")" "$each ns each"
	bench_end
}

# Scans are as far apart as makes a thousandth of the time, and at least an interval.
hazard_rest() { # PROCS FDS CPU_PERCENT SECONDS
	local what cpu0 up0 cpu1 up1 share
	load_start "$1" "$2" || return
	for what in none auto; do
		CONFIG=$(watching "$what") daemon_start auto || { failed "fdscoped: $WHY"; continue; }
		sleep 2
		read -r cpu0 up0 < <(status_of cpu_ns uptime_ns)
		sleep "$4"
		read -r cpu1 up1 < <(status_of cpu_ns uptime_ns)
		daemon_stop
		share=$(calc "100 * ($cpu1 - $cpu0) / ($up1 - $up0)" %.3f)
		judge "$share < $3"
		row "$1 x $2 at rest, watch=$what: CPU of one core" "$share %" '' '' "< $3 %" "$VERDICT"
	done
	load_stop
}

bench_hazards() {
	local i seconds=60 SKIPPED=()
	((QUICK)) && seconds=24
	echo
	echo "8. Hazards: what watching for all of them adds to a pair of calls on one core"
	rule
	hazard_costs
	for i in "${SKIPPED[@]}"; do
		note "$i"
	done
	part "   Scans for hazards that last (epoll-stale, deleted-open); processor time of the daemon"
	hazard_scan 10 100 1
	hazard_scan 1000 200 2
	((QUICK)) || hazard_scan 1000 1000 10
	hazard_rest 1000 200 0.5 "$seconds"
}
