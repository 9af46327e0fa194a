# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # results are read by the files that source this one
# What the parts of the benchmark share: starting and ending by pid, medians, the table.

declare -A STARTED=() # pid -> name, of all that must be gone at the end
DAEMON_PID=
LOAD_PID=
FAILED=0
MISSED=0

now_ms() {
	local us=${EPOCHREALTIME/[.,]/}
	echo "$((us / 1000))"
}

# Ends with this shell, whatever way that takes; the pid is in $LAST.
start() { # NAME STDIN STDOUT STDERR COMMAND...
	local name=$1 in=$2 out=$3 err=$4
	shift 4
	setpriv --pdeathsig KILL "$@" <"$in" >"$out" 2>"$err" &
	LAST=$!
	STARTED[$LAST]=$name
}

# A command from its start to its end, of which stop_all() knows meanwhile; its exit status.
attend() { # STDOUT STDERR COMMAND...
	local pid status=0 out=$1 err=$2
	shift 2
	"$@" >"$out" 2>"$err" &
	pid=$!
	STARTED[$pid]=$1
	wait "$pid" || status=$?
	unset "STARTED[$pid]"
	return "$status"
}

# Gone, or only waiting to be waited for.
ended() { # PID
	local state
	{ read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ $state == Z ]]
}

stop() { # PID [SIGNAL]
	[[ -n ${1:-} && -n ${STARTED[$1]:-} ]] || return 0
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait_until 5 ended "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	unset "STARTED[$1]"
}

# The load goes last and by itself: what else runs holds the pipe open that it ends by.
stop_all() {
	local pid
	for pid in "${!STARTED[@]}"; do
		[[ $pid == "$LOAD_PID" ]] || kill -TERM "$pid" 2>/dev/null
	done
	for pid in "${!STARTED[@]}"; do
		[[ $pid == "$LOAD_PID" ]] || stop "$pid"
	done
	load_stop
	[[ -z ${TMP:-} ]] || rm -rf "$TMP"
}

alive() { ! ended "$1"; }

# COMMAND... until it is true, at most SECONDS_.
wait_until() { # SECONDS_ COMMAND...
	local end=$(($(now_ms) + $1 * 1000 * ${PATIENCE_TIMES:-1}))
	shift
	until "$@"; do
		(($(now_ms) < end)) || return 1
		sleep 0.02
	done
}

# LIBS: what to link with, if not the usual.
build_helpers() { # NAME of a file below tests, without .c
	local name libs
	read -ra libs <<<"${LIBS:--lbpf -ljansson}"
	mkdir -p "$BIN"
	for name; do
		[[ $BIN/${name##*/} -nt tests/$name.c && $BIN/${name##*/} -nt tests/bench/get.h ]] ||
			"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra \
				"tests/$name.c" -o "$BIN/${name##*/}" "${libs[@]}" || return 1
	done
}

# ---- the daemon and the load ----

ask() { "$BIN/ask" "$SOCKET" "$@" 2>/dev/null; }
status_of() { ask /v1/status "$@"; }
answers() { status_of version >/dev/null || ! alive "$DAEMON_PID"; }

# A configuration by which these hazards are watched for; prints its file.
watching() { # all|none|auto|HAZARD,...
	printf '[hazards]\nwatch=%s\n' "$1" >"$TMP/watch.$1"
	echo "$TMP/watch.$1"
}

# 1: it ended at once; its last words are in $WHY.  CONFIG: its file, if it is to have one; else no
# hazards are watched for, which are extra: see the part `hazards`.
daemon_start() { # TIER
	: >"$TMP/fdscoped.log"
	start fdscoped /dev/null "$TMP/fdscoped.log" "$TMP/fdscoped.log" \
		"$OUTPUT/fdscoped" --tier "$1" --socket "$SOCKET" --config "${CONFIG:-$(watching none)}" \
		--foreground --log-level warning
	DAEMON_PID=$LAST
	wait_until 15 answers
	if ! status_of version >/dev/null; then
		daemon_stop
		WHY=$(sed -n '$s/^fdscoped: //p' "$TMP/fdscoped.log")
		WHY=${WHY:-it ends or does not answer, and says nothing}
		return 1
	fi
}

daemon_stop() {
	stop "$DAEMON_PID"
	DAEMON_PID=
}

# A name nobody else has, so that its sum can be asked for.
LOAD_NAME=fdsb$$

load_start() { # PROCS FDS
	mkfifo "$TMP/hold"
	: >"$TMP/load"
	[[ -x $TMP/$LOAD_NAME ]] || cp "$OUTPUT/tests/crowd" "$TMP/$LOAD_NAME"
	start load "$TMP/hold" "$TMP/load" "$TMP/load.err" "$TMP/$LOAD_NAME" "$1" "$2"
	LOAD_PID=$LAST
	# Only now: a load that held its own stdin open would never see it end.
	exec {LOAD_HOLD}>"$TMP/hold"
	wait_until 60 load_stands
	load_ready || { failed "the load of $1 x $2: $(head -1 "$TMP/load.err")"; return 1; }
	sleep 0.5
}

load_ready() { grep -q ^ready "$TMP/load"; }
load_stands() { load_ready || ! alive "$LOAD_PID"; }

# By the end of its stdin, so that it waits for all its processes.
load_stop() {
	[[ -z ${LOAD_HOLD:-} ]] || exec {LOAD_HOLD}>&-
	[[ -z $LOAD_PID ]] || wait_until 20 ended "$LOAD_PID"
	stop "$LOAD_PID"
	rm -f "$TMP/hold"
	LOAD_PID=
	LOAD_HOLD=
}

# A load and the daemon in its default tier; nothing stays if either fails.
bench_begin() { # PROCS FDS
	if load_start "$1" "$2"; then
		daemon_start auto && return
		failed "fdscoped: $WHY"
	fi
	load_stop
	return 1
}

bench_end() {
	daemon_stop
	load_stop
}

# The sum of the load's descriptors as the daemon sees it.
load_sum() { ask "/v1/processes?by=exe&filter=comm:$LOAD_NAME" groups.0.installed; }

# ---- numbers ----

# "MEDIAN MIN MAX"
stats() { # NUMBER...
	printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END {
		m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
		printf "%.10g %.10g %.10g\n", m, v[1], v[NR] }'
}

# "P50 P99 MAX" of one column of a file.
tails() { # FILE COLUMN
	awk -v c="$2" '{ print $c }' "$1" | sort -g | awk '{ v[NR] = $1 } END {
		at = int(NR * 0.99)
		at += at < NR * 0.99
		printf "%.10g %.10g %.10g\n", v[int((NR + 1) / 2)], v[at], v[NR] }'
}

calc() { awk "BEGIN { printf \"${2:-%.10g}\", $1 }"; }
is() { awk "BEGIN { exit !($1) }"; }

# Nanoseconds for people.
time_text() {
	awk -v n="$1" 'BEGIN {
		a = n < 0 ? -n : n
		if (a < 1e4) printf "%.0f ns", n
		else if (a < 1e6) printf "%.1f us", n / 1e3
		else if (a < 1e9) printf "%.2f ms", n / 1e6
		else printf "%.2f s", n / 1e9 }'
}

spread_text() { echo "$(time_text "$1") .. $(time_text "$2")"; }

# Wall time of a command in $WALL; 1: it did not end well, $WHY says how.
measure() { # COMMAND...
	local cpu status
	attend "$TMP/timed" "$TMP/timed.err" "$BIN/timed" "$@"
	read -r WALL cpu status <"$TMP/timed" || { WHY="could not be run"; return 1; }
	: "$cpu"
	WHY="exit status $status"
	return "$status"
}

# The wall time of a command, added to an array.
take() { # ARRAY COMMAND...
	local -n to=$1
	shift
	if measure "$@"; then
		to+=("$WALL")
	else
		failed "$1: $WHY"
	fi
}

# ---- the table ----

rule() { printf '%.0s-' {1..118}; echo; }

part() { # TITLE
	echo
	echo "$1"
	rule
	row what median 'min .. max' ratio budget
}

row() { # WHAT MEDIAN SPREAD RATIO BUDGET VERDICT
	local line
	printf -v line '%-40s %12s %24s %14s   %-14s %s' "$1" "$2" "${3:--}" "${4:--}" \
		"${5:--}" "${6:-}"
	echo "${line%"${line##*[! ]}"}"
}

# "ok" or "MISSED" in $VERDICT.
judge() { # EXPRESSION
	VERDICT=ok
	is "$1" && return
	VERDICT=MISSED
	MISSED=$((MISSED + 1))
}

note() { printf '  %s\n' "$*"; }

# Something that should have run did not: the benchmark as a whole fails.
failed() {
	FAILED=1
	printf 'FAILED: %s\n' "$*"
}

# 1: a tool to compare with is not here; the row says how to get it.
have() { # TOOL PACKAGE
	command -v "$1" >/dev/null && return
	row "$1" missing '' '' '' "package $2; 'tests/deps bench' installs it"
	MISSING+=" $1"
	return 1
}
