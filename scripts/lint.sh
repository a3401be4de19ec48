#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# lint.sh [STEP...]: holds the sources against tools that read and do not run: tidy, cppcheck, analyzer, shell, python.
# A finding ends it with 1, a tool that is missing with 77. BUILD is a finished build: it has the generated headers.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath --relative-to=. "${BUILD:-build}")
database=$build/compile_commands.json
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
jobs=$(nproc)
failed=0

# need TOOL PACKAGE
need() {
	command -v "$1" >/dev/null 2>&1 || { echo "$1 is missing: Debian's package $2"; return 77; }
}

# Our own C; what flex and bison made is theirs.
sources() {
	ls lang/*.c compiler/*.c compiler/classify/*.c runtime/*.c
}

# By their first line: not all have a suffix.
scripts_for() {
	git ls-files -z 2>/dev/null | xargs -0 awk -v wanted="$1" 'FNR == 1 { if ($0 ~ "^#!.*" wanted) print FILENAME; nextfile }'
	git ls-files "*.$2"
}

tidy() {
	need clang-tidy clang-tidy || return
	sources | xargs -P "$jobs" -n 4 clang-tidy --quiet -p "$build" 2>"$out/noise"
}

cppcheck_() {
	need cppcheck cppcheck || return
	cppcheck -j "$jobs" --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--suppressions-list=scripts/lint/cppcheck.supp --suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ \
		--library=scripts/lint/cppcheck.cfg \
		-Ilang -I"$build/lang" -Icompiler -Icompiler/classify -Iruntime -I"$build/shared" -I"$build/native" \
		lang compiler runtime
}

analyzer() {
	need analyze-build-14 clang-tools || return
	analyze-build-14 --cdb "$database" --status-bugs -o "$out/scan" 2>&1
}

shell() {
	need shellcheck shellcheck || return
	scripts_for '(bash|/sh)' '@(sh|bash)' | sort -u | xargs -P "$jobs" -n 8 shellcheck --severity=warning
}

python() {
	need pyflakes3 pyflakes3 || return
	scripts_for python py | sort -u | xargs pyflakes3
}

[ -e "$database" ] || { echo "$database is missing: run make first" >&2; exit 1; }
for step in ${*:-tidy cppcheck analyzer shell python}; do
	begin=${EPOCHREALTIME/./}
	case $step in
	tidy | analyzer | shell | python) "$step" >"$out/$step" ;;
	cppcheck) cppcheck_ >"$out/$step" 2>&1 ;;
	*) echo "lint.sh: no step $step" >&2; exit 2 ;;
	esac
	code=$?
	if [ "$code" != 0 ]; then
		cat "$out/$step"
		[ "$code" = 77 ] && exit 77
		failed=1
		echo "# $step: findings"
	else
		echo "# $step: clean, $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
	fi
done
exit "$failed"
