#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# fetch.sh DIR [ARCH...]: Debian's kernels 6.1 (bookworm) and 6.12 (trixie) and, for foreign architectures, the static
# libraries that the runtime needs, downloaded into DIR and unpacked there. This machine's packages and its apt are left
# alone: apt works with lists, a cache and a state of its own below DIR, and checks Debian's signatures as always. A mirror
# whose list of packages is not the one that Debian signed (it may stay so for days) gives the kernel of another suite.
#
#     DIR/SERIES-ARCH/boot/vmlinuz-*, DIR/SERIES-ARCH/lib/modules/*    a kernel, SERIES 6.1 or 6.12
#     DIR/SERIES-ARCH/release                                          its name, as `uname -r` says it
#     DIR/libs-ARCH/usr/                                               libraries and headers
#
# What is there is not fetched again. Exits with 77 if packages cannot be had.
set -u
dir=$(mkdir -p "$1" && cd "$1" && pwd) || exit 1
shift
[ $# -gt 0 ] || set -- amd64 arm64 s390x
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
native=$(dpkg --print-architecture)
libraries="libbpf-dev libelf-dev zlib1g-dev libjansson-dev libsodium-dev libsqlite3-dev libncurses-dev"

skip() {
	echo "$*"
	exit 77
}

# What could not be had last, and why.
reason=
cannot() {
	reason="cannot fetch $1: $(grep -m 1 '^E:' "$2")"
	return 1
}

# The mirror that this machine uses already. What it calls itself is known once apt has asked it; before that, by its path.
# shellcheck disable=SC2016 # apt's own placeholders
mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' 'Origin: Debian' 2>/dev/null |
		grep -m 1 . || apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -m 1 '/debian/*$'
}

# apt_for SUITE ARCH COMMAND...: apt as if this were an ARCH with nothing but SUITE.
apt_for() {
	local suite=$1 arch=$2 command=$3 state=$dir/apt/$1-$2

	shift 3
	"$command" -qq -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state" -o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

# update SUITE ARCH: the list of packages, once.
update() {
	local state=$dir/apt/$1-$2 uri=$mirror

	[ -e "$state/updated" ] && return 0
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	: > "$state/status"
	case $1 in
	*-security) uri=${uri%/}-security ;;
	esac
	echo "deb [signed-by=$keyring] $uri $1 main" > "$state/sources.list"
	apt_for "$1" "$2" apt-get update -o APT::Update::Error-Mode=any > "$state/log" 2>&1 ||
		cannot "Debian's list of packages ($1, $2)" "$state/log" || return 1
	touch "$state/updated"
}

# download SUITE ARCH PACKAGE...: the files, into apt/SUITE-ARCH/archives.
download() {
	local suite=$1 arch=$2 state=$dir/apt/$1-$2

	shift 2
	update "$suite" "$arch" || return 1
	(cd "$state/archives" && apt_for "$suite" "$arch" apt-get download "$@") > "$state/log" 2>&1 ||
		cannot "$* ($suite, $arch)" "$state/log"
}

# unpack TO PACKAGE.deb TAR-PATTERN...
unpack() {
	local to=$1 deb=$2

	shift 2
	mkdir -p "$to"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$to" --wildcards "$@" || {
		echo "cannot unpack $deb"
		exit 1
	}
}

# package_of SERIES SUITE ARCH META: `package` is the kernel's that META stands for, and it is downloaded.
package_of() {
	local state=$dir/apt/$2-$3

	update "$2" "$3" || return 1
	package=$(apt_for "$2" "$3" apt-cache depends "$4" 2>/dev/null |
		sed -n 's/.*Depends: *\(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
	case $package in
	linux-image-"$1".*) ;;
	*)
		reason="$2 has no kernel $1 for $3 (it has '${package#linux-image-}')"
		return 1
		;;
	esac
	echo "kernel ${package#linux-image-}"
	download "$2" "$3" "$package"
}

# kernel SERIES ARCH META SUITE...: the kernel that the package META stands for, of the first suite that can be had. Where
# Debian builds one, that is the kernel for virtual machines: the same source and the same BPF, with fewer drivers.
kernel() {
	local to=$dir/$1-$2 series=$1 arch=$2 meta=$3 package suite state first=

	[ -s "$to/release" ] && return 0
	rm -rf "$to"
	shift 3
	for suite in "$@"; do
		package_of "$series" "$suite" "$arch" "$meta" && break
		echo "$reason"
		: "${first:=$reason}"
		suite=
	done
	[ -n "$suite" ] || skip "$first"
	state=$dir/apt/$suite-$arch
	unpack "$to" "$state"/archives/"${package}"_*.deb .
	[ -d "$to/lib" ] || mv "$to/usr/lib" "$to/lib"
	# Of the modules, those that a network of veth pairs and a filter may need.
	find "$to/lib/modules" -name '*.ko*' ! -path '*/kernel/net/*' ! -path '*/kernel/lib/*' ! -path '*/kernel/crypto/*' \
		! -path '*/kernel/drivers/net/veth.ko*' -delete
	rm -rf "$state"/archives/"${package}"_*.deb "${to:?}/usr"
	echo "${package#linux-image-}" > "$to/release"
}

libs() {
	local to=$dir/libs-$1

	# Other libraries than the last time are fetched.
	[ "$(cat "$to/done" 2>/dev/null)" = "$libraries" ] && return 0
	rm -rf "$to"
	echo "libraries for $1"
	# shellcheck disable=SC2086 # a list
	download bookworm "$1" $libraries || skip "$reason"
	for deb in "$dir/apt/bookworm-$1"/archives/*.deb; do
		unpack "$to" "$deb" './usr/include/*' './usr/lib/*.a'
	done
	rm -f "$dir/apt/bookworm-$1"/archives/*.deb
	echo "$libraries" > "$to/done"
}

[ -r $keyring ] || skip "no $keyring: this is no Debian"
mirror=$(mirror)
[ -n "$mirror" ] || skip "apt has no mirror of Debian here"
for arch in "$@"; do
	meta=linux-image-cloud-$arch
	[ "$arch" = s390x ] && meta=linux-image-s390x
	kernel 6.1 "$arch" "$meta" bookworm bookworm-security
	kernel 6.12 "$arch" "$meta" trixie bookworm-backports
	[ "$arch" = "$native" ] || libs "$arch"
done
