# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 3: what the daemon takes while nobody asks and nothing moves.

# Each is fresh: older than what an answer may be.
pass_costs() { # HOW MANY
	local i
	for ((i = 0; i < $1; i++)); do
		sleep 0.15
		ask '/v1/processes?limit=1' total >/dev/null
		status_of snapshot.cost_ns
	done
}

rest_load() { # PROCS FDS CPU_PERCENT RSS_MIB SECONDS
	local cpu0 up0 cpu1 up1 rss passes0 passes1 share mib procs med min max
	bench_begin "$1" "$2" || return
	sleep 2
	read -r cpu0 up0 passes0 < <(status_of cpu_ns uptime_ns snapshot.passes)
	sleep "$5"
	read -r cpu1 up1 rss passes1 procs \
		< <(status_of cpu_ns uptime_ns rss_bytes snapshot.passes snapshot.processes)
	share=$(calc "100 * ($cpu1 - $cpu0) / ($up1 - $up0)" %.3f)
	mib=$(calc "$rss / 1048576" %.1f)
	judge "$share < $3"
	row "$1 x $2: CPU of one core" "$share %" '' '' "< $3 %" "$VERDICT"
	judge "$mib < $4"
	row "  resident memory" "$mib MiB" '' '' "< $4 MiB" "$VERDICT"
	# shellcheck disable=SC2046
	read -r med min max < <(stats $(pass_costs 7))
	row "  one truth pass, $procs processes" "$(time_text "$med")" \
		"$(spread_text "$min" "$max")" "$(calc "$med / $procs" %.0f) ns each"
	row "  passes in a window of $5 s" "$((passes1 - passes0))"
	bench_end
}

bench_rest() {
	local seconds=12
	((QUICK)) && seconds=5
	part "3. The daemon at rest"
	rest_load 1000 200 0.5 24 "$seconds"
	rest_load 10000 10 3 64 "$seconds"
}
