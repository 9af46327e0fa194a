# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# Programs of the real world at work, each with what disturbs it in real life: reloads, rotated logs,
# upgrades, forks, dropped tables.  load_NAME runs one in the folder $dir, which is its own, and fails
# if the program did not do its job; needs_NAME are the commands without which it cannot.  Servers run
# on free ports, as an unprivileged user where they can.

# What loads start that goes to the background; ended with the load in any case.
at_end=()

# load_run NAME: in a process of its own; what it says is on its output.
load_run() (
	dir=$tmp/world/$1
	mkdir -p "$dir"
	started=() at_end=()
	trap load_end EXIT
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$dir TMPDIR=$dir
	# The descriptors of the test itself are no part of it.
	exec 7>&- 8>&- 9>&-
	cd "$dir" || exit
	"load_$1"
)

load_end() {
	local i

	for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do
		eval "${at_end[i]}"
	done
	wait
}

# end_daemon FILE [SIGNAL]: the process whose number is in the file, and waits until it is gone.
end_daemon() {
	local pid

	pid=$(head -n 1 "$1" 2>/dev/null) || return 0
	kill -s "${2:-TERM}" "$pid" 2>/dev/null
	wait_until is_gone "$pid" || kill -KILL "$pid"
}

# must WORDS COMMAND...: tries, and tells what did not work.
must() {
	local what=$1
	shift

	"$@" && return
	echo "$what: failed" >&2
	exit 1
}

# as_nobody COMMAND...
as_nobody() {
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups "$@"
}

# A port of the loopback interface that nobody listens at.
free_port() {
	local port

	while port=$((20000 + RANDOM % 10000)); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

accepts() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# ---- nginx: requests, a rotated log, a reload and an upgrade while they come ----

needs_nginx='nginx ab curl'

write_nginx_conf() {
	cat >nginx.conf <<-END
		worker_processes 2;
		pid $dir/pid;
		error_log $dir/error.log;
		events { worker_connections 512; }
		http {
			access_log $dir/access.log;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/proxy;
			fastcgi_temp_path $dir/fastcgi;
			uwsgi_temp_path $dir/uwsgi;
			scgi_temp_path $dir/scgi;
			sendfile on;
			open_file_cache max=100;
			server {
				listen 127.0.0.1:$1;
				root $dir/html;
				location /up { proxy_pass http://127.0.0.1:$1/index.html; }
			}
		}
	END
}

load_nginx() {
	local port nginx i old

	port=$(free_port)
	nginx=$(command -v nginx)
	mkdir html
	head -c 20000 /dev/urandom >html/index.html
	head -c 300000 /dev/zero >body.in
	write_nginx_conf "$port"
	chown -R "$NOBODY" .
	at_end+=("end_daemon $dir/pid" "end_daemon $dir/pid.oldbin")
	must start as_nobody "$nginx" -c "$dir/nginx.conf" -e "$dir/error.log"
	wait_until accepts "$port"

	ab -q -r -k -c 40 -n 50000 "http://127.0.0.1:$port/index.html" >ab.1 2>&1 &
	ab -q -r -c 40 -n 6000 "http://127.0.0.1:$port/up" >ab.2 2>&1 &
	# A body too large for memory lies in a file without a name.
	for ((i = 0; i < 5; i++)); do
		curl -s -o curl.out --data-binary @body.in "http://127.0.0.1:$port/up"
	done
	mv access.log access.log.1
	must 'new log' kill -USR1 "$(cat pid)"
	wait_until test -e access.log
	rm access.log.1
	must reload kill -HUP "$(cat pid)"
	sleep 0.5
	old=$(cat pid)
	must upgrade kill -USR2 "$old"
	must 'upgraded server' wait_until test -s pid.oldbin -a -s pid
	must 'end of the old one' kill -QUIT "$old"
	wait_until is_gone "$old"
	wait
	must 'requests' grep -q 'Complete requests: *50000' ab.1
	must 'passed on requests' grep -q 'Complete requests: *6000' ab.2
}

# ---- redis: a benchmark, both ways of saving, a replica ----

needs_redis='redis-server redis-cli redis-benchmark'

load_redis() {
	local port second key

	port=$(free_port)
	second=$(free_port)
	mkdir first second
	chown "$NOBODY" . first second
	at_end+=("end_daemon $dir/first/pid" "end_daemon $dir/second/pid")
	must start as_nobody redis-server --port "$port" --bind 127.0.0.1 --daemonize yes \
		--dir "$dir/first" --pidfile "$dir/first/pid" --logfile "$dir/first/log" \
		--unixsocket "$dir/first/socket" --appendonly yes --save ''
	wait_until accepts "$port"
	redis-benchmark -q -p "$port" -c 50 -P 4 -n 60000 -r 20000 -t set,get,lpush,lpop >bench.out &
	sleep 0.5
	must 'save' redis-cli -p "$port" bgsave
	must start as_nobody redis-server --port "$second" --bind 127.0.0.1 --daemonize yes \
		--dir "$dir/second" --pidfile "$dir/second/pid" --logfile "$dir/second/log" \
		--replicaof 127.0.0.1 "$port"
	redis-benchmark -q -s "$dir/first/socket" -c 20 -n 10000 -t set >bench.2.out
	wait_until is_replica "$second"
	must 'rewrite' redis-cli -p "$port" bgrewriteaof
	sleep 1
	redis-cli -p "$second" bgsave
	wait
	key=$(redis-cli -p "$port" randomkey)
	must 'the data' test -n "$key"
	must 'the replica' is_replica "$second"
}

is_replica() {
	redis-cli -p "$1" info replication | grep -q '^master_link_status:up'
}

# ---- PostgreSQL: pgbench, a table dropped under its users, parallel work, a program ----

needs_postgres='initdb pg_ctl pgbench psql'

# Debian keeps them where no PATH leads.
postgres_path() {
	local bin

	for bin in /usr/lib/postgresql/*/bin; do
		[[ -x $bin/initdb ]] && PATH=$bin:$PATH
	done
}

load_postgres() {
	local sql=(as_nobody psql -q -h "$dir" -U postgres -d postgres -v ON_ERROR_STOP=1)

	postgres_path
	chown "$NOBODY" .
	as_nobody initdb -N -A trust -U postgres -D data >initdb.out 2>&1 || must initdb cat initdb.out
	cat >>data/postgresql.conf <<-END
		listen_addresses = ''
		unix_socket_directories = '$dir'
		fsync = off
		work_mem = '64kB'
		archive_mode = on
		archive_command = 'test -f %p'
		logging_collector = on
		log_rotation_size = '10kB'
		log_statement = ddl
		min_parallel_table_scan_size = 0
		parallel_setup_cost = 0
		parallel_tuple_cost = 0
	END
	at_end+=("as_nobody pg_ctl -D $dir/data -m fast -w stop >/dev/null 2>&1")
	must start as_nobody pg_ctl -s -D data -l log -w start
	must pgbench as_nobody pgbench -h "$dir" -U postgres -i -q -s 2 postgres 2>init.out
	as_nobody pgbench -h "$dir" -U postgres -c 8 -j 2 -T 4 postgres >bench.out 2>&1 &
	as_nobody pgbench -h "$dir" -U postgres -c 2 -C -S -T 2 postgres >bench.2.out 2>&1 &
	must sort "${sql[@]}" -c 'create table t as select g, md5(g::text) m from generate_series(1, 100000) g' \
		-c 'select count(*) from (select * from t order by m) s' \
		-c 'create index on t (m)' -c 'vacuum full t' -o sort.out
	must program "${sql[@]}" -c "copy t to program 'cat >/dev/null; sleep 0.5'"
	# Another session has read the table when it goes.
	"${sql[@]}" -c 'select count(*) from t' -c 'select pg_sleep(2)' -o sleep.out &
	sleep 0.5
	must drop "${sql[@]}" -c 'drop table t'
	must reload as_nobody pg_ctl -s -D data reload
	must 'switch of the log' "${sql[@]}" -c 'select pg_switch_wal()' -c checkpoint -o switch.out
	wait
	must pgbench grep -q 'number of transactions actually processed: [1-9]' bench.out bench.2.out
}

# ---- sshd: sessions, files, a port that is passed on, a connection that several share ----

needs_ssh='sshd ssh ssh-keygen sftp'

write_sshd_conf() {
	cat >sshd_config <<-END
		Port $1
		ListenAddress 127.0.0.1
		HostKey $dir/host
		PidFile $dir/pid
		AuthorizedKeysFile $dir/key.pub
		PermitRootLogin yes
		StrictModes no
		UsePAM no
		MaxStartups 100
		Subsystem sftp internal-sftp
	END
	cat >ssh_config <<-END
		Host *
			HostName 127.0.0.1
			Port $1
			User root
			IdentityFile $dir/key
			IdentitiesOnly yes
			BatchMode yes
			StrictHostKeyChecking no
			UserKnownHostsFile $dir/known
			LogLevel ERROR
	END
}

load_ssh() {
	local port i forward bytes made=''
	local ssh=(ssh -F "$dir/ssh_config")

	port=$(free_port)
	forward=$(free_port)
	[[ -d /run/sshd ]] || made=1
	mkdir -p /run/sshd
	[[ $made ]] && at_end+=('rmdir /run/sshd')
	ssh-keygen -q -t ed25519 -N '' -f host
	ssh-keygen -q -t ed25519 -N '' -f key
	write_sshd_conf "$port"
	at_end+=("end_daemon $dir/pid")
	must start "$(command -v sshd)" -f "$dir/sshd_config" -E "$dir/log"
	wait_until accepts "$port"
	must 'first session' "${ssh[@]}" host true </dev/null
	for ((i = 0; i < 6; i++)); do
		echo "$i" | "${ssh[@]}" host 'cat; exit 0' >>sessions.out &
		((i % 3)) || wait -n
	done
	# Twice at once over one connection, which stays behind.
	"${ssh[@]}" -M -S "$dir/master" -f -N host
	"${ssh[@]}" -S "$dir/master" host 'head -c 2000000 /dev/zero' </dev/null | wc -c >bytes.out &
	bytes=$!
	"${ssh[@]}" -S "$dir/master" -tt host 'echo terminal' </dev/null >tty.out 2>&1
	# The end of the connection is that of all its sessions.
	wait "$bytes"
	"${ssh[@]}" -S "$dir/master" -O exit host 2>/dev/null
	"${ssh[@]}" -N -L "127.0.0.1:$forward:127.0.0.1:$port" host </dev/null &
	at_end+=("kill $! 2>/dev/null")
	wait_until accepts "$forward"
	head -c 1000000 /dev/urandom >file
	must sftp sftp -q -F "$dir/ssh_config" -b - host <<<"put $dir/file $dir/file.2" >sftp.out
	must 'the copy' cmp file file.2
	kill -HUP "$(cat pid)"
	must 'a session after the reload' wait_until "${ssh[@]}" host true </dev/null
	kill %% 2>/dev/null
	wait
	must 'all sessions' test "$(wc -l <sessions.out)" = 6
	must 'all bytes' grep -qx 2000000 bytes.out
	must 'the terminal' grep -q terminal tty.out
}

# ---- shells, Python, Node ----

needs_shell='flock'

load_shell() {
	must script bash "$world/shell_load.sh"
}

needs_python='python3'

load_python() {
	chown "$NOBODY" .
	# That of the system: others may lie where this user may not go.
	must script as_nobody "$(command -v python3)" "$world/load.py"
}

needs_node='node'

load_node() {
	chown "$NOBODY" .
	must script as_nobody "$(command -v node)" "$world/load.js"
}

# ---- builds ----

needs_make='make cc'

load_make() {
	# Of this tree the client, with the commands that are in it.
	must make env -u MAKEFLAGS -u V make -s -C "$tree" OUTPUT="$dir/out" -j2 "$dir/out/fdscope"
	must 'its product' "$dir/out/fdscope" --version
}

needs_kernel='make cc flex bison bc xz'

kernel_source() {
	find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1
}

load_kernel() {
	must unpack tar -x --strip-components=1 -f "$(kernel_source)"
	must tinyconfig make -s tinyconfig
	must make env -u MAKEFLAGS make -s -j2
	must 'its product' test -s vmlinux
}
