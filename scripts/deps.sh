#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# deps.sh [bench|kernels|sinks]: installs the packages of scripts/packages.txt that are missing, or, with `bench`, the tools that
# `make bench` compares with (scripts/packages-bench.txt), or, with `kernels`, what `make check-kernels` needs
# (scripts/packages-kernels.txt), or, with `sinks`, the servers that tests of sinks talk to (scripts/packages-sinks.txt).
# Without root it says what to install.
set -eu
case ${1-} in
'') list=$(dirname "$0")/packages.txt ;;
bench | kernels | sinks) list=$(dirname "$0")/packages-$1.txt ;;
*)
	echo "usage: deps.sh [bench|kernels|sinks]" >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "This is not a Debian system. What is needed, by Debian's names:" >&2
	grep -v '^#' "$list" >&2
	exit 0
fi

missing=
for package in $(sed -e '/^#/d' -e 's/[[:space:]].*//' "$list"); do
	case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true) in
	ii*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "Packages are missing. As root, run:" >&2
	echo "    $command" >&2
	exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
$command >/dev/null
