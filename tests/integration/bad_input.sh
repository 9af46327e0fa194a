#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is asked for wrongly gets one line that names it and the right exit status, and leaves
# nothing behind.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

as_nobody=(setpriv "--reuid=$NOBODY" "--regid=$NOBODY" --clear-groups)

# What is in folders, in one line.
listing() {
	find "$@" -mindepth 1 -printf '%f '
}

# Runs a command to its end: $got, $tmp/out, $tmp/err.
run() {
	[[ $1 != ask ]] || set -- "$fdscope" "${@:2}" --socket "$socket"
	timeout --foreground -k 5 "$PATIENCE" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
}

# refuses NAME STATUS PATTERN COMMAND...: it ends with STATUS, says one line on stderr, in which
# PATTERN (an extended regular expression) is found, and nothing on stdout.
refuses() {
	local name=$1 want=$2 pattern=$3 said
	shift 3

	run "$@"
	said=$(tr '\n' '|' <"$tmp/err" | cut -c 1-300)
	if ((got != want)); then
		not_ok "$name" "exit status $got instead of $want: $said"
	elif [[ $(wc -l <"$tmp/err") != 1 ]]; then
		not_ok "$name" "not one line: $said"
	elif ! grep -Eq -- "$pattern" "$tmp/err"; then
		not_ok "$name" "no '$pattern' in: $said"
	elif [[ -s $tmp/out ]]; then
		not_ok "$name" "it printed $(head -c 100 "$tmp/out")"
	else
		ok "$name"
	fi
}

# The same of a daemon that must not start; it must also leave no file where its socket was to be.
refuses_to_start() {
	local name=$1 want=$2 pattern=$3 before
	shift 3

	before=$(listing "$tmp/run")
	refuses "$name" "$want" "$pattern" "$fdscoped" --socket "$socket" "$@"
	[[ $(listing "$tmp/run") == "$before" ]] || not_ok "$name" "left: $(listing "$tmp/run")"
}

# ---- the command line, without a daemon ----

usage() {
	local words="fdscope $1"
	shift

	refuses "$words" 2 "$@"
}
usage '' 'no command' "$fdscope"
usage 'frobnicate' "'frobnicate'.*top.*watch" "$fdscope" frobnicate
usage 'top --frob' "'--frob'" "$fdscope" top --frob
usage 'top -z' "'-z'" "$fdscope" top -z
usage 'top --limit' "'--limit' needs an argument" "$fdscope" top --limit
usage 'top --json=1' "'--json' takes no argument" "$fdscope" top --json=1
usage 'top word' "'word'" "$fdscope" top word
usage 'top -o COLUMN' "'NOSUCH'.*PID.*ALLOCATED" "$fdscope" top -o PID,NOSUCH
usage 'top -o ,' 'empty name' "$fdscope" top -o PID,,COMM
usage 'files PID -o COLUMN' "'PEAK'.*OFD" "$fdscope" files 1 -o PEAK
usage 'files --all PID' 'not both' "$fdscope" files --all 1
usage 'files --all -o COLUMN' "'SHARED'.*PID.*COMM" "$fdscope" files --all -o SHARED
usage 'who' 'inode:.*port:.*deleted' "$fdscope" who
usage 'who ""' 'empty' "$fdscope" who ''
usage 'who nosuchfile' "'nosuchfile'.*port:N" "$fdscope" who nosuchfile
usage 'who inode:' "'inode:1:2'.*MAJOR" "$fdscope" who inode:1:2
usage 'who inode: too large' "'inode:4096:0:1'" "$fdscope" who inode:4096:0:1
usage 'who port:' "'port:65536'.*65535" "$fdscope" who port:65536
usage 'who port:0' "'port:0'" "$fdscope" who port:0
usage 'who ofd:' "'ofd:xyz'.*16 digits" "$fdscope" who ofd:xyz
usage 'who pid:N' "'pid:1'.*fd:M" "$fdscope" who pid:1
usage 'who pid:N word' "'pid:1 2'.*fd:M" "$fdscope" who pid:1 2
usage 'who fd:M' "'fd:1'.*process" "$fdscope" who fd:1
usage 'who two words' "second word" "$fdscope" who deleted deleted
usage 'who three words' "'c'" "$fdscope" who a b c
usage 'graph' 'id of a process.*port:' "$fdscope" graph
usage 'graph -o' "'-o'" "$fdscope" graph -o PID 1
usage 'top --sort KEY' "'size'.*allocated.*growth" "$fdscope" top --sort size
usage 'top --by KEY' "'shell'.*process.*container" "$fdscope" top --by shell
usage 'top --filter KEY' "'shell'.*comm.*container" "$fdscope" top --filter shell:x
usage 'top --filter' "'comm'.*KEY:GLOB" "$fdscope" top --filter comm
usage 'top -n WORD' "'many'" "$fdscope" top -n many
usage 'top -n -1' "'-1'" "$fdscope" top -n -1
usage 'watch -t TYPE' "'open'.*level" "$fdscope" watch -t level,open
usage 'watch -c 0' "'0'" "$fdscope" watch -c 0
usage '--socket ""' '--socket' "$fdscope" --socket '' top
usage '--socket LONG' '--socket' "$fdscope" --socket "/$(printf '%0200d' 0)" top
for command in show files; do
	usage "$command" "needs the id of a process" "$fdscope" "$command"
	usage "$command 1 2" "'2'" "$fdscope" "$command" 1 2
	for pid in nginx 0 -1 12x 1.5 ' 1' 99999999999 ''; do
		usage "$command '$pid'" 'process id' "$fdscope" "$command" "$pid"
	done
done
usage 'incidents WORD' "'nginx'.*number of an incident" "$fdscope" incidents nginx
usage 'incidents ""' "number of an incident" "$fdscope" incidents ''
usage 'incidents 1 2' "one argument, '2'" "$fdscope" incidents 1 2
usage 'incidents -5' "unknown option '-5'" "$fdscope" incidents -5
usage 'incidents 1 -n 2' "for the list" "$fdscope" incidents 1 -n 2
usage 'incidents 1 --firing' "for the list" "$fdscope" incidents 1 --firing
usage 'incidents -o COLUMN' "'TARGETS'.*MESSAGE" "$fdscope" incidents -o TARGETS
usage 'failures word' "'word'" "$fdscope" failures word
usage 'failures --firing' "'--firing'" "$fdscope" failures --firing
usage 'hazards word' "'word'" "$fdscope" hazards word
usage 'hazards --firing' "'--firing'" "$fdscope" hazards --firing
usage 'hazards -p x' "'x'" "$fdscope" hazards -p x
usage 'check 1 2' "one argument, '2'" "$fdscope" check 1 2
usage 'check -5' "unknown option '-5'" "$fdscope" check -5
usage 'raise' "needs the id of a process: fdscope raise PID N" "$fdscope" raise
usage 'raise 1' "needs a number too: fdscope raise PID N" "$fdscope" raise 1
usage 'raise 1 2 3' "'3'" "$fdscope" raise 1 2 3
usage 'raise nginx 2' "PID 'nginx' is not a process id" "$fdscope" raise nginx 2
for n in many 0 1.5 99999999999 ''; do
	usage "raise 1 '$n'" "N '$n' is not a number" "$fdscope" raise 1 "$n"
done
usage 'raise 1 -5' "'-5...' is neither a process id nor a limit" "$fdscope" raise 1 -5
# Options that some command has, and this one no use for; also in front of the command.
for command in 'check' 'raise 1 2'; do
	for option in '-o PID' '--output=PID' '--list-columns' '--no-headings'; do
		# shellcheck disable=SC2086
		usage "$command $option" "unknown option '${option%%[= ]*}" \
			"$fdscope" $command $option
	done
	# shellcheck disable=SC2086
	usage "-o PID $command" "${command%% *}' has no option '--output'" "$fdscope" -o PID $command
	# shellcheck disable=SC2086
	usage "--list-columns $command" "has no option '--list-columns'" \
		"$fdscope" --list-columns $command
done
usage 'check --socket' "unknown option '--socket" "$fdscope" check --socket "$tmp/run/s"
usage '--socket check' "'fdscope check' has no option '--socket'" \
	"$fdscope" --socket "$tmp/run/s" check
usage 'check -n' "unknown option '-n'" "$fdscope" check -n 5
refuses 'check of no file' 1 "$tmp/none: No such file" "$fdscope" check "$tmp/none"

# check_json NAME STATUS FILTER FILE: an object in which the filter of jq is true, no word else.
check_json() {
	run "$fdscope" check --json "$4"
	check "check --json of $1" "exit status $got: $(head -c 300 "$tmp/out" "$tmp/err")" \
		test "$got:$(wc -l <"$tmp/out"):$(wc -c <"$tmp/err"):$(jq "$3" "$tmp/out")" = "$2:1:0:true"
}
mkdir "$tmp/json.conf.d"
printf '[rule web]\nkind = used\nwarn = 60%%\ncomm = a\xff*\n' >"$tmp/json.conf"
printf '[hook h]\nprogram = /bin/true\nuser = root\ntimeout = 1500ms\non = fire,clear\n' \
	>"$tmp/json.conf.d/b.conf"
printf '[act]\nraise = yes\n' >"$tmp/json.conf.d/a.conf"
check_json 'a good one' 0 ".ok and .error == null and .raise and
	.files == [\"$tmp/json.conf\", \"$tmp/json.conf.d/a.conf\", \"$tmp/json.conf.d/b.conf\"]" \
	"$tmp/json.conf"
check_json 'rules' 0 "(.rules | map(select(.built_in))) == .rules[:-1] and (.rules[-1] |
	.name == \"web\" and .kind == \"used\" and .enabled and .where == \"$tmp/json.conf:4\" and
	(.text | startswith(\"Processes with comm a\\\\xff*: \") and contains(\"warns at 60%\")))" \
	"$tmp/json.conf"
check_json 'hooks' 0 '.hooks == [{name: "h", program: "/bin/true", user: "root", timeout_s: 1.5,
	on: ["fire", "clear"], where: "'"$tmp"'/json.conf.d/b.conf:5",
	text: "runs /bin/true as user root, for at most 1.5 s, on fire clear."}]' "$tmp/json.conf"
printf '[hook h]\nuser = nosuchuser\n' >"$tmp/json.conf.d/c.conf"
check_json 'a bad one' 1 '(.ok | not) and (.error | contains("no local user nosuchuser")) and
	(.files | length) == 4 and .rules == [] and .hooks == []' "$tmp/json.conf"
check_json 'no file' 1 "(.ok | not) and .error == \"$tmp/none: No such file or directory\" and
	.files == []" "$tmp/none"
refuses 'fdscope with a line break in a word' 2 '\\x0a' "$fdscope" $'two\nlines'
# shellcheck disable=SC2016
refuses 'fdscope that cannot write' 1 'No space left' bash -c '"$0" --help >/dev/full' "$fdscope"

# Which columns there are depends on whether one incident is asked for.
offers() {
	"$fdscope" "${@:2}" --list-columns --no-headings | grep -q "^$1 "
}
does_not_offer() { ! offers "$@"; }
check 'columns of the list of incidents' 'TARGETS is among them' does_not_offer TARGETS incidents
check 'columns of one incident' 'TARGETS is not among them' offers TARGETS incidents 1

# ---- no daemon ----

for command in top system status watch failures hazards incidents 'show 1' 'files 1' 'incidents 1' \
	'raise 1 2'; do
	# shellcheck disable=SC2086
	refuses "no daemon: $command" 3 "not running.*$tmp/run/s.*start it" ask $command
done
refuses 'no folder of the socket' 3 "not running.*$tmp/no/s" "$fdscope" top --socket "$tmp/no/s"
echo text >"$tmp/file"
refuses 'socket path is a file' 3 "$tmp/file is not a socket" "$fdscope" top --socket "$tmp/file"
refuses 'socket path is a folder' 3 "$tmp is not a socket" "$fdscope" top --socket "$tmp"
mkdir -m 700 "$tmp/private"
refuses 'no permission' 3 "no permission.*$tmp/private/s" \
	"${as_nobody[@]}" "$fdscope" top --socket "$tmp/private/s"

# ---- a daemon that must not start ----

refuses_to_start 'fdscoped --frob' 2 "'?--frob'?" --frob
refuses_to_start 'fdscoped -z' 2 "z'?" -z
refuses_to_start 'fdscoped --tier' 2 "--tier" --tier
refuses_to_start 'fdscoped word' 2 "'word'" word
refuses_to_start 'fdscoped --tier TIER' 2 '--tier.*"fast".*auto.*procfs' --tier fast
refuses_to_start 'fdscoped --log-level LEVEL' 2 '--log-level.*"loud".*debug' --log-level loud
refuses_to_start 'fdscoped --btf FILE --tier syscall' 1 'tier syscall.*/nonexistent' \
	--tier syscall --btf /nonexistent

# config NAME PATTERN LINE...: a configuration of these lines.
config() {
	local name=$1 pattern=$2
	shift 2

	printf '%s\n' "$@" >"$tmp/conf"
	refuses_to_start "config: $name" 1 "$pattern" --config "$tmp/conf"
}
config 'unknown key' "$tmp/conf:3: .*\"colour\"" '[daemon]' 'log-level = info' 'colour = red'
config 'unknown section' "$tmp/conf:1: .*\[demon\]" '[demon]' 'tier = auto'
config 'key without a section' "$tmp/conf:1: .*\"tier\"" 'tier = auto'
config 'bad value' "$tmp/conf:2: .*\"fast\".*\"tier\".*procfs" '[daemon]' 'tier = fast'
config 'bad time' "$tmp/conf:2: .*\"soon\".*\"max-staleness\"" '[daemon]' 'max-staleness = soon'
config 'value out of range' "$tmp/conf:2: .*\"0\".*\"max-clients\"" '[api]' 'max-clients = 0'
config 'bad level' "$tmp/conf:2: .*\"80,50\".*\"levels\"" '[levels]' 'levels = 80,50'
config 'no key, no section' "$tmp/conf:2: " '[daemon]' 'what is this'
refuses_to_start 'config: a folder' 1 "$tmp/run: is a directory" --config "$tmp/run"
refuses_to_start 'config: not there' 1 "$tmp/none: No such file" --config "$tmp/none"
printf '[daemon]\n' >"$tmp/conf"
mkdir "$tmp/conf.d"
printf '[daemon]\ntier = fast\n' >"$tmp/conf.d/10-tier.conf"
refuses_to_start 'config: bad drop-in' 1 "$tmp/conf.d/10-tier.conf:2: .*\"fast\"" \
	--config "$tmp/conf"
rm "$tmp/conf.d/10-tier.conf"
mkdir "$tmp/conf.d/20-folder.conf"
refuses_to_start 'config: a folder as drop-in' 1 "$tmp/conf.d/20-folder.conf: is a directory" \
	--config "$tmp/conf"
chmod 600 "$tmp/conf"
refuses 'config: no permission' 1 "$tmp/conf: Permission denied" \
	"${as_nobody[@]}" "$fdscoped" --socket "$socket" --config "$tmp/conf"

# The last --socket counts.
refuses_to_start 'socket path of the daemon is a file' 1 "$tmp/file exists and is no socket" \
	--tier procfs --socket "$tmp/file"
check 'a file in place of the socket is left alone' "$tmp/file has changed" \
	test "$(cat "$tmp/file")" = text
refuses_to_start 'socket path of the daemon is a folder' 1 "$tmp exists and is no socket" \
	--tier procfs --socket "$tmp"
refuses_to_start 'socket in a folder that cannot be made' 1 "$tmp/file/a" \
	--tier procfs --socket "$tmp/file/a/s"
refuses_to_start 'relative socket path' 2 '--socket.*"run/s".*absolute' --tier procfs --socket run/s
refuses_to_start 'socket path too long' 2 '--socket' --tier procfs \
	--socket "/$(printf '%0200d' 0)"
refuses 'socket where one may not write' 1 "$tmp/run/s.*Permission denied" \
	"${as_nobody[@]}" "$fdscoped" --tier procfs --socket "$socket"
check 'nothing is left where no daemon started' "left: $(listing "$tmp/run")" \
	test -z "$(listing "$tmp/run")"

# ---- a daemon that answers ----

# show and files about a process that has gone, before or while one asks.
ask_for_the_dead() {
	local tier=$1 command pid said wrong=''

	sleep 1000 &
	pid=$!
	started+=("$pid")
	run ask show "$pid"
	check "$tier: show of a living process" "exit status $got" test "$got" = 0
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	for command in show files; do
		refuses "$tier: $command of a process that died" 1 "process $pid" ask "$command" "$pid"
	done
	for ((i = 0; i < 60; i++)); do
		sleep 0.00$((i % 10)) &
		pid=$!
		for command in show files; do
			run ask "$command" "$pid"
			said=$(wc -l <"$tmp/err")
			[[ $got:$said == 0:0 || $got:$said == 1:1 ]] ||
				wrong="$command: exit status $got, $(head -c 200 "$tmp/err")"
		done
		wait "$pid"
	done
	check "$tier: show and files of processes that die meanwhile" "$wrong" test -z "$wrong"
}

# Each question with a fresh look of its own: what has died is known to have.
printf '[daemon]\nmax-staleness = 0ms\n' >"$tmp/fresh.conf"
for tier in auto procfs; do
	if ! daemon_start --tier "$tier" --config "$tmp/fresh.conf"; then
		not_ok "$tier: start" "$(log_text)"
		continue
	fi
	refuses "$tier: show of no process" 1 'process 2147483647' ask show 2147483647
	refuses "$tier: files of no process" 1 'process 2147483647' ask files 2147483647
	refuses "$tier: files --json of no process" 1 'process 2147483647' \
		ask files --json 2147483647
	ask_for_the_dead "$tier"
	refuses "$tier: show of another user's process" 1 "process $$" \
		"${as_nobody[@]}" "$fdscope" show $$ --socket "$socket"
	refuses "$tier: files of another user's process" 1 "process $$" \
		"${as_nobody[@]}" "$fdscope" files $$ --socket "$socket"

	inode=$(stat -c %i "$socket")
	refuses "$tier: second daemon on the same socket" 1 "another fdscoped.*$socket" \
		"$fdscoped" --tier procfs --socket "$socket"
	check "$tier: the first daemon goes on" 'it does not answer' answers
	check "$tier: its socket is the same" "inode $inode has gone" \
		test "$(stat -c %i "$socket")" = "$inode"
	# shellcheck disable=SC2016
	refuses "$tier: output that cannot be written" 1 'No space left' \
		bash -c '"$0" top --socket "$1" >/dev/full' "$fdscope" "$socket"
	daemon_stop
	check "$tier: end" "exit status $daemon_status" test "$daemon_status" = 0
	refuses "$tier: no daemon any more" 3 'not running' ask top
done

# A process that is younger than the last look is there all the same.
if daemon_start; then
	ask top >/dev/null
	sleep 1000 &
	started+=("$!")
	for command in show files; do
		run ask "$command" "$!"
		check "$command of a process that has just started" "exit status $got" test "$got" = 0
	done
	daemon_stop
else
	not_ok 'a process that has just started' "$(log_text)"
fi

# A socket that nobody listens at, as kill -9 leaves it.
if daemon_start --tier procfs; then
	daemon_stop KILL
	check 'a killed daemon leaves its socket' "$socket has gone" test -S "$socket"
	refuses 'a socket that nobody listens at' 3 "nobody listens at $socket.*start it" ask top
	rm -f "$socket" "$socket.lock"
else
	not_ok 'a socket that nobody listens at' "$(log_text)"
fi

# ---- without BTF, without root: procfs, and it is said ----

installed() {
	# The list is made without a descriptor in it for the reader itself.
	find "/proc/$1/fd" -mindepth 1 -maxdepth 1 | wc -l
}

is_exact() {
	[[ $(ask show "$holder" --json | jq .installed) == "$(installed "$holder")" ]]
}

if daemon_start --btf /nonexistent; then
	check 'no BTF: procfs' "tier $(status_of .tier)" test "$(status_of .tier)" = procfs
	check 'no BTF: the log names the file' "$(log_text)" grep -q '/nonexistent' "$tmp/log"
	check 'no BTF: the log names the tier' "$(log_text)" grep -q 'tier procfs' "$tmp/log"
	check 'no BTF: the status says why' "$(status_of '.tiers|tostring')" test \
		"$(status_of '[.tiers[]|select(.state=="failed" and (.why//"")!="")]|length>0')" = true
	start_holder 40
	check 'no BTF: exact' "$(ask show "$holder" 2>&1 | head -n 1)" is_exact
	daemon_stop
	check 'no BTF: end' "exit status $daemon_status" test "$daemon_status" = 0
else
	not_ok 'no BTF: start' "$(log_text)"
fi

mkdir "$tmp/nobody"
chown "$NOBODY:$NOBODY" "$tmp/nobody"
socket=$tmp/nobody/s
runner=("${as_nobody[@]}")
if daemon_start; then
	check 'not root: procfs' "tier $(status_of .tier)" test "$(status_of .tier)" = procfs
	check 'not root: the log names the tier' "$(log_text)" grep -q 'tier procfs' "$tmp/log"
	check 'not root: the status says why' "$(status_of '.tiers|tostring')" test \
		"$(status_of '[.tiers[]|select(.state=="failed" and (.why//"")!="")]|length>0')" = true
	"${as_nobody[@]}" bash -c 'exec 7</dev/null 8</dev/null; exec sleep 1000' &
	holder=$!
	started+=("$holder")
	is_asleep() { [[ $(cat "/proc/$holder/comm") == sleep ]]; }
	wait_until is_asleep
	check 'not root: own processes are exact' "$(ask show "$holder" 2>&1 | head -n 1)" is_exact
	run "${as_nobody[@]}" "$fdscope" files "$holder" --socket "$socket"
	check 'not root: own files' "$(head -n 1 "$tmp/err")" test "$got" = 0
	daemon_stop
	check 'not root: end' "exit status $daemon_status" test "$daemon_status" = 0
else
	not_ok 'not root: start' "$(log_text)"
fi
check 'nothing is left when all have ended' "left: $(listing "$tmp/run" "$tmp/nobody")" \
	test -z "$(listing "$tmp/run" "$tmp/nobody")"
finish
