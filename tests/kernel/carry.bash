# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For tests of what goes on over a change of policy, after common.bash and wire.bash.

applier=("$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near")
carry=(env PYTHONDONTWRITEBYTECODE=1 python3 "$here/carry.py")

# compiled NAME: the policy on standard input becomes NAME.o.
compiled() {
	cat >"$tmp/$1.sp"
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}

# applied WORD…: an apply that has to work; what it said is in $tmp/applied.
applied() {
	apply "$@" >"$tmp/applied" 2>&1 && return
	not_ok "apply $*"
	sed 's/^/  | /' "$tmp/applied"
}

# said_before NAME PATTERN OBJECT…: something is lost, and that is said by a dry run, and by an apply before it is so.
said_before() {
	local name=$1 pattern=$2 before during
	shift 2
	before=$(apply --status -o json | json 'd["generation"]')
	expect "$name: said by a dry run" 0 "$pattern" apply --dry-run "$@"
	"${carry[@]}" stalled "${applier[@]}" --status -o json -- "${applier[@]}" "$@" >"$tmp/stalled"
	read -r during _ <"$tmp/stalled"
	check "$name: and by an apply" grep -Eq -- "$pattern" "$tmp/stalled"
	same "$name: before it is so" "$before" "$during"
}

# now_ready FILE: waits until whoever writes it says so.
now_ready() {
	for _ in $(seq 100); do
		grep -q ready "$1" && return
		sleep 0.05
	done
	not_ok "$1 is not ready: $(cat "$1")"
}
