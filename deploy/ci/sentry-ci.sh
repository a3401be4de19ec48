#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What every CI does with a repository of policies: layout, proofs, tests, the objects, and what a change does to the
# traffic.
#
#	sentry-ci.sh [--format text|github|gitlab] [--reports DIR] [--base COMMIT] [FILE.sp…]
#
# Without files: all policies that git knows, which are the *.sp files with a `policy` statement; the others are there
# to be included. --reports writes check.sarif, check-junit.xml, test-junit.xml and, with --base, diff.md into DIR.
# Exit code: 0 good, 1 a policy is at fault, 2 wrong usage, 3 the environment is at fault.
set -u
sentryc=${SENTRYC:-sentryc}
format=text reports='' base=''

usage() {
	sed -n 's/^#\t/usage: /p' "$0" >&2
	exit 2
}
while [ $# -gt 0 ]; do
	case $1 in
	--format | --reports | --base)
		[ $# -gt 1 ] || usage
		printf -v "${1#--}" %s "$2"
		shift 2
		;;
	--) shift; break ;;
	-*) usage ;;
	*) break ;;
	esac
done
case $format in text | github | gitlab) ;; *) usage ;; esac
command -v "$sentryc" >/dev/null || { echo "sentry-ci: there is no $sentryc" >&2; exit 3; }

is_policy() { sed 's/#.*//' < "$1" | grep -Eq '(^|[;[:space:]])policy[[:space:]]'; }

files=() texts=()
if [ $# -gt 0 ]; then
	candidates=("$@")
else
	mapfile -d '' candidates < <(git ls-files -z -- '*.sp')
fi
for file in "${candidates[@]}"; do
	# One that was deleted is still in git's list.
	[ -e "$file" ] || continue
	# Not to be taken for an option.
	case $file in -*) file=./$file ;; esac
	texts+=("$file")
	if is_policy "$file"; then
		files+=("$file")
	fi
done
if [ ${#files[@]} = 0 ] && [ $# = 0 ] && [ -z "$base" ]; then
	echo "sentry-ci: no policy found" >&2
	exit 3
fi

worst=0
# step COMMAND…: goes on whatever it says, so that one run shows all that is wrong.
step() {
	local code
	"$@"
	code=$?
	[ "$code" -le "$worst" ] || worst=$code
}

[ -z "$reports" ] || mkdir -p "$reports" || exit 3

[ ${#texts[@]} = 0 ] || step "$sentryc" fmt --check "${texts[@]}"
# Where all files are only to be included, or are gone, the layout is all there is to judge.
if [ ${#files[@]} -gt 0 ]; then
	case $format in
	github) step "$sentryc" check --deny-warnings -o github "${files[@]}" ;;
	*) step "$sentryc" check --deny-warnings "${files[@]}" ;;
	esac
	step "$sentryc" test --fail-on-empty "${files[@]}"
	# Whether the kernel takes it is known of what is built: limits of the verifier are the compiler's last check.
	built=$(mktemp -d) || exit 3
	if command -v clang >/dev/null; then
		for file in "${files[@]}"; do
			step "$sentryc" compile "$file" -o "$built/policy.bpf.o"
		done
	else
		echo "sentry-ci: there is no clang here: no policy was compiled" >&2
	fi
	rm -rf "$built"

	# The same again for those who read reports; what it comes to is known by now.
	if [ -n "$reports" ]; then
		"$sentryc" check --deny-warnings -o sarif "${files[@]}" > "$reports/check.sarif"
		"$sentryc" check --deny-warnings -o junit "${files[@]}" > "$reports/check-junit.xml"
		"$sentryc" check --deny-warnings -o markdown "${files[@]}" > "$reports/check.md"
		"$sentryc" test --fail-on-empty -o junit "${files[@]}" > "$reports/test-junit.xml" 2>/dev/null
	fi
fi

# What the change does: each policy beside what it was where the branch began, with what it included then.
compare() {
	local old merge_base file
	merge_base=$(git merge-base "$base" HEAD) || return 3
	old=$(mktemp -d) || return 3
	git archive "$merge_base" | tar -x -C "$old" || return 3
	for file in "${files[@]}"; do
		printf '## %s\n\n' "$file"
		if [ ! -e "$old/$file" ]; then
			printf 'A new policy.\n\n'
		elif ! "$sentryc" diff -o markdown "$old/$file" "$file"; then
			printf 'The two versions cannot be compared.\n\n'
		fi
	done
	while IFS= read -r -d '' file; do
		if is_policy "$old/$file"; then
			printf '## %s\n\nThe policy is gone.\n\n' "$file"
		fi
	done < <(git diff -z --name-only --relative --no-renames --diff-filter=D "$merge_base" -- '*.sp')
	rm -rf "$old"
}
if [ -n "$base" ]; then
	if [ -n "$reports" ]; then
		compare > "$reports/diff.md"
	else
		compare
	fi
	code=$?
	[ "$code" -le "$worst" ] || worst=$code
fi
exit "$worst"
