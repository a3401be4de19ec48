#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryd with configurations that none should be, with directories and ports that it cannot have, without a policy, and with
# servers that hang: a message, the right exit code, in seconds, and nothing lost. Packets are in tests/kernel/sentryd.sh.
set -u
build=$(realpath "${BUILD:-build}")
# The sanitized one, where there is one.
sentryd=$build/sentryd
[ ! -x "${SENTRYC:+$(dirname "$SENTRYC")/sentryd}" ] || sentryd=$(realpath "$(dirname "$SENTRYC")/sentryd")
tmp=$(mktemp -d)
pid=
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	for child in $(jobs -p); do
		kill -KILL "$child" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
cd "$tmp" || exit 1
failed=0 count=0

bad() {
	echo "not ok: $1"
	head -c 1500 "${2:-/dev/null}" | sed 's/^/  | /'
	failed=1
}

# expect CODE PATTERN COMMAND…: the exit code, and what stderr must say (an extended regular expression).
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	timeout 30 "$@" >out 2>err </dev/null
	code=$?
	if [ "$code" != "$want" ]; then
		bad "$* exited with $code, not $want" err
	elif [ -n "$pattern" ] && ! grep -Eq -- "$pattern" err; then
		bad "$* does not say '$pattern'" err
	elif grep -Eq 'Sanitizer|runtime error' err; then
		bad "$*: sanitizer report" err
	fi
}

# refused PATTERN TEXT: a configuration, as printf '%b' has it.
refused() {
	printf '%b' "$2" >c.yaml
	expect 2 "$1" "$sentryd" --check-config --config c.yaml
	[ ! -s out ] || bad "--check-config prints something for: $2" out
}
accepted() {
	printf '%b' "$1" >c.yaml
	expect 0 '' "$sentryd" --check-config --config c.yaml
	[ ! -s err ] || bad "--check-config says something for: $1" err
}

# --- options ------------------------------------------------------------------------
expect 0 '' "$sentryd" --help
grep -q '^usage: sentryd' out || bad "--help" out
expect 0 '' "$sentryd" --version
grep -qE '^sentryd [0-9]+\.[0-9]+\.[0-9]+$' out || bad "--version" out
expect 2 "unrecognized option '--nonsense'" "$sentryd" --nonsense
expect 2 "requires an argument" "$sentryd" --config
expect 2 "'more'\? It takes options only" "$sentryd" more
expect 3 'No such file|cannot' "$sentryd" --config <(echo '{}') --netns "psrt-nowhere-$$"
if [ -w /dev/full ]; then
	"$sentryd" --help >/dev/full 2>err
	[ $? = 3 ] || bad "a full standard output" err
fi

# --- what is accepted ---------------------------------------------------------------
accepted ''
accepted '# nothing\n'
accepted '{}\n'
accepted '---\n...\n'
accepted 'interval: 100ms\nflows: {max: 1024}\nalerts: {anomalies: {}}\nsinks: []\n'
accepted '\xef\xbb\xbfinterval: 1s\r\n'
accepted 'sinks:\n  - {type: stdout, fields: [timestamp, rule], select: {kinds: event, rules: "a b"}}\n'
accepted 'sinks:\n  - {type: stdout}\n  - {type: stdout, name: other}\n'
echo 'interval: 2s' | expect 0 '' "$sentryd" --check-config --config /dev/null

# --- what is refused ----------------------------------------------------------------
refused "^c.yaml:1:1: error: unknown key 'sinkz'; did you mean 'sinks'\?$" 'sinkz: []\n'
refused "^c.yaml:3:5: error: unknown key 'kinds'$" 'sinks:\n  - type: stdout\n    kinds: event\n'
refused "^c.yaml:4:7: error: unknown key 'kids'; did you mean 'kinds'\?$" 'sinks:\n  - type: stdout\n    select:\n      kids: event\n'
refused "^c.yaml:4:5: error: unknown key 'passwrd-file'; did you mean 'password-file'\?$" 'sinks:\n  - type: influx\n    url: "http://127.0.0.1:1"\n    passwrd-file: x\n'
refused "^c.yaml:2:3: error: unknown key 'activ-timeout'; did you mean 'active-timeout'\?$" 'flows:\n  activ-timeout: 1s\n'
refused "^c.yaml:1:11: error: interval: a time such as .* is wanted, not 'soon'$" 'interval: soon\n'
refused "^c.yaml:1:11: error: interval: a time such as .* is wanted, not '10'$" 'interval: 10\n'
refused "^c.yaml:1:11: error: interval: 1ms is not in the range 100ms to 1h$" 'interval: 1ms\n'
refused "^c.yaml:1:11: error: interval: .*, not '99999999999999999999s'$" 'interval: 99999999999999999999s\n'
refused "not in the range" 'interval: 18446744073709551615d\n'
refused "^c.yaml:1:11: error: interval: a time" 'interval: [1s]\n'
refused "^c.yaml:1:11: error: interval: a time" 'interval: {a: b}\n'
refused "^c.yaml:1:10: error: interval: a time" 'interval:\n'
refused "^c.yaml:1:12: error: interval: .*, not '-1s'$" 'interval:  -1s\n'
refused "max: a whole number is wanted, not '1e5'" 'flows: {max: 1e5}\n'
refused "max: a whole number is wanted, not '0x10000'" 'flows: {max: 0x10000}\n'
refused "memory: a size such as 16MiB is wanted, not '16 apples'" 'sinks: [{type: stdout, queue: {memory: 16 apples}}]\n'
refused "memory: 1 is not in the range 1MiB to 1024GiB" 'sinks: [{type: stdout, queue: {memory: 1}}]\n'
refused "threshold: a number from 1 to 50 is wanted, not 'nan'" 'alerts: {anomalies: {threshold: nan}}\n'
refused "half-life: must not be less than the interval" 'alerts: {anomalies: {half-life: 1s, interval: 10s}}\n'
refused "rules: true or false is wanted" 'alerts: {anomalies: {rules: yes}}\n'
refused "^c.yaml:1:8: error: sinks: a list is wanted" 'sinks: {type: stdout}\n'
refused "^c.yaml:1:1: error: keys with values are wanted here$" '- type: stdout\n'
refused "^c.yaml:1:1: error: keys with values are wanted here$" 'just words\n'
refused "^c.yaml:2:5: error: 'type' is missing$" 'sinks:\n  - name: a\n'
refused "^c.yaml:2:11: error: type: 'fil' is none of: .*file, influx" 'sinks:\n  - type: fil\n'
refused "^c.yaml:4:5: error: name: there is a sink 'stdout' already$" 'sinks:\n  - type: stdout\n  -\n    type: stdout\n'
refused "name: letters, digits" 'sinks: [{type: stdout, name: ../../etc/passwd}]\n'
refused "name: letters, digits" 'sinks: [{type: stdout, name: .}]\n'
refused "verdicts: 'drop' is none of: allow, deny, reject" 'sinks: [{type: stdout, select: {verdicts: [deny, drop]}}]\n'
refused "kinds: 'evnt' is none of: event, flow" 'sinks: [{type: stdout, select: {kinds: [event, evnt]}}]\n'
refused "kinds: a sink of type ipfix cannot take 'rule'" 'sinks: [{type: ipfix, host: h, select: {kinds: [rule]}}]\n'
refused "rules: a text or a list of texts is wanted" 'sinks: [{type: stdout, select: {rules: [[a]]}}]\n'
refused "'path' is missing" 'sinks: [{type: file}]\n'
refused "path: a text is wanted" 'sinks: [{type: file, path: }]\n'
refused "schema: 'xml' is none of: native, ecs, ocsf" 'sinks: [{type: stdout, schema: xml}]\n'
refused "fields: only of the native schema" 'sinks: [{type: stdout, schema: ecs, fields: [a]}]\n'
refused "mode: an octal number" 'sinks: [{type: socket, path: s, mode: rw}]\n'
refused "path: too long for a socket" "sinks: [{type: socket, path: $(printf '%0200d' 0)}]\n"
refused "url: it must begin with http" 'sinks: [{type: loki, url: "ftp://h"}]\n'
refused "password and password-file: one of both" 'sinks: [{type: loki, password: a, password-file: /dev/null}]\n'
refused "cannot read /nowhere/secret" 'sinks: [{type: loki, token-file: /nowhere/secret}]\n'
refused "headers: names with values are wanted" 'sinks: [{type: loki, headers: [a]}]\n'
refused "connection: " 'sinks: [{type: postgres, connection: "host="}, {type: postgres, name: b, connection: "nonsense=1"}]\n'
refused "database is of InfluxDB 1" 'sinks: [{type: influx, database: a, bucket: b, organization: c}]\n'
refused "must be absolute" 'sinks: [{type: sqlite, path: history.db}]\n'
refused "'localhost:80' is not an address and a port" 'http: {listen: "localhost:80"}\n'
refused "is not an address and a port" 'http: {listen: "127.0.0.1:65536"}\n'
refused "there is no capability CAP_NONSENSE" 'keep-capabilities: [CAP_NET_RAW, CAP_NONSENSE]\n'
# What is no YAML, or none of ours.
refused "^c.yaml:2:2: error: " 'a: [1\nb: 2'
refused "^c.yaml:1:1: error: " '\tinterval: 1s\n'
refused "^c.yaml:2:18: error: aliases" 'interval: &a 1s\ntables-interval: *a\n'
refused "^c.yaml:1:4: error: aliases" 'a: *nothing\n'
refused "^c.yaml:2:1: error: this key was there already$" 'interval: 1s\ninterval: 2s\n'
refused "^c.yaml:3:1: error: a second document$" '---\n{}\n---\n{}\n'
refused "^c.yaml:1:3: error: a key must be a word$" '? [a, b]\n: 1\n'
refused "^c.yaml:1:11: error: a NUL character" 'interval: "\\0"\n'
refused "^c.yaml: error: .*at byte 11$" 'interval: \xff\n'
refused "^c.yaml: error: .*at byte 3$" '"a\0": 1\n'
refused "^c.yaml:1:1: error: found incompatible YAML" '%YAML 9.9\n---\na: 1\n'
# Each of several errors is said.
refused "c.yaml:1:11: error: interval" 'interval: x\ntables-interval: y\nsinks: [{type: z}, 5, {type: stdout, q: 1}]\n'
for place in 2:18 3:16 3:20 3:38; do
	grep -q "^c.yaml:$place: error: " err || bad "several errors: nothing about $place" err
done
[ "$(wc -l <err)" = 5 ] || bad "several errors are five lines" err

expect 2 '^/nowhere/c.yaml: error: cannot open it: No such file' "$sentryd" --check-config --config /nowhere/c.yaml
expect 2 '^.: error: it is a directory$' "$sentryd" --config .
head -c 20000 /dev/urandom >random
expect 2 '^random' "$sentryd" --config random
expect 2 '^/bin/true:.* error: ' "$sentryd" --config "/bin/true"
# Much of anything, in seconds.
head -c 10000000 /dev/zero | tr '\0' '[' >big
expect 2 'big:1:17: error: nested too deep' "$sentryd" --config big
{ yes '{a: ' | head -n 100000 | tr -d '\n'; } >big
expect 2 'nested too deep' "$sentryd" --config big
{ echo -n 'interval: '; head -c 10000000 /dev/zero | tr '\0' '1'; } >big
expect 2 'big:1:11: error: interval' "$sentryd" --config big
seq -f 'key%.0f: 1' 1 700000 >big
expect 2 'big:1001:1: error: too many keys' "$sentryd" --config big
{ echo 'keep-capabilities:'; yes -- '- CAP_BPF' | head -n 1000000; } >big
expect 0 '' "$sentryd" --check-config --config big
{ echo 'sinks:'; yes -- '- type: stdout' | head -n 3000; } >big
expect 2 "sink 'stdout' already" "$sentryd" --check-config --config big
rm big random

# --- at work, without a policy ---------------------------------------------------------
# sentryd with c.yaml; `pid`.
start() {
	"$sentryd" --config c.yaml >log.out 2>log &
	pid=$!
}
# stop CODE SECONDS: SIGTERM, and the end within so many.
stop() {
	local code begin=$SECONDS
	count=$((count + 1))
	kill -TERM "$pid" 2>/dev/null
	(sleep 40; kill -KILL "$pid") 2>/dev/null &
	local guard=$!
	wait "$pid"
	code=$?
	kill "$guard" 2>/dev/null
	[ "$code" = "$1" ] || bad "${FUNCNAME[1]} line ${BASH_LINENO[0]}: ended with $code, not $1" log
	[ $((SECONDS - begin)) -le "$2" ] || bad "line ${BASH_LINENO[0]}: it took $((SECONDS - begin)) s to end" log
	! grep -Eq 'Sanitizer|runtime error' log || bad "line ${BASH_LINENO[0]}: sanitizer report" log
}
# until_true SECONDS COMMAND…
until_true() {
	local tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}
answers() {
	curl -sf --max-time 2 "http://127.0.0.1:$port/healthz" | grep -qx alive
}
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# configure TEXT…: what all have, and this.
configure() {
	port=$(free_port)
	printf '%b' "bpffs: $tmp/bpf\nstate-directory: $tmp/state\nrun-directory: $tmp/run\nhttp: {listen: \"127.0.0.1:$port\"}\n" "$@" >c.yaml
}
mkdir bpf

configure 'sinks: [{type: file, path: lines.json}]\n'
start
until_true 10 answers || bad "it does not answer" log
curl -s "http://127.0.0.1:$port/metrics" | grep -q '^packet_sentry_' || bad "/metrics says nothing" log
curl -s "http://127.0.0.1:$port/readyz" | grep -q 'no policy is in force' || bad "/readyz" log
[ "$(grep NoNewPrivs /proc/$pid/status | cut -f2)" = 1 ] || bad "privileges can be had again" "/proc/$pid/status"
[ "$(cat log)" = "sentryd: no policy is in force; one that comes is watched" ] || bad "without a policy that alone is said" log
# Another one in the same place.
cp c.yaml other.yaml
sed -i "s/:$port/:$(free_port)/" other.yaml
expect 3 'run-directory' "$sentryd" --config other.yaml
answers || bad "another one has ended it" log
# And one at the same port.
cp c.yaml other.yaml
sed -i "s/run$/run2/" other.yaml
expect 3 "cannot listen on 127.0.0.1:$port: Address already in use" "$sentryd" --config other.yaml

# Read again: wrong, changed, gone, good.
printf 'sinkz: []\n' >>c.yaml
kill -HUP "$pid"
until_true 5 grep -q 'stays in force' log || bad "SIGHUP with a wrong configuration" log
grep -q "unknown key 'sinkz'" log || bad "SIGHUP does not say what is wrong" log
answers || bad "it ends with a wrong configuration" log
mv c.yaml away.yaml
kill -HUP "$pid"
until_true 5 grep -q 'cannot open it' log || bad "SIGHUP without a configuration" log
old=$port
configure 'sinks: [{type: file, path: lines.json}, {type: stdout}]\ninterval: 200ms\nflows: {max: 2048}\n'
kill -HUP "$pid"
until_true 5 grep -q 'read again: 2 sinks' log || bad "SIGHUP with a good configuration" log
until_true 5 answers || bad "the new port does not answer" log
[ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 2 "http://127.0.0.1:$old/healthz")" = 000 ] || bad "the old port answers" log
grep -q 'flows change when sentryd is started again' log || bad "what does not change is not said" log
curl -s "http://127.0.0.1:$port/metrics" | grep -E '^packet_sentry_.*reload' >metrics || bad "reloads are not counted" log
# An address that another one has: the one before goes on, and the new one is tried again.
cat >occupy.py <<'END'
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
time.sleep(60)
END
python3 occupy.py >taken.port &
occupant=$!
until_true 5 test -s taken.port
old=$port taken=$(cat taken.port)
failures() { curl -s "http://127.0.0.1:$port/metrics" | sed -n 's/^packet_sentry_reload_failures_total //p'; }
before=$(failures)
sed -i "s/:$old\"/:$taken\"/" c.yaml
kill -HUP "$pid"
until_true 5 grep -q "cannot listen on 127.0.0.1:$taken: Address already in use; the address before is kept" log ||
	bad "SIGHUP with a port that is taken" log
until_true 5 answers || bad "with a port that is taken, the one before is gone" log
[ "$(failures)" = $((before + 1)) ] || bad "that is not counted" log
kill "$occupant"
wait "$occupant" 2>/dev/null
kill -HUP "$pid"
port=$taken
until_true 5 answers || bad "a port that became free is not tried again" log
# We do not stand in our own way.
sed -i "s/127.0.0.1:$port/0.0.0.0:$port/" c.yaml
kill -HUP "$pid"
until_true 5 curl -sf --max-time 2 "http://127.0.0.2:$port/healthz" || bad "another address with the same port" log
# How long a connection may stand still, at the same address.
sed -i 's/^http: {/&timeout: 300ms, /' c.yaml
kill -HUP "$pid"
until_true 5 answers || bad "another time-out" log
timeout 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; printf 'GET /healthz' >&3; cat <&3" ||
	bad "another time-out is not taken" log
# Many, at once.
for _ in $(seq 200); do
	kill -HUP "$pid"
done
until_true 10 answers || bad "it does not answer after 200 SIGHUP" log
stop 0 5

start
until_true 10 answers || bad "it does not start again" log
kill -INT "$pid"
stop 0 5

# By standard input, which cannot be read again.
configure 'sinks: [{type: file, path: lines.json}]\n'
"$sentryd" --config - <c.yaml >log.out 2>log &
pid=$!
until_true 10 answers || bad "with a configuration from standard input" log
kill -HUP "$pid"
until_true 5 grep -q 'came by standard input; the one before stays in force' log || bad "SIGHUP without a file" log
answers || bad "it ends without a file" log
stop 0 5

# Directories that are none.
touch file
configure 'sinks: [{type: file, path: file/lines.json}]\n'
sed -i "s|$tmp/run|$tmp/file/run|; s|$tmp/state|$tmp/file/state|" c.yaml
start
until_true 10 answers || bad "it does not start without directories" log
until_true 10 grep -q 'nothing can wait on disk: .*file/state/spill/file: Not a directory' log || bad "no state directory" log
grep -q 'file/run: Not a directory; after a restart' log || bad "no run directory" log
stop 0 5
if [ "$(id -u)" = 0 ]; then
	# As somebody who may nothing.
	chmod 711 "$tmp"
	mkdir shut && chmod 700 shut
	configure 'sinks: [{type: sqlite, path: '"$tmp/shut/history.db"'}]\n'
	sed -i "s|$tmp/run|$tmp/shut/run|; s|$tmp/state|$tmp/shut/state|" c.yaml
	chmod 644 c.yaml
	cp "$sentryd" sentryd-copy && chmod 755 sentryd-copy
	setpriv --reuid 65534 --regid 65534 --clear-groups ./sentryd-copy --config c.yaml >log.out 2>log &
	pid=$!
	until_true 10 answers || bad "it does not run without privileges" log
	until_true 10 grep -q 'shut/run: Permission denied' log || bad "a run directory that may not be" log
	stop 0 5
	# Who may not look for a policy does not say that there is none.
	mkdir shut/bpf
	sed -i "s|$tmp/bpf|$tmp/shut/bpf|" c.yaml
	expect 3 'cannot look into .*/shut/bpf/net-[0-9]*: Permission denied' \
		setpriv --reuid 65534 --regid 65534 --clear-groups ./sentryd-copy --config c.yaml
fi
expect 2 "bpffs /x/x" "$sentryd" --config <(printf 'bpffs: %s\n' "$(printf '/x%.0s' $(seq 3000))")

# --- servers that hang -----------------------------------------------------------------
# They take connections and say nothing. What waits was left by another process, on disk.
driver=$build/tests/sinks/driver
if [ -x "$driver" ]; then
	cat >hang.py <<'END'
import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
print(s.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(s.accept()[0])
END
	python3 hang.py >hang.port &
	until_true 5 test -s hang.port
	hang=$(cat hang.port)
	sinks=
	for sink in "loki url:http://127.0.0.1:$hang" "clickhouse url:http://127.0.0.1:$hang" "influx url:http://127.0.0.1:$hang" \
		"otlp url:http://127.0.0.1:$hang" "postgres connection:host=127.0.0.1\x20port=$hang\x20user=x\x20dbname=y" \
		"ipfix host:127.0.0.1" "file path:/dev/null/file" "sqlite path:/dev/null/history.db"; do
		key=${sink#* }
		sinks+="  - {type: ${sink%% *}, ${key%%:*}: \"${key#*:}\"$([ "${sink%% *}" != ipfix ] || echo ", transport: tcp, port: $hang")}\n"
	done
	closed=$(free_port)
	printf '%b' "sinks:\n$sinks" | sed "s/$hang/$closed/g" >driver.yaml
	timeout 60 "$driver" driver.yaml --items 2000 --wait 0 --state state >driver.json 2>driver.err
	left=$(find state/spill -name '*.spill' | wc -l)
	[ "$left" = 8 ] || bad "of eight sinks, $left have something left on disk" driver.err
	configure "sinks:\n$sinks"
	start
	until_true 10 answers || bad "it does not start" log
	sleep 2
	for sink in clickhouse file influx loki otlp postgres sqlite; do
		curl -s "http://127.0.0.1:$port/metrics" >metrics
		grep -E "^packet_sentry_sink_.*sink=\"$sink\"" metrics | grep -qE ' [1-9]' || bad "metrics of $sink" metrics
	done
	answers || bad "the loop hangs, too" log
	# A reload takes them out one by one, and puts them in again.
	sed -i 's/type: loki,/type: loki, compress: true,/' c.yaml
	kill -HUP "$pid"
	until_true 5 grep -q 'read again: 8 sinks' log || bad "reload while sinks hang" log
	answers || bad "the loop waits for the sink that was changed" log
	stop 0 12
	# IPFIX has no acknowledgement but that of the collector's kernel, which takes everything here.
	left=$(find state/spill -name '*.spill' ! -path '*/ipfix/*' | wc -l)
	[ "$left" = 7 ] || bad "what waited is not there any more" log

	# And all that was left arrives when somebody takes it.
	configure "sinks: [{name: loki, type: file, path: lines.json, batch: {delay: 0ms}}]\n"
	rm -f lines.json
	start
	until_true 20 test ! -e "$(find state/spill/loki -name '*.spill' | head -n 1)"
	stop 0 5
	"$driver" --expect --items 2000 >expect.json
	python3 - <<'END' || bad "what was left did not arrive"
import json, sys
want = json.load(open("expect.json"))
lines = [json.loads(line) for line in open("lines.json")]
wanted = sum(want[kind]["items"] for kind in ("event", "flow", "alert", "lost"))
unique = {line["community_id"] + line["timestamp"] if "community_id" in line else json.dumps(line) for line in lines}
print("# left on disk while a server hung, and written later:", len(lines), "items")
sys.exit(0 if len(lines) == wanted and len(unique) > wanted * 0.9 else f"{len(lines)} lines, {len(unique)} different, not {wanted}")
END
else
	echo "tests/sinks/driver is not built: servers that hang were left out"
	[ "$failed" = 0 ] && exit 77
fi
echo "# $count runs"
exit $failed
