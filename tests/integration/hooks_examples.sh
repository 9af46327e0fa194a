#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The ready-made hooks, with facts as hostile as a process can make them.
set -u
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

examples=$PWD/daemon/hooks
# shellcheck disable=SC2016 # not to be expanded, by anybody
json='{"id":7,"comm":"$(touch owned)"}'
# shellcheck disable=SC2016
facts=(FDSCOPE_STEP=fire FDSCOPE_ID=7 FDSCOPE_SEVERITY=critical 'FDSCOPE_COMM=$(touch owned); -rf "x'
	'FDSCOPE_MESSAGE=a"b`touch owned` $(touch owned)' "FDSCOPE_DUMPS=$tmp/dumps"
	"FDSCOPE_RESTART_LIST=$tmp/units" "FDSCOPE_SYSTEMCTL=$tmp/systemctl"
	"FDSCOPE_WEBHOOK_URL_FILE=$tmp/url" "PATH=$PATH")

# run HOOK [NAME=VALUE]...
run() {
	(cd "$tmp" && env -i "${facts[@]}" "${@:2}" "$examples/$1" <<<"$json") >"$tmp/said" 2>&1
	status=$?
}

mkdir "$tmp/dumps"
printf '#!/bin/sh\necho "$@" >>%q\n' "$tmp/restarted" >"$tmp/systemctl"
chmod 755 "$tmp/systemctl"
printf 'web.service\na.b\n' >"$tmp/units"

run dump
check 'dump saves the incident' "$(cat "$tmp/said")" test "$(cat "$tmp/dumps/7.json")" = "$json"
run dump 'FDSCOPE_ID=../../x'
check 'dump takes no path for a number' "$(cat "$tmp/said")" test "$status:$(ls -A "$tmp/dumps")" = 1:7.json
for ((i = 100; i < 250; i++)); do
	: >"$tmp/dumps/$i.json"
done
run dump FDSCOPE_ID=9
check 'dump keeps a hundred' "$(find "$tmp/dumps" -name '*.json' | wc -l)" \
	test "$(find "$tmp/dumps" -name '*.json' | wc -l)" = 100

run restart-unit FDSCOPE_UNIT=web.service
check 'restart-unit restarts a listed unit' "$(cat "$tmp/said")" \
	test "$(cat "$tmp/restarted" 2>&1)" = '--no-block try-restart -- web.service'
run restart-unit 'FDSCOPE_UNIT=other.service'
run restart-unit 'FDSCOPE_UNIT=axb'
run restart-unit FDSCOPE_UNIT=web.service FDSCOPE_SEVERITY=warn
run restart-unit 'FDSCOPE_UNIT='
check 'and no other, and not for a warning' "$(cat "$tmp/restarted")" \
	test "$(wc -l <"$tmp/restarted")" = 1

if ! command -v curl >/dev/null || ! command -v python3 >/dev/null; then
	skip 'webhook' 'curl or python3 is not here'
else
	python3 - "$tmp" >"$tmp/port" <<-'END' &
		import http.server, sys
		class Sink(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        body = self.rfile.read(int(self.headers["Content-Length"]))
		        open(sys.argv[1] + "/posted", "wb").write(body)
		        self.send_response(200)
		        self.end_headers()
		    def log_message(self, *args):
		        pass
		server = http.server.HTTPServer(("127.0.0.1", 0), Sink)
		print(server.server_address[1], flush=True)
		server.serve_forever()
	END
	started+=("$!")
	wait_until test -s "$tmp/port"
	echo "http://127.0.0.1:$(cat "$tmp/port")/hook" >"$tmp/url"
	run webhook
	check 'webhook posts the incident as it is' "$(cat "$tmp/said")" test "$(cat "$tmp/posted")" = "$json"
	echo 'http://127.0.0.1:1/none' >"$tmp/url"
	run webhook
	check 'and says so if nobody takes it' "$(cat "$tmp/said")" test "$status" != 0
fi
if ! command -v curl >/dev/null || ! command -v python3 >/dev/null; then
	skip 'mail' 'curl or python3 is not here'
else
	python3 - "$tmp" >"$tmp/smtp" <<-'END' &
		import socketserver, sys
		class Sink(socketserver.StreamRequestHandler):
		    def say(self, text):
		        self.wfile.write(text.encode() + b"\r\n")
		    def handle(self):
		        self.say("220 sink")
		        for line in self.rfile:
		            word = line.split()[0].upper()
		            if word == b"DATA":
		                self.say("354 go on")
		                mail = b""
		                while (line := self.rfile.readline()) not in (b".\r\n", b""):
		                    mail += line
		                open(sys.argv[1] + "/mailed", "wb").write(mail)
		            self.say("221 bye" if word == b"QUIT" else "250 fine")
		            if word == b"QUIT":
		                return
		server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
		print(server.server_address[1], flush=True)
		server.serve_forever()
	END
	started+=("$!")
	wait_until test -s "$tmp/smtp"
	run mail "FDSCOPE_MAIL_SERVER=smtp://127.0.0.1:$(cat "$tmp/smtp")"
	check 'mail goes to a mail server' "$(cat "$tmp/said")" test "$status" = 0
	check 'with the message in its subject' "$(head -n 8 "$tmp/mailed")" \
		grep -q '^Subject: \[fdscope\] ' "$tmp/mailed"
	check 'no line is longer than mail allows' "$(wc -L <"$tmp/mailed")" \
		test "$(wc -L <"$tmp/mailed")" -lt 998
	# Behind the empty line.
	check 'and the incident as it is' "$(cat "$tmp/mailed")" \
		test "$(tr -d '\r' <"$tmp/mailed" | sed '1,/^$/d' | base64 -d)" = "$json"
	run mail 'FDSCOPE_MAIL_SERVER=smtp://127.0.0.1:1'
	check 'and says so if nobody takes it' "$(cat "$tmp/said")" test "$status" != 0
fi
check 'nothing was run on the way' "$(find "$tmp" -name owned)" \
	test -z "$(find "$tmp" "$examples" -name owned)"
finish
