#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# fdtop in a real terminal: what it shows when keys are pressed, the size changes, the daemon goes
# away, processes have nasty names or are very many.
# timeout: 240
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

if ! command -v tmux >/dev/null; then
	skip "fdtop in a terminal" "tmux is not installed"
	finish
fi

cp "$FDS_BUILD/fdtop" "$tmp/bin" || exit 1
fdtop=$tmp/bin/fdtop
many=300
few=200
crowd_cnt=10000

in_tmux() {
	env -u TMUX LC_ALL=C.UTF-8 tmux -f /dev/null -S "$tmp/tmux" "$@" 2>/dev/null
}

# The server of tmux is no child of ours.
leave() {
	in_tmux kill-server
	wait_until no_server
	clean_up
}

no_server() {
	! in_tmux list-sessions >/dev/null
}
trap leave EXIT

# open_fdtop COLS ROWS ARGUMENT...: in a terminal of its own; what was there before is ended.
variables=()
open_fdtop() {
	local cols=$1 rows=$2
	shift 2

	in_tmux kill-server
	wait_until no_server
	in_tmux new-session -d -x "$cols" -y "$rows" \
		env TERM=screen-256color XDG_CONFIG_HOME="$tmp/config" "${variables[@]}" bash -c \
		'"$@"; echo "ended with $?"; exec sleep 1000' bash \
		"$fdtop" --socket "$socket" "$@"
}

screen() {
	in_tmux capture-pane -p
}

shows() {
	screen | grep -Eq -- "$1"
}

hides() {
	! shows "$1"
}

# In one line, for complaints.
screen_text() {
	screen | tr '\n' '|' | tr -s ' ' | cut -c 1-600
}

# sees NAME PATTERN: the screen shows it before long.
sees() {
	if wait_until shows "$2"; then
		ok "$1"
	else
		not_ok "$1" "no '$2' on: $(screen_text)"
	fi
}

# sees_no NAME PATTERN: it stops to show it.
sees_no() {
	if wait_until hides "$2"; then
		ok "$1"
	else
		not_ok "$1" "still '$2' on: $(screen_text)"
	fi
}

# sees_that NAME COMMAND...: it succeeds before long.
sees_that() {
	local name=$1
	shift

	if wait_until "$@"; then
		ok "$name"
	else
		not_ok "$name" "on: $(screen_text)"
	fi
}

press() {
	in_tmux send-keys "$@"
}

type_text() {
	in_tmux send-keys -l "$1"
}

# filter TEXT: in place of the filter before.
filter() {
	press F4
	wait_until shows '^Filter:'
	press C-u
	type_text "$1"
	press Enter
	wait_until hides '^Filter:'
}

is_without() {
	! grep -q -- "$1" "$2"
}

# No SGR that sets a colour of characters or of what is behind them.
is_without_colour() {
	! grep -Eq $'\033''\\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;[0-9;]*)?m' "$1"
}

# Blue, orange, reddish purple and greys: told apart by everybody.
has_palette() {
	grep -Eo '[34]8;5;[0-9]+' "$1" | sort -u >"$tmp/colours"
	! grep -Evq ';(16|74|75|153|213|214|215|229|245)$' "$tmp/colours"
}

# The first of the holders on the screen.
first_holder() {
	[[ $(screen | grep -Eo 'holder-(many|few)' | head -n 1) == "$1" ]]
}

is_sleep() {
	[[ $(cat "/proc/$1/comm") == sleep ]]
}

# A process that is called $1 and holds $2 descriptors besides its first three.
start_named() {
	bash -c 'for ((i = 0; i < $2; i++)); do exec {fd}</dev/null; done
		echo; exec -a "$1" sleep 1000' bash "$1" "$2" >"$tmp/named" 2>/dev/null &
	named=$!
	started+=("$named")
	wait_until test -s "$tmp/named"
	: >"$tmp/named"
	wait_until is_sleep "$named"
	# With what the shell had open.
	named_cnt=$(find "/proc/$named/fd" -mindepth 1 | wc -l)
}

# ---- without a terminal ----

refuses_terminal() {
	local name=$1 pattern=$2 got
	shift 2

	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	if ((got == 1)) && [[ $(wc -l <"$tmp/err") == 1 ]] && grep -q -- "$pattern" "$tmp/err"; then
		ok "$name"
	else
		not_ok "$name" "status $got, $(cat "$tmp/err")"
	fi
}

refuses_terminal "no terminal is told in one line" 'this is no terminal' "$fdtop"
"$fdtop" --once --socket "$socket" >"$tmp/out" 2>"$tmp/err"
got=$?
check "--once without a daemon ends with 3" "status $got: $(cat "$tmp/err")" test "$got" = 3
"$fdtop" --sort nonsense >"$tmp/out" 2>"$tmp/err"
got=$?
check "a wrong option ends with 2" "status $got: $(cat "$tmp/err")" test "$got" = 2

"$fdtop" --once --pid 1 >"$tmp/out" 2>"$tmp/err"
got=$?
check "--pid with --once ends with 2" "status $got: $(cat "$tmp/err")" test "$got" = 2

# ---- before there is a daemon ----

open_fdtop 120 35
sees "it waits for a daemon" 'no daemon yet'

if ! daemon_start --tier auto; then
	not_ok "a daemon to look at" "$(log_text)"
	finish
fi
start_named holder-many "$many"
many_pid=$named
many_cnt=$named_cnt
start_named holder-few "$few"

# What has just begun is in the next answer: the daemon's may be 100 ms old.
once_lists() {
	COLUMNS=120 "$fdtop" --socket "$socket" --once --filter holder-many >"$tmp/out" 2>"$tmp/err"
	grep -Eq "^ *$many_pid .* $many_cnt .*holder-many" "$tmp/out"
}

if wait_until once_lists; then
	ok "--once prints the list"
else
	not_ok "--once prints the list" "$(cat "$tmp/out" "$tmp/err")"
fi
check "--once prints no escape sequence" "there is one" is_without $'\033' "$tmp/out"
"$fdtop" --socket "$socket" --batch 2 --delay 0.2 --rows 3 >"$tmp/out" 2>"$tmp/err"
check "--batch prints as many lists as asked for" "$(cat "$tmp/out" "$tmp/err")" \
	test "$(grep -c '^ *PID ' "$tmp/out")" = 2

if [[ $(id -u) == 0 ]]; then
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups \
		"$fdtop" --socket "$socket" --once >"$tmp/out" 2>"$tmp/err"
	check "who sees a part is told" "$(cat "$tmp/out" "$tmp/err")" \
		grep -q 'own processes only' "$tmp/out"
	"$fdtop" --socket "$socket" --once >"$tmp/out" 2>"$tmp/err"
	check "and nobody else" "$(cat "$tmp/out" "$tmp/err")" is_without 'own processes' "$tmp/out"
fi

# ---- the list ----

sees "it begins when the daemon does" 'PID USER'
open_fdtop 120 35
sees "the list has the largest first" 'PID USER'
sees "the header has the host's open files" 'open files [0-9]+ of ([0-9]+|unlimited)'
sees "the header has the rates" 'opens [0-9.]+/s +closes [0-9.]+/s'
sees "the header has the worst process" 'worst .*%'

press F4
type_text holder-man
sees "a filter holds as it is typed" 'Filter: holder-man'
sees_no "what does not match goes" 'holder-few|fdscoped'
sees "what matches stays" "^ *$many_pid .* $many_cnt .*holder-many"
press Escape
sees_no "Esc gives the filter up" 'Filter:'
filter holder-
sees_that "the list is sorted by descriptors" first_holder holder-many
press I
sees_that "I turns the order round" first_holder holder-few
press I
press s
sees "s opens the menu of fields" 'Sort by'
press Home Down Down Enter
sees_no "Enter closes it" 'Sort by'
press '>'
press '<'
sees "the sorted column has a mark" '[▲▼]'

press b
sees "b opens the menu of groups" 'Group by'
press Down Enter
sees "groups are folded at first" '▸ .*sleep \(2\)'
press Space
sees "Space unfolds a group" '└─ holder-'
press Left
press Left
sees_no "Left folds it" '└─ holder-'
press t
sees_no "a tree takes the place of groups" '\(2\)'
sees "the tree has both" 'holder-few'
press t

# ---- one process ----

filter holder-many
press Home
press Enter
sees "Enter opens the process" "Descriptors $many_cnt of"
sees "its kinds are told" 'char'
press Tab
sees "Tab goes to its descriptors" '^ *FD KIND'
sees "they have names" '/dev/null'
press End
sees "End goes to the last one" "^ *$(find "/proc/$many_pid/fd" -mindepth 1 -printf '%f\n' | sort -n | tail -n 1) "
press /
type_text 'pipe'
press Enter
sees_no "a search ends with Enter" 'Search:'
press Tab
sees "then who shares them" 'SHARED +PROCESS'
press Tab
sees "then what was refused" 'No call of it has been refused'
press q
sees "q goes back to the list" 'PID USER'
kill -KILL "$many_pid"
sees_no "a process that ends goes" "^ *$many_pid "

# ---- other views ----

press '?'
sees "? explains the keys" 'Everywhere'
press q
press i
sees "i shows incidents" 'No alert has been told|ID +TIME'
press q
press e
sees "e shows events" 'TIME +TYPE|Nothing has happened yet'
press q
sees "q goes back to the list again" 'PID USER'
press Escape
press Escape

# ---- sizes ----

fits() {
	(($(screen | LC_ALL=C.UTF-8 wc -L) <= $1)) && shows "$2"
}

in_tmux resize-window -x 80 -y 24
sees_that "80x24 has the list" fits 80 'PID USER.*FDS.*LIMIT.*COMMAND'
in_tmux resize-window -x 20 -y 5
sees_that "20x5 has the list" fits 20 'PID.*FDS'
in_tmux resize-window -x 200 -y 60
sees_that "200x60 has more" fits 200 'PID USER.*TREND.*KINDS.*COMMAND'

# ---- names ----

filter evil
evil=$tmp/$'\e]0;evil\a\e[2J'
cp "$(command -v sleep)" "$evil"
bash -c 'exec -a $'\''\e[31mevil\nline\x9b2J\xff'\'' "$1" 1000' bash "$evil" &
started+=($!)
sees "control characters of names are shown, not sent" '\\x1b\[31mevil\\x0aline'
check "the terminal's title is its own" "$(in_tmux display -p '#{pane_title}')" \
	test "$(in_tmux display -p '#{pane_title}')" != evil
filter 日本語
start_named 'é日本語' 1
sees "wide characters are shown" 'é日本語'

# ---- the daemon goes away, or stands still ----

filter holder-
daemon_stop KILL
sees "a daemon that has gone is told" 'daemon gone'
press '?'
sees "keys work without it" 'Everywhere'
press q
daemon_start --tier auto
sees_no "it is seen when it comes back" 'daemon gone'
sees "and so are its processes" 'holder-few'
kill -STOP "$daemon"
press '?'
sees "keys work while it stands still" 'Everywhere'
press q
sees "its silence is told" 'the daemon has not answered for [3-9]s'
press q
sees "and the end works" 'ended with 0'
timeout 20 "$fdtop" --socket "$socket" --once >"$tmp/out" 2>"$tmp/err"
got=$?
check "--once gives it up" "status $got: $(cat "$tmp/out" "$tmp/err")" \
	test "$got $(cat "$tmp/err")" = "3 fdtop: the daemon has not answered for 10 seconds"
kill -CONT "$daemon"

# ---- what is remembered, colours ----

open_fdtop 120 35 --sort growth
sees "it begins as told" 'PID USER'
press +
press q
wait_until shows 'ended with 0'
check "settings are kept" "$(cat "$tmp/config/fdscope/fdtop.conf" 2>&1)" \
	grep -qx 'interval_ms = 2000' "$tmp/config/fdscope/fdtop.conf"
sed -i -e 's/^cost = .*/cost = yes/' -e 's/^group = .*/group = exe/' "$tmp/config/fdscope/fdtop.conf"
XDG_CONFIG_HOME=$tmp/config COLUMNS=120 "$fdtop" --socket "$socket" --once -n 3 >"$tmp/out" 2>"$tmp/err"
check "--once does not heed them" "$(cat "$tmp/out" "$tmp/err")" grep -q 'every 1s' "$tmp/out"
check "it has no groups" "$(cat "$tmp/out" "$tmp/err")" is_without '▸' "$tmp/out"
check "and no cost" "$(cat "$tmp/out" "$tmp/err")" is_without 'of a core' "$tmp/out"
sed -i -e 's/^cost = .*/cost = no/' -e 's/^group = .*/group = process/' "$tmp/config/fdscope/fdtop.conf"
open_fdtop 120 35
sees "and found again" 'every 2s'
in_tmux capture-pane -p -e >"$tmp/out"
check "there are colours" "none" grep -q $'\033\[[0-9;]*38;5' "$tmp/out"
check "of the palette alone" "$(tr '\n' ' ' <"$tmp/colours" 2>&1)" has_palette "$tmp/out"
variables=(NO_COLOR=1)
open_fdtop 120 35
sees "NO_COLOR is obeyed" 'PID USER'
in_tmux capture-pane -p -e >"$tmp/out"
check "and leaves no colour" "one is left" is_without_colour "$tmp/out"
variables=(TERM=dumb)
open_fdtop 120 35
sees "TERM=dumb is told in a line" "the terminal 'dumb'.*--once"
variables=()

rm "$tmp/config/fdscope/fdtop.conf"
mkfifo "$tmp/config/fdscope/fdtop.conf" "$tmp/config/fdscope/fdtop.conf.new"
open_fdtop 120 35
sees "a FIFO in place of settings does not stop it" 'PID USER'
press + q
sees "neither at the end" 'ended with 0'
rm "$tmp/config/fdscope/fdtop.conf" "$tmp/config/fdscope/fdtop.conf.new"

open_fdtop 120 35 --pid "$(cat /proc/sys/kernel/pid_max)"
sees "a process that never was has not ended" 'There is no process of this number'
check "it is not said to have" "$(screen_text)" hides 'has ended'

# ---- very many ----

mkfifo "$tmp/hold"
"$FDS_BUILD/tests/crowd" "$crowd_cnt" 1 <"$tmp/hold" >"$tmp/crowd" 2>"$tmp/err" &
crowd=$!
started+=("$crowd")
exec {hold}>"$tmp/hold"
PATIENCE=90
if wait_until test -s "$tmp/crowd"; then
	PATIENCE=30
	open_fdtop 120 35
	sees "$crowd_cnt processes are counted" "processes 1[0-9]{4}"
	press End
	sees "the last one is there" '  0 '
	filter "crowd $crowd_cnt"
	sees "a filter goes over all" "processes $((crowd_cnt + 1)) of"
	press Escape
	press Home
	wait_until shows 'processes 1[0-9]{4}'
	press Z
	sees "it can be frozen" 'FROZEN'
	filter "crowd $crowd_cnt"
	sees "and filtered all the same" "processes $((crowd_cnt + 1)) of"
	press q
	sees "and it ends" 'ended with 0'
else
	skip "$crowd_cnt processes" "they could not be made: $(head -n 1 "$tmp/err")"
fi
# The server of tmux has it too.
in_tmux kill-server
wait_until no_server
exec {hold}>&-
wait "$crowd"

# Terminals end in between, so fdtop must have too; what it runs under is no child of ours.
no_fdtop() {
	! pgrep -f "^$fdtop --socket $socket" >"$tmp/left"
}

if wait_until no_fdtop; then
	ok "nothing is left behind"
else
	not_ok "nothing is left behind" "$(tr '\n' ' ' <"$tmp/left")"
	xargs -r kill -KILL <"$tmp/left"
fi
daemon_stop
finish
