# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What tests of hazards share: the programs of tests/helpers/traps, and what the daemon says of
# them.  Included after tests/lib.sh.

traps=$FDS_BUILD/tests/traps

# modes_of PROGRAM: it names them when it is asked for none.
modes_of() {
	"$1" 2>&1 | sed -n 's/.* one of: *//p'
}

# trap_start NAME MODE [ARGUMENT...]: until it has said its line, which is $said.  Its first process
# is $trap; its input is the descriptor 7, by which trap_end ends it.
trap_start() {
	rm -f "$tmp/said" # of the one before
	mkfifo "$tmp/in"
	TMPDIR=$tmp "$traps/$1" "${@:2}" <"$tmp/in" >"$tmp/said" 2>"$tmp/why" 7>&- &
	trap=$!
	started+=("$trap")
	exec 7>"$tmp/in"
	rm "$tmp/in"
	wait_until has_spoken
	said=$(head -n 1 "$tmp/said")
	[[ $said ]]
}

has_spoken() {
	[[ -s $tmp/said ]] || is_gone "$trap"
}

# Its exit status.
trap_end() {
	exec 7>&-
	wait "$trap"
}

# said KEY: a value of its line, "" where there is none.
said() {
	jq -r ".$1 // empty" <<<"$said"
}

# watch_start TIER HAZARDS [LINE...]: a daemon that watches for these, with more lines of [hazards].
watch_start() {
	printf '%s\n' "[hazards]" "watch=$2" "${@:3}" >"$tmp/conf"
	daemon_start --config "$tmp/conf" --tier "$1"
}

# sees HAZARD: it is watched for.
sees() {
	[[ $(status_of ".hazards[] | select(.name == \"$1\") | .available") == true ]]
}

# look: what the daemon has not looked at yet, it does now: records, a pass, a scan.
look() {
	ask top -n 1 --json >/dev/null
	ask hazards --json >/dev/null
}

# hazards FILTER: those of the trap that runs, each a line of JSON, through one of jq's filters.
hazards() {
	ask hazards --json | jq -c --argjson said "$said" '
		[$said.pid, $said.child // 0, $said.reader // 0] as $pids
		| .hazards[] | select(.pid as $p | $pids | index($p)) | '"$1"
}

# is_told KIND FILTER: there is one of the kind that the filter lets through.
is_told() {
	[[ $(hazards "select(.kind == \"$1\") | select($2)") ]]
}
