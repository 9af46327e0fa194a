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
		select(.attach != \"kretprobe\") | .program"
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
	# Left to choose, the daemon takes the next tier and says why.
	program=${programs%%$'\n'*}
	if daemon_start --skip-hook "$program"; then
		check "$tier without $program: another is taken" "it is $(status_of .tier)" \
			test "$(status_of .tier)" != "$tier"
		check "$tier without $program: status says why" "$(status_of .tiers)" \
			grep -q '^self-test: ' <(status_of ".tiers[] | select(.name == \"$tier\") | .why")
		daemon_stop TERM
	else
		not_ok "$tier without $program: another is taken" "$(log_text)"
	fi
}

tested=0
for tier in ${FDS_TIERS:-syscall}; do
	[[ $tier =~ ^(trampoline|kprobe|syscall)$ ]] || continue
	((++tested))
	test_tier "$tier"
done
((tested)) || skip gate "no tier that counts"
finish
