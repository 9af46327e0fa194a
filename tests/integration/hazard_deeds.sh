#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hazards exec-leak, nonblock-shared and limit-excessive in each tier that sees them: each trap
# done wrong is told, once and by its right names, and the same done right is not.
# timeout: 600
# shellcheck disable=SC2016,SC2119 # what is in single quotes is for jq
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

PATIENCE=90 # an emulated processor takes long over what the verifier has to look through
traps=$FDS_BUILD/tests/traps
SKIPPED=77

# trap_start NAME MODE: until it has done its deed, which $said tells.  It ends with descriptor 7.
trap_start() {
	rm -f "$tmp/in" "$tmp/said"
	mkfifo "$tmp/in"
	"$traps/$1" "$2" <"$tmp/in" >"$tmp/said" 2>"$tmp/why" 7>&- &
	trap=$!
	started+=("$trap")
	exec 7>"$tmp/in"
	wait_until has_spoken
	said=$(head -n 1 "$tmp/said")
	[[ $said ]]
}

has_spoken() {
	[[ -s $tmp/said ]] || is_gone "$trap"
}

trap_end() {
	exec 7>&-
	wait "$trap"
}

# hazards FILTER: those of the trap and of its child that a filter of jq lets through.
hazards() {
	ask hazards --json 2>/dev/null |
		jq -c --argjson said "$said" ".hazards[]
			| select(.pid == \$said.pid or .pid == (\$said.child // -1)) | select($1)"
}

is_told() {
	[[ $(hazards "$1") ]]
}

# One exec and one call of a pass later than what was done: what is to come has come.
settle() {
	sleep 0.3
	answers
}

# told NAME MODE FILTER: the hazard is there once, with these facts of $said.
told() {
	if trap_start "$1" "$2"; then
		wait_until is_told ".kind == \"${1//_/-}\""
		check "$tier: $1 $2 is told" "$said, but: $(hazards true)" is_told \
			".kind == \"${1//_/-}\" and .count >= 1 and $3"
	fi
	leave "$1" "$2"
}

# silent NAME MODE: nothing of that kind is there.
silent() {
	if trap_start "$1" "$2"; then
		settle
		check "$tier: $1 $2 is not" "$said, but: $(hazards true)" test -z \
			"$(hazards ".kind == \"${1//_/-}\"")"
	fi
	leave "$1" "$2"
}

leave() {
	local status

	trap_end
	status=$?
	if ((status == SKIPPED)); then
		skip "$tier: $1 $2" "$(sed 's/.*skipped: //' "$tmp/why")"
	elif ((status)) || [[ ! $said ]]; then
		not_ok "$tier: $1 $2" "exit status $status: $(tr '\n' ' ' <"$tmp/why")"
	fi
}

start() {
	printf '[hazards]\nwatch=%s\n' "$1" >"$tmp/conf"
	daemon_start --tier "$tier" --config "$tmp/conf" && return
	not_ok "$tier: start" "$(log_text)"
	daemon_stop
	return 1
}

# is_watched NAME: the status says that it is.
is_watched() {
	[[ $(status_of ".hazards[] | select(.name == \"$1\").available") == true ]]
}

test_exec() {
	check "$tier: exec-leak is watched for" "$(status_of .hazards)" is_watched exec-leak
	told exec_leak wrong '.pid == $said.child and .fd == $said.fds[0]
		and .other_pid == $said.pid and (.name | startswith("socket:["))
		and (.summary | contains("\($said.fds[0]) tcp socket:["))
		and (.summary | contains("\($said.fds[1]) file \($said.path)"))
		and (.summary | contains("from exec_leak[\($said.pid)] into exec_leak[\($said.child)]"))'
	silent exec_leak right
	silent exec_leak told
	# A shell hands over what it was told to.
	said=$(bash -c 'exec 5</dev/null; sleep 0.3 6</dev/null & echo "{\"pid\":$!}"')
	settle
	check "$tier: a shell's redirections are not" "$(hazards true)" test -z "$(hazards true)"
	# Without a fork the program before is known by its own exec.
	if command -v perl >/dev/null; then
		said=$(perl -e '$^F = 99; open(F, "<", "/etc/passwd"); $| = 1; print "{\"pid\":$$}";
			exec("sleep", "0.3")')
		check "$tier: an exec without fork is told" "$(ask hazards --json | head -c 500)" \
			wait_until is_told '.kind == "exec-leak" and .comm == "sleep"
				and (.summary | contains("/etc/passwd")) and .other_pid == .pid'
	fi
}

test_nonblock() {
	local how='.fd == $said.fd and .pid == $said.child and .other_pid == $said.pid
		and .other_fd == $said.fd'

	check "$tier: nonblock-shared is watched for" "$(status_of .hazards)" is_watched nonblock-shared
	told nonblock_shared wrong "$how and .op == \"O_NONBLOCK on\" and (.name | startswith(\"pipe:[\"))
		and (.summary | startswith(\"fcntl(\"))"
	told nonblock_shared ioctl "$how and .op == \"O_NONBLOCK on\"
		and (.summary | startswith(\"ioctl(\"))"
	told nonblock_shared tty "$how and (.name | startswith(\"/dev/pts/\"))"
	told nonblock_shared clear "$how and .op == \"O_NONBLOCK off\""
	silent nonblock_shared right
	silent nonblock_shared before
	silent nonblock_shared dup
	silent nonblock_shared same
}

test_limit() {
	check "$tier: limit-excessive is watched for" "$(status_of .hazards)" is_watched limit-excessive
	told limit_excessive wrong '(.summary | contains("the soft limit is \($said.limit);"))
		and (.summary | contains("close_range()"))
		and (.summary | split(" ")[0] | tonumber) > $said.limit / 4'
	silent limit_excessive small
	silent limit_excessive right
}

for tier in ${FDS_TIERS:-syscall sample}; do
	[[ $tier == procfs ]] && continue
	start exec-leak,nonblock-shared,limit-excessive || continue
	test_exec
	if [[ $tier == sample ]]; then
		check "$tier: the others are not watched for" "$(status_of .hazards)" test "$(status_of \
			'[.hazards[] | select((.name | IN("nonblock-shared", "limit-excessive"))
				and (.available | not) and (.why | length) > 0)] | length')" = 2
	else
		test_nonblock
		test_limit
	fi
	daemon_stop
	check "$tier: the daemon ends" "$(log_text)" test "$daemon_status" = 0
done
finish
