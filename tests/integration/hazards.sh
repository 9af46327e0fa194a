#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each trap in each of its modes, in front of a daemon that watches for everything: what is a hazard
# is told with the process that did it, and of its twins not a word.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/traps.sh
. "$(dirname "$0")/../traps.sh"

EXIT_SKIPPED=77 # this host has not what the mode needs
LOOKS=4		# what lasts is told when it was met twice

# What the daemon must say of each, beside the kind: $said is the trap's own line.
# shellcheck disable=SC2016 # for jq to expand
declare -A facts=(
	[epoll_fork]='.pid == $said.child and .other_pid == $said.pid and .target_fd == $said.fd
		and .op == "EPOLL_CTL_" + ($said.op | ascii_upcase)'
	[select_1024]='.pid == $said.pid and .fd == $said.highest and (.op | test("^p?select6?$"))
		and (.name | startswith("pipe:")) and (.summary | contains("nfds \($said.nfds)"))'
	# When the number is asked about it may be closed: then there is but the name.
	[truncate_before_lock]='.pid == $said.pid and .bytes == $said.bytes
		and (.name | IN($said.path, "file"))
		and .op == {flock: "flock", posix: "F_SETLKW", ofd: "F_OFD_SETLKW"}[$said.lock]
		and ($said.mode != "held" or (.contended and .other_pid == $said.reader
			and (.other_comm | startswith("truncate_before"))))'
	[epoll_stale]='.pid == ($said.holder // $said.pid) and .fd == $said.epfd
		and .target_fd == $said.fd and .other_pid == ($said.child // $said.pid)'
	[deleted_open]='.pid == $said.pid and .name == $said.path and .bytes == $said.on_disk'
	[exec_leak]='.pid == $said.child and .other_pid == $said.pid and .fd == $said.fds[0]
		and (.name | startswith("socket:[")) and (.summary | contains(", 4 file /etc/passwd "))
		and (.summary | contains(" from exec_leak["))'
	[limit_excessive]='.pid == $said.pid and (.summary | contains(" limit is \($said.limit); "))
		and (.summary | split(" ")[0] | tonumber) > $said.limit / 4'
	[nonblock_shared]='.pid == $said.child and .other_pid == $said.pid and .fd == $said.fd
		and .op == (if $said.after then "O_NONBLOCK on" else "O_NONBLOCK off" end)
		and (.summary | startswith($said.call + "("))'
)

# is_silent: also after some more looks nothing was told of the trap.
is_silent() {
	for ((i = 0; i < LOOKS; i++)); do
		look
		sleep 0.3 # so old a scan is done anew
	done
	[[ ! $(hazards .) ]]
}

# told_now NAME
told_now() {
	look
	is_told "${1//_/-}" "${facts[$1]:-true}"
}

# By system calls alone a loss is known of files that were locked before.
comes_too_early() {
	[[ $tier == syscall && $1 == truncate_before_lock ]] &&
		jq -e '.mode != "held" and .writes < 2 and .reads < 2' <<<"$said" >/dev/null
}

# judge NAME MODE: the trap has said its line.
judge() {
	if [[ $(said hazard) == true ]] && comes_too_early "$1"; then
		skip "$tier: $1 $2 is told" 'the file was never locked before'
	elif [[ $(said hazard) == true ]]; then
		check "$tier: $1 $2 is told" "hazards: $(ask hazards --json | cut -c 1-400)" \
			wait_until told_now "$1"
	else
		check "$tier: $1 $2 is no hazard" "$(hazards .)" is_silent
	fi
}

run_trap() {
	local status

	trap_start "$1" "$2"
	[[ ! $said ]] || judge "$1" "$2"
	trap_end
	status=$?
	if ((status == EXIT_SKIPPED)); then
		skip "$tier: $1 $2" "$(sed 's/.*skipped: //' "$tmp/why")"
	elif ((status)); then
		not_ok "$tier: $1 $2" "the trap failed: $(tr '\n' ' ' <"$tmp/why")"
	fi
}

# FDS_TRAP=NAME: that one alone.
for tier in ${FDS_TIERS:-syscall sample}; do
	[[ $tier != procfs ]] || continue # it watches for nothing, which the status says
	watch_start "$tier" all deleted-size=4K scan-interval=1s ||
		not_ok "$tier: the daemon starts" "$(log_text)"
	for program in "$traps"/${FDS_TRAP:-*}; do
		[[ -f $program && -x $program ]] || continue
		name=${program##*/}
		if ! sees "${name//_/-}"; then
			why=$(status_of ".hazards[] | select(.name == \"${name//_/-}\") | .why")
			check "$tier: why no ${name//_/-} is seen is said" "no reason" test "$why" != null
			continue
		fi
		for mode in $(modes_of "$program"); do
			run_trap "$name" "$mode"
		done
	done
	daemon_stop TERM
	check "$tier: the daemon ends well" "exit status $daemon_status: $(log_text)" \
		test "$daemon_status" = 0
done
finish
