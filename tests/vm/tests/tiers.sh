#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which tiers a kernel has: `auto` takes the one expected, and those that are not expected are refused
# in words.  That the expected ones work is what the other tests show.
#
#   FDS_EXPECTED_TIERS, FDS_EXPECTED_AUTO   of the row in boots.ini
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../../lib.sh"

PATIENCE=120 # a verifier under emulation takes its time

test_refused() {
	local tier=$1

	if daemon_start --tier "$tier"; then
		not_ok "$tier: is refused" "it works here: its row in boots.ini should have it"
		daemon_stop TERM
		return
	fi
	wait "$daemon"
	daemon_status=$?
	check "$tier: is refused" "exit status $daemon_status: $(log_text)" test "$daemon_status" = 1
	check "$tier: and it is said why" "$(log_text)" grep -q "$tier" "$tmp/log"
}

test_auto() {
	if ! daemon_start; then
		not_ok 'auto: starts' "$(log_text)"
		return
	fi
	check "auto: takes $FDS_EXPECTED_AUTO" "it is $(status_of .tier): $(log_text)" \
		test "$(status_of .tier)" = "$FDS_EXPECTED_AUTO"
	daemon_stop TERM
}

test_auto
for tier in trampoline kprobe syscall sample procfs; do
	[[ " $FDS_EXPECTED_TIERS " == *" $tier "* ]] || test_refused "$tier"
done
finish
