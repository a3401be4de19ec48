#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# lint.sh [STEP...]: holds the sources against tools that read and do not run: clang (clang-tidy, the analyzer), cppcheck, shell, python.
# A finding ends it with 1, a tool that is missing with 77. BUILD is a finished build: it has the generated headers.
# NODES is how far the analyzer follows a function; without it, as far as scan-build does.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath --relative-to=. "${BUILD:-build}")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
jobs=$(nproc)
nodes=${NODES:-225000}
failed=0

# need TOOL PACKAGE
need() {
	command -v "$1" >/dev/null 2>&1 || { echo "$1 is missing: Debian's package $2"; return 77; }
}

# Our own C; what flex and bison made is theirs.
sources() {
	ls lang/*.c compiler/*.c compiler/classify/*.c runtime/*.c runtime/daemon/*.c
}

# Those of the tree; without git, all below it.
files() {
	git ls-files -co --exclude-standard 2>/dev/null || find . -path "./$build" -prune -o -path ./.git -prune -o -type f -print
}

# scripts_in INTERPRETER SUFFIX, as patterns: not all have a suffix, and what is sourced has no first line of theirs.
scripts_in() {
	files | xargs awk -v by="^#!.*$1" 'FNR == 1 { if ($0 ~ by) print FILENAME; nextfile }'
	files | grep -E "[.]($2)\$"
}

# What the compiler is told of a file, as the Makefile says it.
flags_of() {
	local lang="-Ilang -I$build/lang"

	echo "-D_GNU_SOURCE -DSENTRY_VERSION=\"lint\" -std=gnu11"
	case $1 in
	lang/*) echo "$lang" ;;
	compiler/*) echo "-Icompiler -Icompiler/classify $lang -I$build/shared -I$build/native -isystem /usr/lib/llvm-14/include" ;;
	runtime/daemon/*) echo "-Iruntime/daemon -Iruntime -I$build/shared -isystem /usr/include/postgresql" ;;
	*) echo "-Iruntime -I$build/shared" ;;
	esac
}

# One file through clang-tidy and the analyzer (what scan-build runs), unless that was done: what was clean is
# remembered by all that the tools see of it.
one_file() {
	local file=$1 flags key followed=0

	read -r -d '' -a flags < <(flags_of "$file")
	key=$({ cat .clang-tidy scripts/lint/analyzer.skip && clang --version && clang -E -CC "${flags[@]}" "$file"; } |
		sha256sum) || return
	key=$build/lint/${key%% *}
	[ -e "$key" ] && read -r followed <"$key" && [ "$followed" -ge "$nodes" ] && return
	clang-tidy --quiet "$file" -- "${flags[@]}" 2>/dev/null || return
	if ! grep -qxF "$file" scripts/lint/analyzer.skip; then
		clang --analyze -Xclang -analyzer-werror -Xclang -analyzer-config -Xclang max-nodes="$nodes" \
			--analyzer-output text "${flags[@]}" "$file" 2>&1 || return
	fi
	echo "$nodes" >"$key"
}

clang_() {
	need clang-tidy clang-tidy || return
	mkdir -p "$build/lint"
	sources | BUILD=$build NODES=$nodes xargs -P "$jobs" -n 1 scripts/lint.sh --file
}

cppcheck_() {
	need cppcheck cppcheck || return
	mkdir -p "$build/lint/cppcheck"
	cppcheck --cppcheck-build-dir="$build/lint/cppcheck" -j "$jobs" --quiet --error-exitcode=1 --std=c11 \
		--enable=warning,performance,portability \
		--suppressions-list=scripts/lint/cppcheck.supp --suppress=missingIncludeSystem -D_GNU_SOURCE -D__x86_64__ \
		--library=scripts/lint/cppcheck.cfg \
		-Ilang -I"$build/lang" -Icompiler -Icompiler/classify -Iruntime -Iruntime/daemon -I"$build/shared" -I"$build/native" \
		lang compiler runtime
}

shell() {
	need shellcheck shellcheck || return
	scripts_in '(bash|/sh)' 'sh|bash' | sort -u | xargs -P "$jobs" -n 8 shellcheck --severity=warning
}

python() {
	need pyflakes3 pyflakes3 || return
	scripts_in python py | sort -u | xargs pyflakes3
}

[ -e "$build/lang/grammar.h" ] || { echo "$build/lang/grammar.h is missing: run make first" >&2; exit 1; }
if [ "${1-}" = --file ]; then
	one_file "$2"
	exit
fi
[ $# -gt 0 ] || set -- clang cppcheck shell python
for step; do
	begin=${EPOCHREALTIME/./}
	case $step in
	shell | python) "$step" >"$out/$step" ;;
	clang) clang_ >"$out/$step" ;;
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
