# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Part 2: what a pair of calls costs with nothing, with each tier, with empty programs and with
# other tracing tools. Every round takes each of them once.

PAIRS=(open dup getppid)
# What installs and what closes, where it can be hooked; close(2) since 6.6 has only filp_flush.
BPFTRACE_WAYS=(
	'kfunc:fd_install,kfunc:CLOSE_HOOK { @n[comm] = count(); }'
	'kprobe:fd_install,kprobe:CLOSE_HOOK { @n[comm] = count(); }'
	'tracepoint:syscalls:sys_exit_openat,tracepoint:syscalls:sys_exit_close { @n[comm] = count(); }'
	'tracepoint:raw_syscalls:sys_exit { @n[comm] = count(); }'
)

# Tracefs, if the host has none mounted, in a mount namespace of the tool's own.
with_tracefs() { # COMMAND...
	if [[ -e /sys/kernel/tracing/events || -e /sys/kernel/debug/tracing/events ]]; then
		RUN=("$@")
	else
		# shellcheck disable=SC2016
		RUN=(unshare -m --propagation private
			sh -c 'mount -t tracefs tracefs /sys/kernel/tracing && exec "$@"' sh "$@")
	fi
}

perf_attached() {
	find "/proc/$LAST/fd" -lname 'anon_inode:*perf_event*' 2>/dev/null | grep -q . ||
		find "/proc/$LAST/fd" -lname 'anon_inode:bpf_link' 2>/dev/null | grep -q . ||
		! alive "$LAST"
}

tool_start() { # NAME COMMAND...
	local name=$1
	shift
	with_tracefs "$@"
	: >"$TMP/tool.out"
	start "$name" /dev/null "$TMP/tool.out" "$TMP/tool.err" "${RUN[@]}"
	TOOL=$LAST
	wait_until 10 perf_attached
	sleep 0.5
	alive "$TOOL" && return
	stop "$TOOL"
	WHY=$(cat "$TMP/tool.out" "$TMP/tool.err" | grep -v RLIMIT_MEMLOCK |
		grep -i -m1 -E 'fail|error|not |warn')
	WHY=${WHY#stdin:*: }
	return 1
}

empty_start() { # PROGRAM...
	: >"$TMP/tool.out"
	mkfifo "$TMP/empty" 2>/dev/null
	exec {EMPTY_HOLD}<>"$TMP/empty"
	start emptybpf "$TMP/empty" "$TMP/tool.out" "$TMP/tool.err" "$BIN/emptybpf" "$@"
	TOOL=$LAST
	wait_until 5 empty_stands
	exec {EMPTY_HOLD}>&-
	alive "$TOOL" && return
	stop "$TOOL"
	WHY=$(head -1 "$TMP/tool.err")
	return 1
}

empty_stands() { grep -q ready "$TMP/tool.out" || ! alive "$LAST"; }

# It prints when all is attached, and then what these looks open.
opensnoop_start() {
	tool_start opensnoop opensnoop || return
	WHY="it prints nothing"
	wait_until 10 test -s "$TMP/tool.out" && return
	stop "$TOOL" INT
	return 1
}

# It has waited for something at 25 looks in a row: what it had to attach is attached by then.
settled() {
	local state
	{ read -r _ _ state _ <"/proc/$TOOL/stat"; } 2>/dev/null || return 0
	QUIET=$((QUIET + 1))
	[[ $state == S ]] || QUIET=0
	((QUIET > 25))
}

# By the first way this kernel takes; those before it are named. It runs then.
bpftrace_start() {
	local way ways=("${BPFTRACE_WAYS[@]}")
	[[ -z ${BPFTRACE_WAY:-} ]] || ways=("$BPFTRACE_WAY")
	for way in "${ways[@]}"; do
		way=${way//CLOSE_HOOK/$CLOSE_HOOK}
		if tool_start bpftrace bpftrace -e "$way"; then
			# Which it does long after it has opened its buffers.
			QUIET=0
			wait_until 20 settled
			# It runs on without what it could not attach to.
			WHY=$(grep -m1 'could not attach' "$TMP/tool.err") || {
				BPFTRACE_WAY=$way
				return 0
			}
			stop "$TOOL" INT
		fi
		SKIPPED+=("bpftrace ${way%% *}: $WHY")
	done
	return 1
}

bpftrace_pick() {
	bpftrace_start && stop "$TOOL" INT
}

close_hook() {
	CLOSE_HOOK=filp_close
	grep -q ' filp_flush$' /proc/kallsyms && CLOSE_HOOK=filp_flush
}

# A tier with hazards watched for, all or these.
watch_start() { # TIER[:HAZARD,...]
	local hazards=${1#*:}
	[[ $1 == *:* ]] || hazards=all
	CONFIG=$(watching "$hazards") daemon_start "${1%%:*}"
}

setup_start() { # SETUP
	TOOL=
	case $1 in
	bare) ;;
	tier:*) daemon_start "${1#tier:}" ;;
	watch:*) watch_start "${1#watch:}" ;;
	raw_empty) empty_start raw_tp:sys_exit ;;
	fentry_empty) empty_start fentry:fd_install "fentry:$CLOSE_HOOK" ;;
	kprobe_empty) empty_start kprobe:fd_install "kprobe:$CLOSE_HOOK" ;;
	opensnoop) opensnoop_start ;;
	bpftrace) bpftrace_start ;;
	esac
}

# A comparison that saw nothing of the load would compare nothing.
setup_stop() { # SETUP
	case $1 in
	tier:* | watch:*) daemon_stop ;;
	opensnoop | bpftrace) stop "$TOOL" INT ;;
	*) stop "$TOOL" ;;
	esac
	case $1 in
	opensnoop) SEEN[$1]=$(grep -c ' fdpair ' "$TMP/tool.out") ;;
	bpftrace) SEEN[$1]=$(sed -n 's/^@n\[fdpair\]: //p' "$TMP/tool.out") ;;
	esac
	: >"$TMP/tool.out"
}

declare -A NAME_OF=(
	[bare]='bare: no daemon, no tool'
	[raw_empty]='reference: one empty raw_tp sys_exit'
	[fentry_empty]='reference: two empty fentry'
	[kprobe_empty]='reference: two empty kprobes'
	[opensnoop]='opensnoop of libbpf-tools'
	[bpftrace]='bpftrace one-liner'
)
declare -A COSTS SEEN

cost_setups() {
	local name state why
	close_hook
	SETUPS=(bare)
	while IFS=$'\t' read -r name state why; do
		NAME_OF[tier:$name]="fdscoped --tier $name"
		if [[ $state == failed ]]; then
			SKIPPED+=("tier $name: not on this kernel: $why")
		else
			SETUPS+=("tier:$name")
		fi
	done <"$TMP/tiers"
	SETUPS+=(raw_empty)
	for name in fentry_empty kprobe_empty; do
		if setup_start "$name"; then
			setup_stop "$name"
			SETUPS+=("$name")
		else
			SKIPPED+=("${NAME_OF[$name]}: not on this kernel: $WHY")
		fi
	done
	have opensnoop libbpf-tools && SETUPS+=(opensnoop)
	have bpftrace bpftrace && bpftrace_pick && SETUPS+=(bpftrace)
}

cost_round() { # SECONDS OF ONE MEASUREMENT
	local setup pair line
	for setup in "${SETUPS[@]}"; do
		[[ -z ${REFUSED[$setup]:-} ]] || continue
		if ! setup_start "$setup"; then
			REFUSED[$setup]=1
			SKIPPED+=("${NAME_OF[$setup]}: $WHY")
			[[ $setup != tier:* && $setup != watch:* ]] || failed "${NAME_OF[$setup]}: $WHY"
			continue
		fi
		for pair in "${PAIRS[@]}"; do
			line=$("$OUTPUT/tests/fdpair" "$pair" "$1" --cpu 0)
			line=${line#*median=}
			COSTS[$setup.$pair]+=" ${line%% *}"
		done
		setup_stop "$setup"
	done
}

# What the design allows this setup to add to this pair, as an expression of its figure.
cost_budget() { # SETUP PAIR ADDED BARE
	BUDGET=
	case $1.$2 in
	tier:trampoline.open)
		[[ -n ${ADDED[fentry_empty.open]:-} ]] || return
		BUDGET="<2 x empty"
		judge "$3 <= 2 * ${ADDED[fentry_empty.open]}"
		;;
	tier:trampoline.dup)
		[[ -n ${ADDED[fentry_empty.dup]:-} ]] || return
		BUDGET="<2 x empty"
		judge "$3 <= 2 * ${ADDED[fentry_empty.dup]}"
		;;
	tier:syscall.getppid)
		# About 100 ns a call, and the pair is two.
		BUDGET="<= 200 ns"
		judge "$3 <= 200"
		;;
	tier:trampoline.getppid | tier:kprobe.getppid | tier:sample.* | tier:procfs.*)
		# None: no more than the rounds differ by themselves.
		BUDGET=none
		judge "$3 <= 0.05 * $4 || $3 <= ${NOISE[$2]} + ($MAX - $MIN) / 2"
		;;
	esac
}

# Medians over the rounds of what a setup took and of its difference to bare in the same round:
# what the machine does otherwise changes between rounds more than within one.
cost_figures() { # SETUP PAIR
	local i bare=() costs=() diffs=()
	[[ -n ${COSTS[$1.$2]:-} ]] || return
	read -ra bare <<<"${COSTS[bare.$2]}"
	read -ra costs <<<"${COSTS[$1.$2]}"
	for i in "${!costs[@]}"; do
		diffs+=("$(calc "${costs[i]} - ${bare[i]}")")
	done
	read -r MED MIN MAX < <(stats "${costs[@]}")
	read -r ADD _ < <(stats "${diffs[@]}")
}

cost_table() { # PLAIN=1: nothing is held against a budget
	local pair setup bare line
	local -A ADDED=() NOISE=()
	for pair in "${PAIRS[@]}"; do
		cost_figures bare "$pair"
		bare=$MED
		NOISE[$pair]=$(calc "($MAX - $MIN) / 2")
		for setup in "${SETUPS[@]}"; do
			cost_figures "$setup" "$pair" && ADDED[$setup.$pair]=$ADD
		done
		for setup in "${SETUPS[@]}"; do
			cost_figures "$setup" "$pair" || continue
			VERDICT='' BUDGET=''
			[[ ${PLAIN:-} ]] || cost_budget "$setup" "$pair" "$ADD" "$bare"
			printf -v line '%-8s %-37s %8.0f ns %18s %+9.0f %7s x  %-14s %s' "$pair" \
				"${NAME_OF[$setup]}" "$MED" "$(calc "$MIN" %.0f) .. $(calc "$MAX" %.0f)" \
				"$ADD" "$(calc "($bare + $ADD) / $bare" %.2f)" "${BUDGET:--}" "$VERDICT"
			echo "${line%"${line##*[! ]}"}"
		done
	done
	[[ ${PLAIN:-} ]] || cost_fifth
}

# "Under a fifth of what opensnoop adds" is asked of the trampoline tier; others are told.
cost_fifth() {
	local tier=trampoline share budget='-'
	VERDICT=
	[[ -n ${ADDED[opensnoop.open]:-} ]] || return
	[[ -n ${ADDED[tier:trampoline.open]:-} ]] || tier=$(<"$TMP/tier")
	[[ -n ${ADDED[tier:$tier.open]:-} ]] || return
	share=$(calc "${ADDED[tier:$tier.open]} / ${ADDED[opensnoop.open]}" %.2f)
	if [[ $tier == trampoline ]]; then
		budget='< 0.2'
		judge "$share < 0.2"
	fi
	row "open: added, $tier : opensnoop" "$share" '' '' "$budget" "$VERDICT"
}

bench_cost() {
	local i rounds=9 seconds=0.15
	local -A REFUSED=()
	SKIPPED=()
	COSTS=()
	SEEN=()
	((QUICK)) && rounds=3 seconds=0.08
	echo
	echo "2. Cost of a pair of calls on one core: open+close, dup+close, getppid twice"
	rule
	cost_setups
	for ((i = 0; i < rounds; i++)); do
		cost_round "$seconds"
	done
	printf '%-8s %-37s %11s %18s %9s %9s  %s\n' pair 'what runs beside it' median 'min .. max' \
		added ratio budget
	cost_table
	[[ -z ${SEEN[opensnoop]:-} ]] || note "opensnoop printed ${SEEN[opensnoop]} opens of the last round"
	[[ -z ${SEEN[bpftrace]:-} ]] ||
		note "bpftrace is '$BPFTRACE_WAY', and counted ${SEEN[bpftrace]} calls of the last round"
	for i in "${SKIPPED[@]}"; do
		note "$i"
	done
}
