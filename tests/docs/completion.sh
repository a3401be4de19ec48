#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The completion files know the options that `--help` tells of, and no others.
set -u
build=${BUILD:-build}
failed=0 count=0
here=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=../../deploy/completion/sentry.bash
source "$here/deploy/completion/sentry.bash" || exit 1

bad() { echo "not ok: $*"; failed=1; }

# What bash offers after these words, for the beginning that the last one is.
offered() { # FUNCTION WORD...
	local function=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	"$function"
	printf '%s\n' "${COMPREPLY[@]}"
}

options_of() { grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' | sed 's/^[^-]//' | sort -u; }

# The part of the zsh file about one program, or about one verb of it with what all verbs share.
zsh_part() { # PROGRAM [VERB]
	sed -n "/^_$1() {/,/^}/p" "$here/deploy/completion/_sentry" |
		if [ -n "${2-}" ]; then
			sed -n "/^\t$2)/,/;;/p; /common=(/,/^\t)/p"
		else
			cat
		fi
}

# compare WHAT HELP BASH ZSH: options, one a line.
compare() {
	local option
	for option in $2; do
		count=$((count + 1))
		grep -qx -- "$option" <<<"$3" || bad "bash does not complete '$1 $option'"
		grep -qx -- "$option" <<<"$4" || bad "zsh does not complete '$1 $option'"
	done
	for option in $3 $4; do
		grep -qx -- "$option" <<<"$2" || bad "completion has '$1 $option', --help has not"
	done
}

# The verbs: the words that begin a line of the overview.
verbs() { "$build/$1" --help | sed -nE 's/^  ([a-z]+)( .*)?$/\1/p'; }

for program in sentryc sentryctl; do
	for verb in $(verbs $program); do
		count=$((count + 1))
		offered "_$program" "$program" '' | grep -qx -- "$verb" || bad "bash does not complete '$program $verb'"
		zsh_part $program | grep -q "^		'$verb:" || bad "zsh does not complete '$program $verb'"
	done
done

for verb in $(verbs sentryc); do
	compare "sentryc $verb" "$("$build/sentryc" "$verb" --help | options_of)" \
		"$(offered _sentryc sentryc "$verb" --)" "$(zsh_part sentryc "$verb" | options_of)"
done
compare sentry-apply "$("$build/sentry-apply" --help | options_of)" \
	"$(offered _sentry_apply sentry-apply --)" "$(zsh_part sentry-apply | options_of)"
compare sentryd "$("$build/sentryd" --help | options_of)" \
	"$(offered _sentryd sentryd --)" "$(zsh_part sentryd | options_of)"
# One help for all its verbs.
compare sentryctl "$("$build/sentryctl" --help | options_of)" \
	"$(for verb in $(verbs sentryctl); do offered _sentryctl sentryctl "$verb" --; done)" \
	"$(zsh_part sentryctl | options_of)"

# Values, files and the words around '='.
expect() { # WANTED FUNCTION WORD...
	local wanted=$1 got
	shift
	got=$(offered "$@" | sort | paste -sd' ')
	[ "$got" = "$wanted" ] || bad "'${*:2}' completes to '$got', not '$wanted'"
}
cd "$(mktemp -d)" || exit 1
touch a.sp b.bpf.o c.pcap d.txt e.yaml
mkdir dir
expect 'kernel model native' _sentryc sentryc test --engine ''
expect 'native' _sentryc sentryc test --engine = na
expect 'bpfeb bpfel' _sentryc sentryc compile --target =
expect 'json junit tap text' _sentryc sentryc test -o ''
expect 'a.sp dir' _sentryc sentryc check ''
expect 'a.sp b.bpf.o c.pcap dir' _sentryc sentryc replay ''
expect 'b.bpf.o dir' _sentryc sentryc inspect ''
expect 'a.sp b.bpf.o dir' _sentryc sentryc diff ''
expect 'dir' _sentry_apply sentry-apply --bpffs ''
expect 'dir' _sentry_apply sentry-apply --state-dir ''
expect '10m 5m 60s' _sentry_apply sentry-apply --confirm ''
# What is in force is nothing to go back to, whatever a message says.
sentry-apply() {
	[ "$*" = --history ] && printf '%6d  2026-01-30T10:00:00Z  %-8s  ada           edge (00aa11bb22cc)  %s\n' \
		12 'in force' 'as if ready' 11 ready 'in force again' 3 'on disk' ''
}
expect '11 3' _sentry_apply sentry-apply --rollback ''
expect '--netns' _sentry_apply sentry-apply --rollback --ne
unset -f sentry-apply
expect 'lo' _sentry_apply sentry-apply --bind uplink = lo
expect 'lo' _sentry_apply sentry-apply --bind = uplink = lo
expect 'auto clsact tcx' _sentry_apply sentry-apply --tc ''
expect 'tcx' _sentry_apply sentry-apply --tc = t
expect 'a.sp b.bpf.o dir' _sentry_apply sentry-apply ''
expect 'deny' _sentryctl sentryctl events --verdict d
expect 'allow deny reject' _sentryctl sentryctl events --verdict =
expect 'deny' _sentryctl sentryctl events --verdict = d
expect '--interface' _sentryctl sentryctl events --int
expect '' _sentryctl sentryctl rules --int
expect 'dir e.yaml' _sentryd sentryd --config ''
expect 'e.yaml' _sentryd sentryd --config = e
rm -r a.sp b.bpf.o c.pcap d.txt e.yaml dir
rmdir "$PWD"

echo "# $count words"
[ "$count" -gt 40 ] || bad "only $count words: has --help another form?"
exit $failed
