#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The service as it is installed, under a systemd that is the guest's first process: units, users,
# folders, catalog; the sandbox takes nothing away that the daemon sees; it comes back, whatever ends
# it, and its clients wait meanwhile.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../../lib.sh"

PATIENCE=60 # emulation takes its time
WATCHDOG=15 # seconds, instead of the unit's own; a start under emulation takes some five
SECURITY=20 # tenths, as systemd-analyze counts them: 2.0
socket=/run/fdscope/fdscope.sock
fdscope=/usr/bin/fdscope
dropin=/run/systemd/system/fdscoped.service.d/test.conf
config=/etc/fdscope/fdscope.conf.d/test.conf
chores=/run/fdscope-chores # not below /tmp, of which the unit has its own

property() {
	systemctl show --value -p "$1" "${2:-fdscoped.service}"
}

property_is() {
	[[ $(property "$1") == "$2" ]]
}

main_pid() {
	property MainPID
}

journal_since() {
	journalctl -q -u fdscoped --no-pager -o cat --since "@$1"
}

journal_has() {
	journal_since "$1" | grep -Eq -- "$2"
}

# The unit's last words in one line, for complaints.
unit_text() {
	journalctl -q -u fdscoped --no-pager -o cat -n 8 | tr '\n' '|'
}

# Whether the unit is up again with another main process than $1.
is_back() {
	property_is ActiveState active && [[ $(main_pid) != "$1" ]] && answers
}

features() {
	ask status --json | jq -c '[.tier, .features]'
}

# What is told of a process of somebody else, who has nothing in common with the daemon.
portrait() {
	ask show "$stranger" --json | jq -c '[.exe, .cgroup, .unit, .uid, .allocated, .soft_limit]'
	ask files "$stranger" --json | jq -c '[.files[] | [.fd, .kind, .name, .inode]]'
}

# What the daemon says of a process against the kernel's own list.
is_exact() {
	local kernel

	kernel=$(find "/proc/$1/fd" -mindepth 1 -maxdepth 1 | wc -l)
	[[ $(ask show "$1" --json | jq -c '[.allocated, .installed]') == "[$kernel,$kernel]" ]]
}

# ---- what is installed ----

install_service() {
	local made status

	# What `make` built stands: nothing is built here.
	made=$(make -s -o all install OUTPUT="$FDS_BUILD" PREFIX=/usr 2>&1) || {
		not_ok 'make install' "${made//$'\n'/|}"
		finish
	}
	systemd-sysusers fdscope.conf 2>"$tmp/err"
	check 'sysusers: group and user are made' "$(cat "$tmp/err")" \
		test "$(id -gn fdscope 2>&1)" = fdscope
	systemd-tmpfiles --create fdscope.conf 2>"$tmp/err"
	check 'tmpfiles: the folders are made' "$(cat "$tmp/err")" test \
		"$(stat -c '%a %U:%G' /var/lib/fdscope /var/lib/fdscope/dumps | tr '\n' ' ')" = \
		'750 fdscoped:fdscope 750 fdscope:fdscope '
	mkdir -p "${dropin%/*}" "${config%/*}"
	printf '[Service]\nWatchdogSec=%s\n' "$WATCHDOG" >"$dropin"
	systemctl daemon-reload
	systemd-analyze verify --man=no fdscoped.service fdscoped.socket >"$tmp/err" 2>&1
	status=$?
	check 'systemd has nothing to say against the units' "$(tr '\n' '|' <"$tmp/err")" \
		test "$status:$(grep -c fdscoped "$tmp/err")" = 0:0
}

test_catalog() {
	local ids missing='' id

	ids=$(sed -n 's/^-- //p' /usr/lib/systemd/catalog/fdscope.catalog)
	journalctl --update-catalog 2>"$tmp/err"
	journalctl --no-pager --list-catalog >"$tmp/catalog" 2>>"$tmp/err"
	for id in $ids; do
		grep -q "^$id fdscope: " "$tmp/catalog" || missing+=" $id"
	done
	check 'journald takes the catalog' "missing:$missing $(cat "$tmp/err")" \
		test "${ids:+some}:$missing" = some:
}

# ---- what the sandbox leaves ----

# Without systemd and its sandbox: what there is to be seen.
look_without() {
	daemon_start --foreground || {
		not_ok 'a plain daemon starts' "$(log_text)"
		return
	}
	features >"$tmp/features"
	portrait >"$tmp/portrait"
	daemon_stop TERM
}

test_start() {
	systemctl start fdscoped
	check 'systemctl start' "$(unit_text)" property_is ActiveState active
	check 'a client is answered' "$(unit_text)" answers
	check 'the status text tells tier and processes' "$(property StatusText)" \
		grep -Eqx 'tier [a-z]+, [0-9]+ processes.*' <<<"$(property StatusText)"
	check 'the socket unit is up as well' "$(systemctl is-active fdscoped.socket)" \
		systemctl -q is-active fdscoped.socket
	check 'everybody may connect' "$(stat -c %a "$socket")" test "$(stat -c %a "$socket")" = 666
	check 'its folders are the ones of tmpfiles' "$(stat -c '%a %U:%G' /var/lib/fdscope)" test \
		"$(stat -c '%a %U:%G' /var/lib/fdscope /var/lib/fdscope/dumps | tr '\n' ' ')" = \
		'750 fdscoped:fdscope 750 fdscope:fdscope '
}

test_sandbox() {
	check 'it can all that a plain daemon can' \
		"$(features) instead of $(cat "$tmp/features")" \
		test "$(features)" = "$(cat "$tmp/features")"
	check 'the tier is the best one' "$(unit_text)" \
		test "$(status_of .tier)" = "$FDS_EXPECTED_AUTO"
	check 'it sees of a stranger what a plain daemon sees' \
		"$(portrait | tr '\n' ' ') instead of $(tr '\n' ' ' <"$tmp/portrait")" \
		test "$(portrait)" = "$(cat "$tmp/portrait")"
	check 'it sees the first process right' "$(ask show 1 2>&1 | tr '\n' ' ')" \
		wait_until is_exact 1
}

test_security() {
	local status

	systemd-analyze security --no-pager --threshold="$SECURITY" fdscoped.service \
		>"$tmp/security" 2>&1
	status=$?
	check 'systemd-analyze security: 2.0 or better' "$(tail -n 1 "$tmp/security")" test "$status" = 0
}

# What the daemon does on demand, and hooks, done by a command that the unit starts beside it.
write_chores() {
	cat >"$chores" <<-END
		#!/bin/bash
		out=/var/lib/fdscope/chores
		say() { if "\${@:2}" 2>>\$out.err; then echo "\$1 yes"; else echo "\$1 no"; fi >>\$out; }
		as_hook() { setpriv --reuid fdscope --regid fdscope --clear-groups --ambient-caps -all --inh-caps -all "\$@"; }
		as_root() { setpriv --reuid root --regid root --clear-groups --ambient-caps -all --inh-caps -all "\$@"; }
		say end kill -CONT $stranger
		say limit prlimit --pid $stranger --nofile=1500:1048576
		say dump as_hook touch /var/lib/fdscope/dumps/made
		say archive as_hook touch /var/lib/fdscope/made
		say etc as_root touch /etc/fdscope/made
		say network as_root bash -c 'exec 9<>/dev/udp/127.0.0.1/9'
		say unit as_root systemd-run -q --no-block touch $chores.unit
	END
	chmod 755 "$chores"
}

chore_is() {
	grep -qx "$1 $2" /var/lib/fdscope/chores
}

test_chores() {
	local said

	write_chores
	printf '[Service]\nExecStartPost=%s\n' "$chores" >"${dropin%/*}/chores.conf"
	systemctl daemon-reload
	systemctl restart fdscoped
	rm "${dropin%/*}/chores.conf"
	systemctl daemon-reload
	said=$(tr '\n' ' ' </var/lib/fdscope/chores.err)
	check "processes of others can be ended" "$said" chore_is end yes
	check "limits of others can be raised" "$said" chore_is limit yes
	check "and are" "$(prlimit -n --pid "$stranger")" \
		grep -Eq '^Max open files +1500 +1048576 ' "/proc/$stranger/limits"
	check "a hook of fdscope saves a dump" "$said" chore_is dump yes
	check "and touches nothing else of the daemon's" "$said" chore_is archive no
	check "a hook of root does not write to /etc" "$said" chore_is etc no
	check "a hook has no network" "$said" chore_is network no
	check "a hook of root starts a unit" "$said" wait_until test -e "$chores.unit"
	rm -f /var/lib/fdscope/chores*
}

# ---- who sees what ----

as_nobody() {
	setpriv --reuid "$NOBODY" --regid "$NOBODY" "$@"
}

uids_seen() {
	jq -c '[.processes[].uid] | unique'
}

test_views() {
	local group seen

	group=$(getent group fdscope | cut -d: -f3)
	seen=$(as_nobody --clear-groups "$fdscope" top --json | uids_seen)
	check 'a user sees the own processes' "$seen" test "$seen" = "[$NOBODY]"
	seen=$(as_nobody --clear-groups "$fdscope" show 1 2>&1)
	check 'and no others' "$seen" test "$?" = 1
	seen=$(as_nobody --clear-groups "$fdscope" system --json | jq '.file_nr > 0')
	check 'and the sums of the host' "$seen" test "$seen" = true
	seen=$(as_nobody --groups "$group" "$fdscope" top --json | uids_seen)
	check 'a member of group fdscope sees all' "$seen" \
		jq -e "contains([0, $NOBODY])" <<<"$seen" >"$tmp/jq"
}

# A unit that holds more and more.
test_unit_names() {
	local pid

	systemd-run -q --unit=leaky -p LimitNOFILE=200 \
		bash -c 'while exec {fd}</dev/null; do sleep 0.05; done; exec sleep 1000'
	pid=$(property MainPID leaky.service)
	wait_until test -e "/proc/$pid/fd/20"
	check 'a process is shown with its unit' "$(ask show "$pid" --json)" \
		test "$(ask show "$pid" --json | jq -r .unit)" = leaky.service
	ask top --no-headings -o UNIT,PID >"$tmp/top"
	check 'and listed with it' "$(grep leaky "$tmp/top")" grep -Eq "leaky.service +$pid$" "$tmp/top"
	ask top --by unit --json >"$tmp/top"
	check 'and summed up by it' "$(cut -c 1-300 "$tmp/top")" grep -q '"leaky.service"' "$tmp/top"
	# The sum over two processes of the unit: of the leak, and of one that comes with it.
	ask history leaky --json >"$tmp/history"
	check 'its unit has a history' "$(cut -c 1-300 "$tmp/history")" \
		jq -e '.allocated >= 20 and (.points | length > 0 and .[-1].max >= 20)' \
		"$tmp/history" >"$tmp/jq"
	check 'which is not for everybody' "$(as_nobody --clear-groups "$fdscope" history leaky 2>&1)" \
		grep -q 'units are of many users' <<<"$(as_nobody --clear-groups "$fdscope" history leaky 2>&1)"
	systemctl stop leaky.service
}

# Its alert names the unit, in the journal too.
test_alert() {
	local since found

	since=$(date +%s)
	systemd-run -q --unit=full -p LimitNOFILE=64 \
		bash -c 'while exec {fd}</dev/null; do :; done 2>/dev/null; exec sleep 1000'
	has_alert() {
		found=$(ask incidents --json | jq -c '.incidents[] | select(.unit == "full.service")')
		[[ $found ]]
	}
	check 'a unit that runs full is named in the incident' "$(unit_text)" wait_until has_alert
	in_journal() {
		journalctl -q -u fdscoped --no-pager -o json --since "@$since" |
			jq -e 'select(.FDSCOPE_UNIT == "full.service" and .MESSAGE_ID != null)' >"$tmp/jq"
	}
	check 'and in the fields of the journal' "$(unit_text)" wait_until in_journal
	check 'and kept on disk' "$(status_of .alerts.archive)" \
		test "$(status_of .alerts.archive.state)" = ok
	systemctl stop full.service 2>/dev/null
}

# ---- no descriptor left on the host ----

# With the host at fs.file-max only who has CAP_SYS_ADMIN opens files.
test_file_max() {
	local before nr filler pid since

	pid=$(main_pid)
	since=$(date +%s)
	# shellcheck disable=SC2016 # for the hook to expand
	printf '#!/bin/sh\ncaps=$(sed -n "s/^CapPrm:.//p" /proc/self/status)\necho "it runs for user $(id -u) with $caps"\n' >/usr/local/lib/fdscope-lost
	chmod 755 /usr/local/lib/fdscope-lost
	printf '%s\n' '[rule failure]' 'cause=file-max' \
		'[hook own]' 'program=/usr/local/lib/fdscope-lost' 'on=fire' \
		'[hook root]' 'program=/usr/local/lib/fdscope-lost' 'user=root' 'on=fire' >"$config"
	systemctl reload fdscoped
	wait_until property_is ActiveState active
	before=$(cat /proc/sys/fs/file-max)
	nr=$(cut -f 1 /proc/sys/fs/file-nr)
	echo $((nr + 400)) >/proc/sys/fs/file-max
	is_armed() {
		status_of '.programs[] | select(.function == "alloc_empty_file") | .attached' | grep -q true
	}
	check 'file-max: its hook is attached' "$(status_of .programs | tr '\n' ' ')" wait_until is_armed
	as_nobody --clear-groups bash -c \
		'ulimit -Sn 100000; while exec {fd}</dev/null; do :; done 2>/dev/null; kill -STOP $$' &
	filler=$!
	started+=("$filler")
	# Others than root are at the mercy of who went beyond the limit: then that is what is told.
	check 'file-max: a hook of its own user runs, or it is told why not' "$(unit_text)" \
		wait_until journal_has "$since" \
		"^hook own: (it runs for user $(id -u fdscope) with 0*\$|.*([Tt]oo many open files|shared libraries|exit status))"
	check 'file-max: a hook of root runs' "$(unit_text)" \
		wait_until journal_has "$since" '^hook root: it runs for user 0'
	check 'file-max: it answers' "$(unit_text)" answers
	check 'file-max: it counts right' "$(ask show "$stranger" 2>&1 | head -n 3)" is_exact "$stranger"
	check 'file-max: the incident is there' "$(ask incidents 2>&1 | head -n 3)" \
		grep -q file-max <<<"$(ask incidents 2>&1)"
	check 'file-max: it is the same process' "$(unit_text)" test "$(main_pid)" = "$pid"
	systemctl restart fdscoped
	check 'file-max: it starts again' "$(unit_text)" is_back "$pid"
	check 'file-max: and is exact' "$(ask show "$stranger" 2>&1 | head -n 3)" is_exact "$stranger"
	echo "$before" >/proc/sys/fs/file-max
	kill -KILL "$filler"
	wait "$filler" 2>/dev/null
	rm "$config"
	systemctl reload fdscoped
	wait_until property_is ActiveState active
}

# ---- reload ----

staleness_is() {
	[[ $(status_of .snapshot.max_staleness_ns) == "$1" ]]
}

test_reload() {
	local pid since

	pid=$(main_pid)
	printf '[daemon]\nmax-staleness = 700ms\n' >"$config"
	systemctl reload fdscoped
	check 'reload: the new value counts' "$(unit_text)" wait_until staleness_is 700000000
	since=$(date +%s)
	printf '[daemon]\nmax-staleness = 900ms\ncolour = red\n' >"$config"
	systemctl reload fdscoped
	check 'reload of a bad config: the journal says where and what' "$(unit_text)" \
		wait_until journal_has "$since" "$config:3: .*\"colour\""
	check 'and the old one stays' "$(unit_text)" staleness_is 700000000
	wait_until property_is ActiveState active
	check 'and it is the same process' "$(unit_text)" test "$(main_pid)" = "$pid"
	rm "$config"
	systemctl reload fdscoped
	wait_until property_is ActiveState active
}

# ---- trouble ----

# comes_back HOW PID: after what was done to it.  A client that came meanwhile is answered.
comes_back() {
	local how=$1 pid=$2 status

	ask status --json >"$tmp/waited" 2>&1 &
	local client=$!
	started+=("$client")
	check "$how: systemd starts it again" "$(unit_text)" wait_until is_back "$pid"
	wait_until is_gone "$client"
	wait "$client"
	status=$?
	check "$how: who asked meanwhile is answered" "$status: $(head -n 1 "$tmp/waited")" \
		test "$status" = 0
	check "$how: it is exact again" "$(ask show "$stranger" 2>&1 | head -n 1)" is_exact "$stranger"
	check "$how: nothing of the first is left in the kernel" "of: $(tr '\n' ' ' <"$tmp/ids")" \
		wait_until bpf_gone
	check "$how: it sees as much as before" "$(features)" \
		test "$(features)" = "$(cat "$tmp/features")"
}

test_kill() {
	local pid

	pid=$(main_pid)
	bpf_ids "$pid" >"$tmp/ids"
	check 'it has BPF objects' 'none in /proc/PID/fdinfo' test -s "$tmp/ids"
	kill -KILL "$pid"
	comes_back 'kill -9' "$pid"
}

test_watchdog() {
	local pid since

	since=$(date +%s)
	pid=$(main_pid)
	bpf_ids "$pid" >"$tmp/ids"
	kill -STOP "$pid"
	check 'a daemon that hangs is noticed' "$(unit_text)" \
		wait_until journal_has "$since" 'Watchdog timeout'
	comes_back 'watchdog' "$pid"
}

# ---- stop, and the two ways to start ----

test_stop() {
	local pid

	bpf_ids "$(main_pid)" >"$tmp/ids"
	systemctl stop fdscoped 2>/dev/null
	check 'stop: ends well' "$(property Result), $(unit_text)" \
		test "$(property ActiveState):$(property Result)" = inactive:success
	check 'stop: nothing is left in the kernel' "of: $(tr '\n' ' ' <"$tmp/ids")" wait_until bpf_gone
	check 'stop: the socket stays' "$(ls -l "${socket%/*}")" test -S "$socket"
	check 'stop: the key of names stays' "$(ls -l "${socket%/*}")" test -s "${socket%/*}/ofd.key"
	check 'the next client starts it' "$(unit_text)" answers
	pid=$(main_pid)
	systemctl restart fdscoped
	check 'restart' "$(unit_text)" is_back "$pid"
}

test_without_socket_unit() {
	systemctl -q stop fdscoped.socket fdscoped.service
	check 'without both units: no socket is left' "$(ls -l "${socket%/*}")" test ! -e "$socket"
	systemctl -q mask --runtime fdscoped.socket
	systemctl start fdscoped
	check 'without the socket unit: it makes the socket itself' "$(unit_text)" answers
	check 'and everybody may connect' "$(stat -c %a "$socket")" test "$(stat -c %a "$socket")" = 666
	systemctl stop fdscoped
	check 'stop without the socket unit: the socket is gone' "$(ls -l "${socket%/*}")" \
		test ! -e "$socket"
	systemctl -q unmask --runtime fdscoped.socket
}

if [[ $(cat /proc/1/comm) != systemd ]]; then
	skip 'systemd' 'it is not the first process here (tests/vm/boot --systemd)'
	finish
fi
setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups \
	bash -c 'exec 7</etc/passwd 8</dev/null 9> >(cat >/dev/null); echo; exec sleep 1000' \
	>"$tmp/ready" &
stranger=$!
started+=("$stranger")
wait_until test -s "$tmp/ready"

install_service
test_catalog
look_without
test_start
test_sandbox
test_security
test_chores
test_views
test_unit_names
test_alert
test_file_max
test_reload
test_kill
test_watchdog
test_stop
test_without_socket_unit
finish
