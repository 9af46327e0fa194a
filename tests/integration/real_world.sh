#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No false alarms: programs of the real world at work (tests/world) while the daemon looks for every
# hazard.  What it reports must be in the list below, which says why it is true; all else is a failure.
# LONG=1 adds the build of a kernel.  `tests/deps world kbuild` installs the programs.
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

LOADS=(nginx redis postgres ssh shell python node make)
PATIENCE=60
SETTLE=3 # seconds until what is only seen now and then has been seen

# What may be reported: hazard, the process' name, what the summary has in it; the two last are regular
# expressions, of which the name must match as a whole.  All were seen in traces of these loads.
expected() {
	grep -Ev '^(#|$)' <<-'END'
		# nginx hands its listening sockets to the program that it is upgraded to, by numbers
		# in NGINX=, which is nobody's convention but its own.
		exec-leak nginx .

		# sshd becomes another sshd for each connection, with numbers that both know: 4 and 5,
		# and its log.
		exec-leak sshd .

		# ssh sets O_NONBLOCK on what it has as standard input, output and error, also where
		# the shell that started it has them too, and takes it away when it ends.
		nonblock-shared ssh .

		# Before version 16 PostgreSQL opens its tables without O_CLOEXEC: the program of COPY,
		# archive_command, and `locale -a`, which initdb asks, all have the tables of a backend.
		exec-leak (sh|cat|sleep|locale) .

		# A backend holds a table's file until it hears that the table was dropped.
		deleted-open postgres /base/

		# The log that a rewrite replaced is closed by a thread in the background.
		deleted-open redis-server appendonly

		# A large here-document is a file whose name bash removes before the command reads it.
		deleted-open (bash|wc) sh-thd

		# Under a lock by `exec 9>lock` each command of the script has the lock too; and the
		# second <(...) of a command has the first.  Here, as in most scripts, on purpose or
		# not known to who wrote it; what stays in the background would hold the lock.
		exec-leak (sleep|seq) .

		# A process of multiprocessing has an end of a pipe of which it is not told the number:
		# its parent learns of its end by that.
		exec-leak python3.* .

		# A worker of Node is told its channel by NODE_CHANNEL_FD.
		exec-leak node .
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
	printf '%s\n' '[archive]' "path=$tmp/archive.db" >"$tmp/conf"
}

hazards() {
	ask hazards --json 2>"$tmp/complaint"
}

# Hazards as lines: kind, name, pid, summary, each behind a tab.
hazard_lines() {
	hazards | jq -r '.hazards[] | [.kind, .comm, .pid, .summary] | @tsv'
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
	hazard_lines >>"$tmp/before"
	check "$1: no false alarm" "$(tr '\n' '|' <<<"$found")" test -z "$found"
}

if [[ ${FDS_DISPOSABLE:-} == 1 ]]; then
	skip 'real world' 'under emulation these programs take many times as long'
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
