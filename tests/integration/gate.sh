#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The gate: a tier whose hooks miss something counts the daemon's own descriptors wrong and is not
# used.  Shown by leaving out one hook after the other.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# What each open and close goes through; the others are about other processes, or causes.
COUNTING='sys_exit|fd_install|__fd_install|alloc_fd|__alloc_fd|put_unused_fd|do_dup2|filp_flush|filp_close'

# The programs of a tier that the gate's own opening and closing must miss.
counting_programs() {
	daemon_start --tier "$1" || return
	status_of ".programs[] | select(.function | test(\"^($COUNTING)\$\")) |
		select(.attach | startswith(\"kretprobe\") | not) | .program"
	daemon_stop TERM
}

refused() {
	wait "$daemon"
	daemon_status=$?
	((daemon_status == 1)) && grep -q "tier $1: self-test: " "$tmp/log"
}

test_tier() {
	local tier=$1 program programs

	programs=$(counting_programs "$tier")
	if [[ ! $programs ]]; then
		not_ok "$tier: it has hooks that count" "none: $(log_text)"
		return
	fi
	for program in $programs; do
		if daemon_start --tier "$tier" --skip-hook "$program"; then
			not_ok "$tier without $program: is refused" "it is used"
			daemon_stop TERM
		else
			check "$tier without $program: is refused" "$(log_text)" refused "$tier"
		fi
	done
}

# Left to choose, the daemon takes the next tier and says why.
test_choice() {
	local tier program

	if ! daemon_start; then
		not_ok 'auto: starts' "$(log_text)"
		return
	fi
	tier=$(status_of .tier)
	daemon_stop TERM
	program=$(counting_programs "$tier" | head -n 1)
	if [[ ! $program ]]; then
		skip 'auto: passes a tier over' "the best here is $tier, which has no hooks that count"
		return
	fi
	if ! daemon_start --skip-hook "$program"; then
		not_ok "auto without $program: another tier is taken" "$(log_text)"
		return
	fi
	check "auto without $program: another tier is taken" "it is $(status_of .tier)" \
		test "$(status_of .tier)" != "$tier"
	check "auto without $program: status says why" "$(status_of .tiers)" \
		grep -q '^self-test: ' <(status_of ".tiers[] | select(.name == \"$tier\") | .why")
	daemon_stop TERM
}

tested=0
for tier in ${FDS_TIERS:-syscall}; do
	[[ $tier =~ ^(trampoline|kprobe|syscall)$ ]] || continue
	((++tested))
	test_tier "$tier"
done
if ((tested)); then
	test_choice
else
	skip gate "no tier that counts"
fi
finish
