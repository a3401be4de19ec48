#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc without what it needs: each request for memory fails, alone and with all after it; each call that writes;
# descriptors run out; nobody reads the results; signals come at any moment. Either it does what it would have done, to
# the byte, or it exits with 3 and a message, and has changed nothing and left nothing behind. Of each command line
# TORTURE_TRIES places are tried, spread over all there are; TORTURE_TRIES=all tries every one. TORTURE="calls signals"
# does these parts alone.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
sentryc=$(realpath "${BUILD:-build}/sentryc")
if nm "$sentryc" 2>/dev/null | grep -q __asan_init; then
	echo "a sanitized build: it has an allocator of its own"
	exit 77
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -fno-builtin -shared -fPIC -o "$tmp/failing.so" "$here/torture/failing.c" || exit 1
tries=${TORTURE_TRIES:-10}
failed=0
runs=0 same=0
not_ok() { echo "not ok: $*"; failed=1; }

mkdir "$tmp/work" "$tmp/ref" "$tmp/TMP" "$tmp/cache"
cd "$tmp/work" || exit 1
export TMPDIR=$tmp/TMP

cat > edge.sp <<'EOF'
policy edge {
    interface up = "eth0";
    net mgmt = file "mgmt.txt";
    set abusers : addr max 8 timeout 1m;
    ingress on up {
        rule abusers deny from @abusers;
        rule pings rate-limit 5/s per src icmp echo-request add src to @abusers for 1m;
        rule ssh allow tcp from mgmt to any port 22 state new log;
        rule web allow tcp to any port { 80, 443 };
        rule late allow tcp to any port 8443;
        default deny;
    }
    assert closed deny in ingress tcp from not mgmt to any port 22;
    test "ssh" in ingress {
        packet tcp 10.0.0.1:5 > 192.0.2.1:22 syn expect allow by ssh;
        packet udp 10.0.0.1:5 > 192.0.2.1:53 expect deny by default;
    }
}
EOF
printf '10.0.0.0/8\n2001:db8::/32\n' > mgmt.txt
sed 's/443 }/444 }/; /rule late/d' edge.sp > new.sp
sed 's/rule web allow/rule web   allow/' edge.sp > loose.sp
"$sentryc" check edge.sp > "$tmp/why" 2>&1 || { cat "$tmp/why"; exit 1; }
capture=$(find "$here/packets/captures" -name '*.pcap' -size -8k | sort | head -n 1)

# clang is not what is tried here, and slow: what it builds is built once.
cat > "$tmp/clang" <<EOF
#!/bin/sh
case \$1 in --version) exec clang --version ;; esac
key=\$(cat *.bpf.c | cksum | tr ' ' -)
[ -e "$tmp/cache/\$key" ] || { clang "\$@" && cp policy.o "$tmp/cache/\$key"; } || exit
sleep "\${SLOW:-0}"
exec cp "$tmp/cache/\$key" policy.o
EOF
chmod +x "$tmp/clang"
have_clang=0
if command -v clang > /dev/null; then
	have_clang=1
	export PACKET_SENTRY_CLANG=$tmp/clang
	"$sentryc" compile edge.sp -o edge.o 2> "$tmp/why" || { cat "$tmp/why"; exit 1; }
	cp edge.o old.o
	"$sentryc" sign --generate=k > "$tmp/why" 2>&1 && "$sentryc" sign --key=k.key -o signed.o old.o || { cat "$tmp/why"; exit 1; }
fi

# What the directory holds, with what is in the files.
state() { find . -type f ! -name '*.count' -exec cksum {} + | sort; }

# Afterwards: is all as it was, or as it would be? The reference is in $tmp/ref: out, code, state before and after.
judge() { # WHAT CODE
	local what=$1 code=$2 now
	runs=$((runs + 1))
	now=$(state)
	if [ -n "$(ls -A "$TMPDIR")" ]; then
		not_ok "$what: left behind $(ls -A "$TMPDIR")"
		rm -rf "${TMPDIR:?}"/*
	fi
	if [ "$code" = "$(cat "$tmp/ref/code")" ] && [ "$now" = "$after" ] && cmp -s "$tmp/out" "$tmp/ref/out"; then
		same=$((same + 1))
	elif [ "$code" = 127 ] && grep -qE 'error while loading shared libraries|cannot allocate memory for thread-local' "$tmp/err"
	then
		: # the dynamic loader's words, and its exit code
	elif [ "$code" != 3 ]; then
		not_ok "$what: exit $code"
		tail -n 5 "$tmp/err" | sed 's/^/  | /'
	elif [ "$now" != "$before" ]; then
		not_ok "$what: exit 3, and yet something changed:"
		diff <(echo "$before") <(echo "$now")
	elif ! grep -qE '^sentryc: |memory|rror' "$tmp/err"; then
		not_ok "$what: no message"
	elif [ -s "$tmp/out" ] && ! python3 -m json.tool "$tmp/out" > /dev/null 2>&1; then
		not_ok "$what: half a result"
		tail -n 3 "$tmp/out" | sed 's/^/  | /'
	fi
	[ "$now" = "$before" ] || restore
}
restore() { rm -rf "$tmp/work"/*; cp -p "$tmp/saved"/* "$tmp/work"; }

# The reference for a command line; stdin is the first argument.
reference() { # STDIN ARGUMENTS…
	local input=$1
	shift
	rm -rf "$tmp/saved"
	cp -rp "$tmp/work" "$tmp/saved"
	before=$(state)
	"$sentryc" "$@" < "$input" > "$tmp/ref/out" 2> "$tmp/ref/err"
	echo $? > "$tmp/ref/code"
	after=$(state)
	[ "$before" = "$after" ] || restore
}

# How often CALL is made by a command line.
count() { # CALL STDIN ARGUMENTS…
	local call=$1 input=$2
	shift 2
	LD_PRELOAD=$tmp/failing.so FAIL_CALL=$call FAIL_AT=0 FAIL_COUNT=$tmp/count "$sentryc" "$@" < "$input" > /dev/null 2>&1
	restore
	cat "$tmp/count"
}

# CALL fails at places spread over all at which the command line makes it, alone (mode 0) or with all that follow (1).
each() { # CALL ERRNO MODES TRIES STDIN ARGUMENTS…
	local call=$1 error=$2 modes=$3 tries=$4 input=$5 n total mode step=1
	shift 5
	reference "$input" "$@"
	total=$(count "$call" "$input" "$@")
	[ "$total" -gt 0 ] || { not_ok "$*: makes no $call"; return; }
	[ "$tries" = all ] || step=$(((total + tries - 1) / tries))
	for mode in $modes; do
		for ((n = 1 + RANDOM % step; n <= total; n += step)); do
			LD_PRELOAD=$tmp/failing.so FAIL_CALL=$call FAIL_AT=$n FAIL_ON=$mode FAIL_ERRNO=$error \
				"$sentryc" "$@" < "$input" > "$tmp/out" 2> "$tmp/err"
			judge "sentryc $*: $call $n of $total fails (mode $mode, error $error)" $?
		done
	done
}

report() { echo "# $1: $runs runs, of which $same did as without it"; runs=0 same=0; }

memory() {
	local many=$tries
	# A library has few requests among the many of a compile.
	[ "$tries" = all ] || many=$((tries * 6))
	export FAIL_NOT_FROM=libclang:libLLVM:libstdc++
	each memory 12 '0 1' "$tries" /dev/null check edge.sp
	each memory 12 '0 1' "$tries" /dev/null check edge.sp -o json
	each memory 12 '0 1' "$tries" /dev/null check edge.sp -o sarif
	each memory 12 '0 1' "$tries" loose.sp fmt -
	each memory 12 '0 1' "$tries" /dev/null fmt loose.sp
	each memory 12 '0 1' "$tries" /dev/null test edge.sp --coverage
	each memory 12 '0 1' "$tries" /dev/null test edge.sp -o json
	each memory 12 '0 1' "$tries" /dev/null diff edge.sp new.sp
	each memory 12 '0 1' "$tries" /dev/null diff edge.sp new.sp -o json
	each memory 12 '0 1' "$tries" /dev/null query edge.sp 'allow tcp'
	each memory 12 '0 1' "$tries" /dev/null explain edge.sp "$packet"
	each memory 12 '0 1' "$tries" /dev/null verify --engine=model edge.sp
	each memory 12 '0 1' "$tries" /dev/null replay edge.sp "$capture" --per-packet -o json
	if [ $have_clang = 1 ]; then
		each memory 12 '0 1' "$tries" /dev/null inspect old.o -o json
		each memory 12 '0 1' all /dev/null sign --key=k.key -o edge.o old.o
		each memory 12 '0 1' all /dev/null verify --key=k.pub signed.o
		each memory 12 '0 1' "$many" /dev/null compile edge.sp -o edge.o
		each memory 12 0 "$tries" /dev/null test edge.sp --engine native
		# And whoever asks: libclang breaks down, which must not look any different.
		export FAIL_NOT_FROM=
		each memory 12 '0 1' "$tries" /dev/null compile edge.sp -o edge.o
	fi
	unset FAIL_NOT_FROM
	report 'requests for memory that fail'
}

calls() {
	local call error EMFILE=24 ENOSPC=28 EIO=5

	for call in open write fsync fchmod rename close; do
		case $call in
		open) error=$EMFILE ;;
		write) error=$ENOSPC ;;
		*) error=$EIO ;;
		esac
		[ $have_clang = 0 ] || each $call $error 0 "$tries" /dev/null compile edge.sp -o edge.o
		case $call in
		open | close) each $call $error 0 all /dev/null check edge.sp ;;
		*) each $call $error 0 all /dev/null fmt loose.sp ;;
		esac
	done
	report 'calls that fail'
}

descriptors() {
	local n

	reference /dev/null check edge.sp
	for n in 0 1 2 3 4 5 6; do
		(ulimit -n $n; exec "$sentryc" check edge.sp) < /dev/null > "$tmp/out" 2> "$tmp/err"
		judge "check with $n descriptors" $?
	done
	if [ $have_clang = 1 ]; then
		reference /dev/null compile edge.sp -o edge.o
		for n in 3 4 5 6 7 8 9 10; do
			(ulimit -n $n; exec "$sentryc" compile edge.sp -o edge.o) < /dev/null > "$tmp/out" 2> "$tmp/err"
			judge "compile with $n descriptors" $?
		done
	fi
	report 'too few descriptors'
}

# Nobody takes the results.
unread() { # ARGUMENTS…
	local to code

	for to in full closed gone; do
		case $to in
		full) "$sentryc" "$@" < loose.sp > /dev/full 2> "$tmp/err"; code=$? ;;
		closed) "$sentryc" "$@" < loose.sp >&- 2> "$tmp/err"; code=$? ;;
		gone)
			# The reader is gone before anything is written.
			mkfifo "$tmp/fifo"
			# It opens the end to read from, and that is all that is wanted of it.
			# shellcheck disable=SC2217
			sleep 0.01 < "$tmp/fifo" &
			{ wait $!; "$sentryc" "$@" < loose.sp 2> "$tmp/err"; } > "$tmp/fifo"
			code=$?
			rm "$tmp/fifo"
			;;
		esac
		runs=$((runs + 1))
		[ "$code" = 3 ] || not_ok "sentryc $*, standard output $to: exit $code"
		grep -q '^sentryc: ' "$tmp/err" || not_ok "sentryc $*, standard output $to: no message"
	done
}
results() {
	unread check edge.sp
	unread check edge.sp -o json
	unread test edge.sp
	unread diff edge.sp new.sp
	unread query edge.sp 'allow tcp'
	unread explain edge.sp "$packet"
	unread replay edge.sp "$capture"
	unread replay edge.sp "$capture" --per-packet -o json
	unread fmt -
	unread --help
	unread check --help
	unread --version
	[ $have_clang = 0 ] || unread inspect old.o
	[ $have_clang = 0 ] || unread compile edge.sp -o -
	report 'standard output that takes nothing'
}

signals() {
	local round signal pid code whole left names=(INT TERM HUP PIPE QUIT)

	[ $have_clang = 1 ] || { echo "# no signals: without clang nothing is compiled"; return; }
	echo 'policy small { interface up = "eth0"; ingress on up { rule r allow tcp port 22; default deny; } }' > small.sp
	"$sentryc" compile small.sp -o small.o 2> "$tmp/why" || { not_ok 'compile'; cat "$tmp/why"; return; }
	for ((round = 0; round < ${TORTURE_SIGNALS:-30}; round++)); do
		signal=${names[round % 5]}
		cp old.o edge.o
		# A shell has its background jobs ignore SIGINT and SIGQUIT: env gives them back.
		SLOW=0.0$((round % 3)) env --default-signal "$sentryc" compile small.sp -o edge.o > "$tmp/out" 2> "$tmp/err" &
		pid=$!
		sleep "0.$(printf %03d $((RANDOM % 200)))"
		kill -"$signal" $pid 2> /dev/null
		wait $pid 2> /dev/null
		code=$?
		runs=$((runs + 1))
		whole=neither
		cmp -s edge.o small.o && whole=new
		cmp -s edge.o old.o && whole=old
		[ $whole != neither ] || not_ok "after SIG$signal the object is neither the old nor the new one"
		case $code in
		0) same=$((same + 1)); [ $whole = new ] || not_ok "exit 0 after SIG$signal, and the object is the old one" ;;
		$((128 + $(kill -l "$signal")))) ;;
		*) not_ok "exit $code after SIG$signal"; sed 's/^/  | /' "$tmp/err" ;;
		esac
		left=$(ls -A "$TMPDIR"; find . -name 'edge.o.*')
		[ -z "$left" ] || { not_ok "SIG$signal left behind: $left"; rm -rf "${TMPDIR:?}"/* edge.o.*; }
	done
	report 'signals'
}

RANDOM=${TORTURE_SEED:-1}
packet='tcp 10.0.0.1:5 > 192.0.2.1:22 syn'
for part in ${TORTURE:-memory calls descriptors results signals}; do
	$part
done
exit $failed
