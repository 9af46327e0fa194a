# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What integration tests in shell share: a folder and a daemon of their own, patience with a
# deadline, TAP.  Whoever includes it runs under tests/run, which sets FDS_BUILD.

FDS_BUILD=${FDS_BUILD:-$(dirname "${BASH_SOURCE[0]}")/../build}
FDS_BUILD=$(cd "$FDS_BUILD" && pwd) || exit 1
PATIENCE=30 # seconds until what must happen counts as not happening
NOBODY=65534

# Copies, because other users may not get to where the tree is.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/fds.XXXXXX") || exit 1
chmod 755 "$tmp"
mkdir "$tmp/bin" "$tmp/run"
cp "$FDS_BUILD/fdscoped" "$FDS_BUILD/fdscope" "$tmp/bin" || exit 1
fdscoped=$tmp/bin/fdscoped
fdscope=$tmp/bin/fdscope
socket=$tmp/run/s

started=() # what is to be ended in any case
failed_cnt=0

ok() {
	echo "ok - $1"
}

not_ok() {
	echo "not ok - $1: $2"
	((++failed_cnt))
}

skip() {
	echo "ok - $1 # SKIP $2"
}

# check NAME WHY COMMAND...: the command succeeds.
check() {
	local name=$1 why=$2
	shift 2

	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "$why"
	fi
}

# wait_until COMMAND...: tries it until it succeeds; fails after PATIENCE seconds.
wait_until() {
	local until=$((SECONDS + PATIENCE))

	until "$@"; do
		((SECONDS < until)) || return 1
		sleep 0.02
	done
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# A process that does nothing and holds $1 descriptors besides its first three.
start_holder() {
	bash -c 'for ((i = 0; i < $1; i++)); do exec {fd}</dev/null; done; echo; exec sleep 1000' \
		bash "$1" >"$tmp/holder" 2>/dev/null &
	holder=$!
	started+=("$holder")
	wait_until test -s "$tmp/holder"
}

# ask ARGUMENT...: fdscope at the daemon under test.
ask() {
	"$fdscope" "$@" --socket "$socket"
}

answers() {
	ask status --json >/dev/null 2>&1
}

# One value of the status, by a path of jq.
status_of() {
	ask status --json 2>/dev/null | jq -r "$1"
}

ready_or_gone() {
	answers || is_gone "$daemon"
}

# daemon_start ARGUMENT...: runs it in front of nobody until it answers.  Its pid is $daemon, its
# log $tmp/log.  runner=(COMMAND...) goes in front of it.
runner=()
daemon_start() {
	"${runner[@]}" "$fdscoped" --socket "$socket" "$@" >"$tmp/stdout" 2>"$tmp/log" </dev/null &
	daemon=$!
	started+=("$daemon")
	wait_until ready_or_gone
	answers
}

# daemon_stop [SIGNAL]: sends it and waits; the daemon's exit status is $daemon_status, 255 if it
# had to be killed.
daemon_stop() {
	kill -s "${1:-TERM}" "$daemon"
	if wait_until is_gone "$daemon"; then
		wait "$daemon" 2>/dev/null
		daemon_status=$?
	else
		kill -KILL "$daemon"
		wait "$daemon" 2>/dev/null
		daemon_status=255
	fi
}

# The numbers of the BPF programs, maps and links that a process holds.
bpf_ids() {
	cat /proc/"$1"/fdinfo/* 2>/dev/null |
		awk '/^(prog|map|link)_id:/ { sub(/_id:/, "", $1); print $1, $2 }' | sort -u
}

# None of the objects in $tmp/ids is left.
bpf_gone() {
	local type id

	while read -r type id; do
		bpftool "$type" show id "$id" >/dev/null 2>&1 && return 1
	done <"$tmp/ids"
	return 0
}

# The daemon's log in one line, for complaints.
log_text() {
	tr '\n' '|' <"$tmp/log" | cut -c 1-300
}

# The last statement of a test.
finish() {
	exit $((failed_cnt > 0))
}

clean_up() {
	local pid

	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap clean_up EXIT
trap 'echo "ended by a signal" >&2; exit 1' INT TERM HUP
