#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No BPF program takes much more of the kernel's verifier than was recorded (verifier.baseline): what
# grows unnoticed is refused one day by a kernel whose verifier has less patience.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

BASELINE=$(dirname "$0")/../vm/verifier.baseline
MORE=10 # percent above what is recorded that count as the same
RECORD="if that is meant, record it: tests/bench/vm --record"

series=$(grep -oE '^[0-9]+\.[0-9]+' /proc/sys/kernel/osrelease)

# Since 5.16 ("bpf: Add verified_insns to bpf_prog_info and fdinfo"); names are plain text in BTF.
is_counted() {
	grep -qa verified_insns /sys/kernel/btf/vmlinux 2>/dev/null
}

recorded() { # TIER PROGRAM
	awk -v series="$series" -v tier="$1" -v program="$2" \
		'$1 == series && $2 == tier && $3 == program { print $4 }' "$BASELINE"
}

# compare TIER PROGRAM INSNS: says nothing if all is well.
compare() {
	local was

	was=$(recorded "$1" "$2")
	if [[ ! $3 =~ ^[1-9][0-9]*$ ]]; then
		echo "the daemon tells no count ('$3'), although this kernel does"
	elif [[ ! $was ]]; then
		echo "is not in the baseline for $series (it takes $3); $RECORD"
	elif (($3 * 100 > was * (100 + MORE))); then
		echo "takes $3 instructions, recorded are $was; $RECORD"
	fi
}

test_tier() {
	local tier=$1 name="verifier, $1" program insns why bad=0 cnt=0

	if ! daemon_start --tier "$tier" --config "$tmp/conf"; then
		not_ok "$name" "the daemon does not start: $(log_text)"
		return
	fi
	while read -r program insns; do
		((++cnt))
		why=$(compare "$tier" "$program" "$insns")
		[[ ! $why ]] || not_ok "$name: $program" "$why"
		[[ ! $why ]] || ((++bad))
	done < <(status_of '.programs[] | "\(.program) \(.verified_insns)"')
	daemon_stop TERM
	if ((cnt == 0)); then
		not_ok "$name" "the status names no programs"
	elif ((bad == 0)); then
		ok "$name: $cnt programs"
	fi
}

printf '[hazards]\nwatch=all\n' >"$tmp/conf"

test_no_programs() {
	if ! daemon_start --tier procfs; then
		not_ok "verifier, procfs" "the daemon does not start: $(log_text)"
		return
	fi
	check "verifier, procfs: no programs" "$(status_of '.programs')" \
		test "$(status_of '.programs | length')" = 0
	daemon_stop TERM
}

for tier in ${FDS_TIERS:-syscall sample procfs}; do
	if [[ $tier == procfs ]]; then
		test_no_programs
	elif ! is_counted; then
		skip "verifier, $tier" "this kernel does not tell (before 5.16)"
	elif ! grep -q "^$series " "$BASELINE"; then
		skip "verifier, $tier" "$series is not among the kernels of verifier.baseline"
	else
		test_tier "$tier"
	fi
done
finish
