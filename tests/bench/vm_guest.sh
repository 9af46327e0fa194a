#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/bench/vm runs inside the virtual machine, whose clock counts instructions: every setup
# once, all pairs beside it.  Prints lines of fields with tabs between, which the host reads:
#   cost SETUP PAIR STEPS MEAN | base SETUP PAIR STEPS MEAN | refused SETUP WHY | seen SETUP TEXT
#   program TIER NAME INSTRUCTIONS
# "base" is the pair bare, just after the setup: a name more in a chain of the cache of names, which
# reading the setup's files may bring, is three instructions of every open.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

OUTPUT=$1
WANTED=$2
KINDS=$3
ROUNDS=$4
BIN=$OUTPUT/tests/bench
PROGRAMS_MAX=100
# While all wait for the host to read a file, this clock leaps from one timer to the next: seconds
# are short.
# shellcheck disable=SC2034
PATIENCE_TIMES=50

# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
# shellcheck source=tests/bench/cost.sh
. tests/bench/cost.sh

say() {
	local IFS=$'\t'
	echo "$*"
}

refused() { # SETUP WHY
	say refused "$1" "$(tr -d '\t' <<<"${2:-it gave no reason}" | head -1)"
}

pairs() { # WHAT SETUP
	local pair steps mean
	[[ -n $KINDS ]] || return
	# shellcheck disable=SC2086
	"$TMP/fdpair" --each --iters "$ROUNDS" $KINDS >"$TMP/pairs" || failed "fdpair beside $2"
	while read -r pair steps mean _; do
		say "$1" "$2" "$pair" "${steps#*=}" "${mean#*=}"
	done <"$TMP/pairs"
}

# What the verifier walked through; nothing where the kernel does not tell.  In one question, as each
# is a process.
programs() { # TIER
	local i keys=() words
	for ((i = 0; i < PROGRAMS_MAX; i++)); do
		keys+=("programs.$i.program" "programs.$i.verified_insns")
	done
	read -ra words < <(status_of "${keys[@]}")
	for ((i = 0; i + 1 < ${#words[@]}; i += 2)); do
		[[ ${words[i + 1]} != [1-9]* ]] || say program "$1" "${words[@]:i:2}"
	done
}

measure_setup() { # SETUP
	local costs tier=
	[[ $1 =~ ^(tier|watch):([a-z]+) ]] && tier=${BASH_REMATCH[2]}
	if ! setup_start "$1"; then
		# A tier that this kernel has no way for says so.
		if [[ ! $tier || $WHY == "tier $tier: "* ]]; then
			refused "$1" "${WHY#"tier $tier: "}"
		else
			failed "$1: $WHY"
		fi
		return
	fi
	# What it does at first is over, so that it is no part of the mean; this time costs nothing.
	sleep 0.3
	costs=$(pairs cost "$1")
	# Of the hazards too, where all are watched for.
	[[ $1 != "watch:$tier" ]] || programs "$tier"
	setup_stop "$1"
	if [[ ${SEEN[$1]-none} == 0 || -z ${SEEN[$1]-none} ]]; then
		refused "$1" "it ran and saw nothing of the pairs"
		return
	fi
	[[ -z $costs ]] || echo "$costs"
	[[ $1 == bare ]] || pairs base "$1"
	case $1 in
	opensnoop) say seen "$1" "${SEEN[$1]} opens printed" ;;
	bpftrace) say seen "$1" "${SEEN[$1]} calls counted by '$BPFTRACE_WAY'" ;;
	esac
}

TMP=$(mktemp -d) || exit 1
SOCKET=$TMP/fdscope.sock
trap stop_all EXIT
# Off the host's file system, which is slow.
cp "$BIN/fdpair" "$TMP" || exit 1
close_hook
SKIPPED=()
say kernel "$(uname -r)"
for setup in $WANTED; do
	case $setup in
	opensnoop | bpftrace)
		command -v "$setup" >/dev/null || { refused "$setup" "it is not installed; 'tests/deps bench' does that"; continue; }
		;;
	esac
	measure_setup "$setup"
done
for line in "${SKIPPED[@]}"; do
	refused "${line%%: *}" "${line#*: }"
done
say end "$FAILED"
