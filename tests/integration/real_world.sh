#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No false alarms: programs of the real world at work (tests/world) while the daemon looks for every
# hazard.  What it reports must be in the list below, which says why it is true; all else is a failure.
# FDS_WORLD=yes allows it; LONG=1 adds the build of a kernel; LOADS='ssh node' are those alone.  `tests/deps world kbuild`
# installs the programs.  What other processes of this machine do meanwhile is not looked at.
# timeout: 1200
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

tree=$(cd "$(dirname "$0")/../.." && pwd)
# Copies, as of the daemon.
world=$tmp/loads
cp -r "$tree/tests/world" "$world"
mkdir "$tmp/world"
# shellcheck source=tests/world/loads.sh
. "$world/loads.sh"

read -ra LOADS <<<"${LOADS:-nginx redis postgres ssh shell python node make}"
PATIENCE=60
SETTLE=3 # seconds until what is only seen now and then has been seen

# What may be reported: hazard, the process' name, what the summary has in it; the two last are regular
# expressions, of which the name must match as a whole.  All were seen in traces of these loads.
expected() {
	grep -Ev '^(#|$)' <<-'END'
		# sshd becomes another sshd for each connection, with numbers that both know: 4 and 5,
		# and its log.
		exec-leak sshd .

		# ssh sets O_NONBLOCK on what it has as standard input, output and error, also where
		# the shell that started it has them too, and takes it away when it ends.  The master
		# of a shared connection does so with those of its clients, which they pass to it.
		nonblock-shared ssh .

		# Before version 16 PostgreSQL opens its tables without O_CLOEXEC, and the pipe by which
		# a process learns that the postmaster is gone: the shells of archive_command and of
		# COPY ... PROGRAM have them.
		exec-leak sh postgres

		# A backend holds a table's file until it hears that the table was dropped.
		deleted-open postgres /base/

		# The log that a rewrite replaced is closed by a thread in the background.
		deleted-open redis-server appendonly

		# A large here-document is a file whose name bash removes before the command reads it.
		deleted-open (bash|wc) sh-thd
	END
}

# ---- which loads ----

# missing NAME: the commands that its load needs and that are not here.
missing() {
	local needs=needs_$1 command words

	read -ra words <<<"${!needs}"
	[[ $1 != postgres ]] || postgres_path
	for command in "${words[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null || echo "$command"
	done
}

# Why the load cannot run here; nothing if it can.
refused() {
	local lacking

	lacking=$(missing "$1" | paste -sd ' ')
	if [[ $lacking ]]; then
		echo "no $lacking here; tests/deps world kbuild installs it"
	elif [[ $1 == ssh && $(getent shadow root) == root:!* ]]; then
		echo 'root is locked, and sshd would let nobody in'
	elif [[ $1 == kernel && ! $(kernel_source) ]]; then
		echo 'no source of a kernel in /usr/src; tests/deps kbuild installs it'
	fi
}

# ---- the daemon ----

tier=''
for t in ${FDS_TIERS:-syscall}; do
	[[ $t =~ ^(trampoline|kprobe|syscall)$ ]] && tier=$t && break
done

write_config() {
	printf '%s\n' '[archive]' "path=$tmp/archive.db" '[hazards]' 'watch=all' >"$tmp/conf"
}

hazards() {
	ask hazards --json 2>"$tmp/complaint"
}

# Each fork is written down; with it, who descends from this test.
write_forks() {
	ask watch -t fork --json >"$tmp/forks" 2>/dev/null &
	# shellcheck disable=SC2031
	started+=("$!")
	wait_until test -s "$tmp/forks"
}

# The processes of the loads, one a line: what this shell forked, and so on.  None where forks are
# missing in what was written down.
own_pids() {
	jq -r 'select(.type == "resync") | "lost"' "$tmp/forks" 2>/dev/null | grep -q . && return
	jq -r 'select(.type == "fork") | [.pid, .child] | @tsv' "$tmp/forks" 2>/dev/null |
		awk -v root="$$" '
			{ parent[NR] = $1; child[NR] = $2 }
			END {
				own[root] = 1
				# They may be out of order, from several processors.
				do {
					news = 0
					for (i = 1; i <= NR; i++)
						if (own[parent[i]] && !own[child[i]])
							news = own[child[i]] = 1
				} while (news)
				for (pid in own)
					if (own[pid])
						print pid
			}'
}

# Hazards as lines: kind, name, pid, summary, each behind a tab.  Of the loads' own processes, or of
# all if it is not known which these are.
hazard_lines() {
	own_pids >"$tmp/own"
	hazards | jq -r --rawfile own "$tmp/own" '
		($own | split("\n") | map(select(. != "")) | map({(.): true}) | add) as $pids
		| .hazards[] | select($pids == null or $pids[.pid | tostring])
		| [.kind, .comm, .pid, .summary] | @tsv'
}

# Those that are neither expected nor in the file $1, which were there before; each once for a name.
unexpected() {
	local kind name pid summary want_kind want_name want_summary found

	while IFS=$'\t' read -r kind name pid summary; do
		found=''
		while read -r want_kind want_name want_summary; do
			[[ $kind == "$want_kind" && $name =~ ^($want_name)$ && $summary =~ $want_summary ]] &&
				found=1 && break
		done < <(expected)
		[[ $found ]] || printf '%s\t%s\t%s\t%s\n' "$kind" "$name" "$pid" "$summary"
	done < <(hazard_lines | grep -vxF -f "$1")
}

# ---- the test ----

skipped_all() {
	local name

	for name in "${LOADS[@]}"; do
		[[ $(refused "$name") ]] || return 1
	done
}

run_loads() {
	local name why start

	for name in "${LOADS[@]}"; do
		why=$(refused "$name")
		if [[ $why ]]; then
			skip "$name" "$why"
			continue
		fi
		start=$SECONDS
		if load_run "$name" >"$tmp/$name.out" 2>&1; then
			ok "$name at work ($((SECONDS - start)) s)"
		else
			not_ok "$name" "$(tail -n 5 "$tmp/$name.out" | tr '\n' '|')"
		fi
		report "$name"
		rm -rf "$tmp/world/$name"
	done
}

# After each load, so that a hazard is told beside the program that it is of.
report() {
	local found

	[[ $watching ]] || return 0
	found=$(unexpected "$tmp/before")
	# Also what is expected, for whoever looks.
	hazard_lines | grep -vxF -f "$tmp/before" | sed 's/^/# /'
	hazard_lines >>"$tmp/before"
	check "$1: no false alarm" "$(tr '\n' '|' <<<"$found")" test -z "$found"
}

if [[ ${FDS_DISPOSABLE:-} == 1 ]]; then
	skip 'real world' 'under emulation these programs take many times as long'
	finish
fi
if [[ ${FDS_WORLD:-} != yes ]]; then
	skip 'real world' 'servers under load take some minutes (FDS_WORLD=yes tests/check installs them)'
	finish
fi
if [[ ${LONG:-} == 1 ]]; then
	LOADS+=(kernel)
else
	skip kernel 'a kernel takes minutes to build (LONG=1 allows it)'
fi
if skipped_all; then
	skip 'real world' 'none of its programs is here; tests/deps world installs them'
	finish
fi

watching=''
if [[ ! $tier ]]; then
	skip hazards 'no tier here sees hazards'
else
	write_config
	if ! daemon_start --tier "$tier" --config "$tmp/conf"; then
		not_ok 'start' "$(log_text)"
	elif hazards >/dev/null; then
		watching=1
		write_forks
		hazard_lines >"$tmp/before"
	else
		skip hazards "the daemon tells none: $(head -n 1 "$tmp/complaint")"
	fi
fi
run_loads
if [[ $watching ]]; then
	sleep "$SETTLE"
	report 'after all'
fi
finish
