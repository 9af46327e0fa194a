#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Alerts from end to end: a refused call becomes an incident with a black box, a line of the log and
# a hook; storms are told as one; hooks that misbehave are ended; limits are raised only where that
# is allowed; all of it also when the daemon itself has no descriptor left.
# timeout: 600
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# Hooks and all folders above them must be root's alone, which the tests' folder is not.
hooks=$(mktemp -d /root/.fdscope-hooks.XXXXXX) || exit 1
trap 'rm -rf "$hooks"; clean_up' EXIT
out=$tmp/out # what hooks write: a file per run
mkdir "$out"

# make_hook NAME LINE...
make_hook() {
	printf '#!/bin/bash\n' >"$hooks/$1"
	printf '%s\n' "${@:2}" >>"$hooks/$1"
	chmod 755 "$hooks/$1"
}

# The hook `tell`, which writes down what it is told.
make_teller() {
	# shellcheck disable=SC2016 # for the hook to expand
	make_hook tell 'env >"$0.$FDSCOPE_STEP.$FDSCOPE_RULE.env.part"' \
		'cat >"$0.$FDSCOPE_STEP.$FDSCOPE_RULE.json"' \
		'mv "$0.$FDSCOPE_STEP.$FDSCOPE_RULE.env.part" "$0.$FDSCOPE_STEP.$FDSCOPE_RULE.env"'
}

write_config() {
	printf '%s\n' "$@" >"$tmp/conf"
}

# A counting tier: others see no failures.
tier=''
for t in ${FDS_TIERS:-syscall}; do
	[[ $t =~ ^(trampoline|kprobe|syscall)$ ]] && tier=$t && break
done
if [[ ! $tier ]]; then
	skip alerts 'no tier here sees failures'
	finish
fi

start() {
	daemon_start --tier "$tier" --config "$tmp/conf" && return
	not_ok "start: $1" "$(log_text)"
	return 1
}

# A process that opens until it is refused, and then stays; its pid is $full.
start_full() {
	bash -c 'ulimit -Sn "$1"; while exec {fd}</dev/null; do :; done 2>/dev/null; echo; exec sleep 1000' \
		full "${1:-64}" >"$tmp/full" 2>/dev/null &
	full=$!
	started+=("$full")
	wait_until test -s "$tmp/full"
}

end_full() {
	kill -KILL "$full" 2>/dev/null
	wait "$full" 2>/dev/null
}

incidents() {
	ask incidents --json 2>/dev/null | jq -c ".incidents[] | select($1)"
}

incident_cnt() {
	incidents "$1" | wc -l
}

has_incident() {
	[[ $(incident_cnt "$1") -gt 0 ]]
}

# is_true FILTER JSON
is_true() {
	jq -e "$1" <<<"$2" >/dev/null
}

base=('[archive]' "path=$tmp/archive.db" '[rule limit-excessive]' 'enabled=no' '[rule failure]'
	'clear-after=1s')

# ---- the way of an alert ----

test_alert() {
	local id box

	make_teller
	write_config "${base[@]}" '[hook tell]' "program=$hooks/tell" 'user=root'
	start alert || return
	start_full
	check 'a refused call runs a hook' "$(log_text)" wait_until test -e "$hooks/tell.fire.failure.env"
	check 'it knows the process' "$(tr '\n' ' ' <"$hooks/tell.fire.failure.env")" \
		grep -qx "FDSCOPE_PID=$full" "$hooks/tell.fire.failure.env"
	check 'and nothing of the environment of the daemon' "$(tr '\n' ' ' <"$hooks/tell.fire.failure.env")" \
		test "$(grep -Ecv '^(FDSCOPE_|PATH=|LANG=|HOME=|USER=|LOGNAME=|PWD=|SHLVL=|_=)' \
			"$hooks/tell.fire.failure.env")" = 0
	check 'it has the incident on its input' "$(head -c 300 "$hooks/tell.fire.failure.json")" \
		is_true ".pid == $full and .kind == \"failure\" and .severity == \"critical\"" \
		"$(cat "$hooks/tell.fire.failure.json")"
	check 'a full process alarms too' "$(log_text)" wait_until test -e "$hooks/tell.fire.used.env"
	check 'the log has a line' "$(log_text)" grep -q 'limit met: nofile' "$tmp/log"

	id=$(incidents ".pid == $full and .kind == \"failure\"" | jq .id)
	box=$(ask incidents "$id" --json | jq -c .black_box)
	check 'the black box has the refused call and its stack' "$box" is_true \
		'(.failures | length) > 0 and (.failures[0].stack | length) > 0' "$box"
	check 'and what the process held' "$box" is_true '.kinds.char > 40' "$box"
	check 'the failure is listed' "$(ask failures --json | head -c 300)" is_true \
		".failures[] | select(.pid == $full and .cause == \"nofile\")" "$(ask failures --json)"
	check 'the status counts it' "$(ask status --json | jq -c .alerts)" test \
		"$(status_of '.alerts.hooks.started >= 2')" = true
	end_full
	check 'its end clears the alert' "$(incidents 'true')" wait_until test -e \
		"$hooks/tell.clear.failure.env"
	check 'and is said why' "$(incidents "$full" 2>&1)" \
		has_incident ".pid == $full and .kind == \"failure\" and .state == \"cleared\""
	daemon_stop

	# What is on disk survives the daemon, and a kill too.
	start 'again' || return
	check 'the next daemon still has it' "$(ask incidents 2>&1 | head -n 3)" \
		wait_until has_incident ".id == $id"
	check 'with its black box' "$(ask incidents "$id" --json 2>&1 | head -c 200)" is_true \
		'.black_box.failures | length > 0' "$(ask incidents "$id" --json)"
	daemon_stop KILL
	dd if=/dev/urandom of="$tmp/archive.db" bs=4096 count=4 conv=notrunc status=none
	rm -f "$tmp"/archive.db-wal
	start 'with a damaged archive' || return
	check 'a damaged archive does not stop it' "$(log_text)" answers
	start_full
	check 'and new incidents are kept' "$(log_text)" wait_until has_incident ".pid == $full"
	end_full
	daemon_stop
	rm -f "$tmp"/archive.db*
}

# From 3 to the limit in a few milliseconds, and gone.
test_fleeting() {
	local id

	write_config "${base[@]}"
	start fleeting || return
	bash -c 'ulimit -Sn 40; exec "$1"' bash "$FDS_BUILD/tests/fleeting" >"$tmp/fleeting" 2>&1
	check 'a process that fails and ends at once is an incident' "$(incidents true)" \
		wait_until has_incident '.kind == "failure" and .comm == "fleeting"'
	id=$(incidents '.kind == "failure" and .comm == "fleeting"' | jq .id | head -n 1)
	check 'with the path of its program' "$(ask incidents "$id" --json | jq -c .exe)" test \
		"$(ask incidents "$id" --json | jq -r .exe)" = "$FDS_BUILD/tests/fleeting"
	check 'and its stack' "$(ask incidents "$id" --json | jq -c .black_box.failures)" is_true \
		'[.black_box.failures[0].stack[] | select(test("fleeting[^ ]*\\+0x"))] | length > 0' \
		"$(ask incidents "$id" --json)"
	daemon_stop
}

# More descriptors than have names in a black box: all are counted, and it says how many are named.
test_many() {
	local box

	write_config "${base[@]}"
	start many || return
	start_full 5000
	check 'a process with 5,000 descriptors alarms' "$(log_text)" \
		wait_until has_incident ".pid == $full and .kind == \"failure\""
	box=$(ask incidents "$(incidents ".pid == $full and .kind == \"failure\"" | jq .id)" --json |
		jq -c .black_box)
	check 'its black box counts each of them' "$box" is_true \
		'.descriptors > 4900 and ([.kinds[]] | add) == .descriptors' "$box"
	check 'and names some, all over' "$box" is_true \
		'.named > 256 and .named <= 512 and .targets[0].target == "/dev/null"' "$box"
	end_full
	daemon_stop
}

# ---- hazards ----

# step MODE: an epoll instance is changed by a child, or is not; all are gone when this returns.
step() {
	"$FDS_BUILD/tests/traps/epoll_fork" "$1" </dev/null >"$tmp/step" 2>&1
}

# Of this trap alone: others may be tested beside us.
has_hazard() {
	ask hazards --json | jq -e ".hazards[] | select(.exe == \"$FDS_BUILD/tests/traps/epoll_fork\" and
		.op == \"EPOLL_CTL_DEL\" and ($1))" >/dev/null
}

# The child of the last step that stepped into the trap.
trapped() {
	jq .child "$tmp/step"
}

# The log has a line about it that is not an alert's.
is_noticed() {
	grep -q "^[^ ]* epoll_fork\\[$(trapped)\\]: epoll-fork: EPOLL_CTL_DEL of fd 0" "$tmp/log"
}

is_not_noticed() {
	! is_noticed
}

test_hazard() {
	local id line watch

	make_teller
	rm -f "$hooks"/tell.*
	write_config "${base[@]}" '[hazards]' 'watch=epoll-fork' '[rule hazard]' 'hazard=epoll-*' \
		'clear-after=1s' '[hook tell]' "program=$hooks/tell" 'user=root'
	start hazard || return
	line=$(ask status --json | jq -c '.hazards[] | select(.name == "epoll-fork")')
	if is_true '.available | not' "$line"; then
		skip 'hazard' "epoll-fork is not watched for: $(jq -r .why <<<"$line")"
		daemon_stop
		return
	fi
	check 'what is not enabled says so' "$(status_of .hazards)" test \
		"$(status_of '[.hazards[] | select(.available)] | length')" = 1
	"$fdscope" --socket "$socket" watch -t hazard -c 1 --no-headings -o TYPE,WHAT >"$tmp/watch" &
	watch=$!
	started+=("$watch")
	step right
	step wrong
	check 'a hazard runs a hook, though the process is gone' "$(log_text)" \
		wait_until test -e "$hooks/tell.fire.hazard.env"
	check 'it knows the trap' "$(tr '\n' ' ' <"$hooks/tell.fire.hazard.env")" \
		grep -qx FDSCOPE_HAZARD=epoll-fork "$hooks/tell.fire.hazard.env"
	check 'and what happened' "$(tr '\n' ' ' <"$hooks/tell.fire.hazard.env")" \
		grep -q '^FDSCOPE_HAZARD_SUMMARY=EPOLL_CTL_DEL of fd 0 on the epoll instance' \
		"$hooks/tell.fire.hazard.env"
	check 'and the program' "$(tr '\n' ' ' <"$hooks/tell.fire.hazard.env")" \
		grep -qx "FDSCOPE_EXE=$FDS_BUILD/tests/traps/epoll_fork" "$hooks/tell.fire.hazard.env"
	check 'its input has the incident with the hazard' \
		"$(head -c 300 "$hooks/tell.fire.hazard.json")" is_true \
		".pid == $(trapped) and .severity == \"warn\" and
			.black_box.hazard.op == \"EPOLL_CTL_DEL\" and
			.black_box.hazard.other_pid == $(jq .pid "$tmp/step")" \
		"$(cat "$hooks/tell.fire.hazard.json")"
	check 'the end of its process ends it' "$(incidents true)" wait_until has_incident \
		'.hazard == "epoll-fork" and .state == "cleared"'
	check 'watch shows it' "$(cat "$tmp/watch")" wait_until grep -q \
		'^hazard *epoll-fork: EPOLL_CTL_DEL' "$tmp/watch"
	check 'it is in the list, once' "$(ask hazards --json)" has_hazard \
		'.kind == "epoll-fork" and .count == 1'
	check 'and in the log' "$(cat "$tmp/log")" is_noticed
	step wrong
	check 'the same again is one more of it' "$(ask hazards --json)" wait_until has_hazard \
		'.count == 2'
	check 'and another alert' "$(incidents true)" wait_until has_incident \
		".hazard == \"epoll-fork\" and .pid == $(trapped)"
	check 'but not another notice in the log' "$(cat "$tmp/log")" is_not_noticed
	id=$(incidents '.hazard == "epoll-fork"' | jq .id | head -n 1)
	check 'a rule of its own is no other kind'\''s' "$(ask incidents "$id" --json)" is_true \
		'.rule == "hazard" and .kind == "hazard"' "$(ask incidents "$id" --json)"
	daemon_stop

	write_config "${base[@]}" '[hazards]' 'watch=epoll-fork'
	start 'the built-in rule of hazards' || return
	step wrong
	check 'it is told without an alert' "$(log_text)" wait_until is_noticed
	check 'the built-in rule lets it be' "$(incidents true)" test "$(incident_cnt \
		".pid == $(trapped)")" = 0
	daemon_stop
}

# Many at once: told singly up to storm-count, then as one.
test_storm() {
	local i cnt=1000 pids=()

	# Under emulation so many would take minutes to start.
	[[ ${FDS_DISPOSABLE:-} != 1 ]] || cnt=200
	# shellcheck disable=SC2016
	make_hook count 'echo "$FDSCOPE_STEP" >>"'"$out"'/storm"'
	write_config "${base[@]}" '[rule used]' 'enabled=no' '[alerts]' 'storm-count=3' \
		'storm-window=3s' '[hook count]' "program=$hooks/count" 'user=root' 'on=fire'
	start storm || return
	# All wait for one end of file.
	mkfifo "$tmp/go"
	exec 9<>"$tmp/go"
	exec 8<"$tmp/go"
	for ((i = 0; i < cnt; i++)); do
		bash -c 'exec 9>&-; ulimit -Sn 20; read -r <&8
			while exec {fd}</dev/null; do :; done 2>/dev/null' &
		pids+=($!)
	done
	exec 9>&- 8<&-
	wait "${pids[@]}" 2>/dev/null
	check "$cnt processes that fail at once are a storm" "$(incidents true | head -n 5)" \
		wait_until has_incident '.storm == true'
	check 'which ends' "$(incidents .storm)" \
		wait_until has_incident '.storm == true and .state == "cleared"'
	check 'and stands for nearly all of them' "$(incidents .storm | jq -c .alerts)" test \
		"$(incidents .storm | jq -s "map(.alerts) | add >= $((cnt * 3 / 4))")" = true
	# A slow machine may spread them so that some are told singly again.
	check 'few hooks ran' "$(wc -l <"$out/storm")" test "$(wc -l <"$out/storm")" -le 20
	daemon_stop
}

# ---- hooks that misbehave ----

hook_failed() {
	[[ $(status_of .alerts.hooks.failed) -ge $1 ]]
}

test_bad_hooks() {
	local left

	# shellcheck disable=SC2016
	make_hook hangs 'trap "" TERM' 'echo $$ >'"$out"'/hangs' 'while :; do sleep 1; done'
	# shellcheck disable=SC2016
	make_hook leaves 'sleep 1000 & echo $! >'"$out"'/left1' \
		'(setsid bash -c '\''echo $$ >'"$out"'/left2; exec sleep 1000'\'' &)' \
		'until [[ -s '"$out"'/left2 ]]; do sleep 0.05; done'
	make_hook floods 'yes 0123456789 | head -c 20000000'
	make_hook fails 'exit 7'
	write_config "${base[@]}" '[rule used]' 'enabled=no' \
		'[hook hangs]' "program=$hooks/hangs" user=root timeout=3s on=fire \
		'[hook leaves]' "program=$hooks/leaves" user=root on=fire \
		'[hook floods]' "program=$hooks/floods" user=root on=fire \
		'[hook fails]' "program=$hooks/fails" user=root on=fire
	start 'bad hooks' || return
	start_full
	check 'a hook that fails is told' "$(log_text)" wait_until grep -q 'hook fails: exit status 7' "$tmp/log"
	check 'a hook that hangs is ended' "$(log_text)" wait_until grep -q 'hook hangs: took too long' "$tmp/log"
	wait_until test -s "$out/hangs"
	check 'even if it does not want to' "$(cat "$out/hangs")" wait_until is_gone "$(cat "$out/hangs")"
	wait_until test -s "$out/left2"
	for left in "$out"/left[12]; do
		check "what a hook leaves is ended (${left##*/})" "$(cat "$left")" \
			wait_until is_gone "$(cat "$left")"
	done
	check 'a flood of output is cut' "$(log_text)" \
		wait_until grep -q 'hook floods: .* bytes more' "$tmp/log"
	check 'and does not fill the log' "$(wc -c <"$tmp/log")" test "$(wc -c <"$tmp/log")" -lt 100000
	check 'the daemon answers all the while' "$(log_text)" answers
	end_full
	daemon_stop
	check 'bad hooks: it ends well' "$daemon_status" test "$daemon_status" = 0
}

# refused NAME WORDS LINE...: such a configuration is refused by check and by the daemon.
refused() {
	local said

	write_config "${@:3}"
	said=$("$fdscope" check "$tmp/conf" 2>&1)
	check "check refuses $1" "$said" test "$?:$(grep -c -- "$2" <<<"$said"):$(wc -l <<<"$said")" = 1:1:1
	check "the daemon refuses $1" "$(log_text)" test \
		"$(daemon_start --config "$tmp/conf" && echo started):$(grep -c -- "$2" "$tmp/log")" = :1
}

test_refusals() {
	make_hook fine true
	make_hook plain true
	chmod 644 "$hooks/plain"
	make_hook open true
	chmod 777 "$hooks/open"
	mkdir -m 777 "$hooks/sink"
	cp "$hooks/fine" "$hooks/sink/h"
	refused 'a rule that contradicts itself' 'warn-clear must be below warn' \
		'[rule used]' 'warn=80%' 'warn-clear=85%'
	refused 'a unit that is not the kind'\''s' 'a time, as in 4h' '[rule exhaustion]' 'warn=80%'
	refused 'a hazard that there is not' 'there is no hazard "epoll-frok"' '[rule hazard]' \
		'hazard=epoll-frok'
	refused 'a hazard of another kind' 'only rules of kind hazard' '[rule used]' \
		'hazard=epoll-fork'
	refused 'an unknown hazard to watch for' 'allowed: auto, all, none, or some of epoll-fork' \
		'[hazards]' 'watch=epoll-frok'
	refused 'a hook that is not there' 'there is no \[hook mial\]' '[rule used]' 'hooks=mial'
	refused 'a missing program' 'No such file' '[hook h]' "program=$hooks/none" 'user=root'
	refused 'a program that is not executable' 'may not be executed' '[hook h]' "program=$hooks/plain" 'user=root'
	refused 'a program that others may write' 'writable by others' '[hook h]' "program=$hooks/open" 'user=root'
	refused 'a folder that others may write' 'others may write to the folder' '[hook h]' \
		"program=$hooks/sink/h" 'user=root'
	refused 'an unknown user' 'no local user' '[hook h]' "program=$hooks/fine" 'user=nosuchuser'
	write_config '[rule traps-of-web]' 'kind=hazard' 'hazard=!exec-leak' 'unit=web.service'
	check 'check explains one of hazards' "$("$fdscope" check "$tmp/conf" 2>&1 | tail -n 5)" \
		grep -q 'rule traps-of-web: Processes with unit web.service and hazard !exec-leak: steps into traps: warns at 1 or more; ends when none came for 1 min' \
		<<<"$("$fdscope" check "$tmp/conf")"
	write_config '[rule web]' 'kind=used' 'unit=web.service' 'warn=60%' '[hook h]' "program=$hooks/fine" 'user=root'
	check 'check explains a good one' "$("$fdscope" check "$tmp/conf" 2>&1 | tail -n 5)" \
		grep -q 'rule web: Processes with unit web.service: .* warns at 60%' \
		<<<"$("$fdscope" check "$tmp/conf")"
}

# ---- limits are raised ----

soft_limit_is() {
	[[ $(awk '/^Max open files/ { print $4 }' "/proc/$1/limits") == "$2" ]]
}

test_raise() {
	local said

	write_config "${base[@]}"
	start 'raise: off' || return
	start_holder 5
	said=$(ask raise "$holder" 2000 2>&1)
	check 'raising is off unless it is switched on' "$said" test "$?:$(grep -c 'raise=yes' <<<"$said")" = 1:1
	daemon_stop
	write_config "${base[@]}" '[act]' 'raise=yes' 'ceiling=3000' '[rule used]' 'raise-soft=yes' 'raise-ceiling=500'
	start 'raise: on' || return
	prlimit --pid "$holder" --nofile=100:2500
	said=$(ask raise "$holder" 2000 2>&1)
	check 'it raises' "$said" soft_limit_is "$holder" 2000
	said=$(ask raise "$holder" 1000 2>&1)
	check 'and never lowers' "$said" test "$?:$(grep -c 'no raise' <<<"$said")" = 1:1
	said=$(ask raise "$holder" 2600 2>&1)
	check 'nor goes above the hard limit' "$said" test "$?:$(grep -c 'hard limit' <<<"$said")" = 1:1
	start_full 300
	check 'a rule raises, up to its ceiling' "$(log_text)" wait_until soft_limit_is "$full" 500
	check 'and it is logged' "$(log_text)" grep -q 'raised the soft limit' "$tmp/log"
	end_full
	daemon_stop
}

# ---- when the daemon itself has no descriptor left ----

test_own_limit() {
	local limit kernel

	write_config "${base[@]}"
	start 'own limit' || return
	start_holder 30
	# The lowest free number: below it all are taken, so that the limit leaves none.
	for ((limit = 0; ; limit++)); do
		[[ -e /proc/$daemon/fd/$limit || -L /proc/$daemon/fd/$limit ]] || break
	done
	prlimit --pid "$daemon" --nofile="$limit:$limit"
	check 'without a descriptor of its own it answers' "$(log_text)" wait_until answers
	kernel=$(find "/proc/$holder/fd" -mindepth 1 -maxdepth 1 | wc -l)
	check 'and counts right' "$(ask show "$holder" 2>&1 | head -n 3)" test \
		"$(ask show "$holder" --json | jq .installed)" = "$kernel"
	start_full
	check 'and alarms' "$(log_text)" wait_until has_incident ".pid == $full and .kind == \"failure\""
	end_full
	daemon_stop
	check 'own limit: it ends well' "$daemon_status" test "$daemon_status" = 0
}

# ---- when the host has none left ----

is_armed() {
	[[ $tier == syscall || $(status_of '[.programs[] | select(.function == "alloc_empty_file") | .attached] | any') == true ]]
}

test_file_max() {
	local before nr kernel

	if [[ ${FDS_DISPOSABLE:-} != 1 ]]; then
		skip 'file-max' 'it lowers a limit of the whole host (FDS_DISPOSABLE allows it)'
		return
	fi
	chmod 777 "$out"
	# root may open files then; nobody only what the daemon gives up for it.
	# shellcheck disable=SC2016 # for the hook to expand
	make_hook lost ': >'"$out"'/lost.$UID'
	write_config "${base[@]}" '[rule failure]' 'cause=file-max' \
		'[hook other]' "program=$hooks/lost" 'user=nobody' 'on=fire' \
		'[hook root]' "program=$hooks/lost" 'user=root' 'on=fire'
	chmod 755 /root "$hooks"
	start 'file-max' || return
	start_holder 20
	before=$(cat /proc/sys/fs/file-max)
	nr=$(cut -f 1 /proc/sys/fs/file-nr)
	echo $((nr + 400)) >/proc/sys/fs/file-max
	wait_until is_armed
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups \
		bash -c 'ulimit -Sn 100000; while exec {fd}</dev/null; do :; done 2>/dev/null; kill -STOP $$' &
	started+=("$!")
	check 'with the host at file-max its hook runs' "$(log_text)" wait_until test -e "$out/lost.0"
	check 'and one of somebody unprivileged' "$(log_text)" wait_until test -e "$out/lost.$NOBODY"
	check 'file-max: it answers' "$(log_text)" answers
	kernel=$(find "/proc/$holder/fd" -mindepth 1 -maxdepth 1 | wc -l)
	check 'file-max: it counts right' "$(ask show "$holder" 2>&1 | head -n 3)" test \
		"$(ask show "$holder" --json | jq .installed)" = "$kernel"
	check 'file-max: hooks that fail do not call for hooks' "$(status_of .alerts)" \
		test "$(status_of .alerts.hooks.started)" -le 4
	echo "$before" >/proc/sys/fs/file-max
	daemon_stop
}

test_alert
test_fleeting
test_hazard
test_many
test_storm
test_bad_hooks
test_refusals
test_raise
test_own_limit
test_file_max
finish
