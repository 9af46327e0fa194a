#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What shell scripts do with descriptors: pipelines, here-documents, process substitution, coprocesses,
# numbers of their own, a lock that the script holds.  Fails if one of them gives a wrong result.
set -eu -o pipefail

want() {
	[[ $2 == "$3" ]] && return
	echo "$1: '$2', not '$3'" >&2
	exit 1
}

pipelines() {
	local i

	for ((i = 0; i < 40; i++)); do
		want pipeline "$(seq 500 | sort -r | uniq | tail -n 1)" 1
		want 'early end' "$(seq 100000 | head -n 1 || true)" 1
	done
}

# Large enough that the shell puts it in a file, which has no name when the command reads it.
here_documents() {
	local big

	big=$(head -c 200000 /dev/zero | tr '\0' x)
	want here-document "$(wc -c <<<"$big")" 200001
	want 'small here-document' "$(
		cat <<-END
			text
		END
	)" text
}

substitutions() {
	want 'process substitution' "$(paste -d, <(seq 3) <(seq 4 6) | tail -n 1)" 3,6
	seq 10 | tee >(wc -l >lines) >/dev/null
	while [[ ! -s lines ]]; do sleep 0.01; done
	want tee "$(cat lines)" 10
}

coprocess() {
	local answer

	coproc QUOTE { sed -u 's/.*/<&>/'; }
	echo text >&"${QUOTE[1]}"
	read -r answer <&"${QUOTE[0]}"
	want coproc "$answer" '<text>'
	eval "exec ${QUOTE[1]}>&-"
	wait "$QUOTE_PID"
}

own_numbers() {
	local line fd

	seq 3 >three
	exec {fd}<three
	read -r line <&"$fd"
	want 'own number' "$line" 1
	# By its number, which the command is told.
	want 'told number' "$(cat "/dev/fd/$fd")" $'1\n2\n3'
	exec {fd}<&-
	exec 3>log
	{
		echo out
		echo err >&2
	} >&3 2>&1
	exec 3>&-
	want redirected "$(wc -l <log)" 2
}

# As the manual of flock has it; and what was started under the lock has it too.
lock() {
	exec 9>lock
	flock -n 9
	sleep 0.5
	(flock -n 9 && sleep 0.2)
	exec 9>&-
}

in_background() {
	local i

	for ((i = 0; i < 20; i++)); do
		sleep 0.1 &
	done
	wait
	seq 50 | xargs -n 5 echo >/dev/null
	nohup true >/dev/null 2>&1
	timeout 5 bash -c 'ulimit -n 256; exec cat </dev/null'
}

pipelines
here_documents
substitutions
coprocess
own_numbers
lock
in_background
