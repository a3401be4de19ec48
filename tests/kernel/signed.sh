#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentry-apply takes what a trusted key signed, and, where it was told so, nothing else.
. "$(dirname "$0")/common.bash"

policy one 9 7
policy two 19 17
for name in ours theirs; do
	"$build/sentryc" sign --generate "$tmp/$name" >/dev/null || exit 1
done
sign() { # KEY OBJECT OUT
	"$build/sentryc" sign --key "$tmp/$1.key" -o "$tmp/$3" "$tmp/$2" || exit 1
}
sign ours one.o one-ours.o
sign ours two.o two-ours.o
sign theirs two.o two-theirs.o
required() {
	apply --require-signature "$tmp/ours.pub" "$@"
}

expect "an object without a signature is refused" 3 "one.o: not signed" required "$tmp/one.o"
same "and nothing is left" "" "$(leftovers)"
expect "one with it is taken" 0 "generation 1" required "$tmp/one-ours.o"
udp "$far" 10.77.0.1 9 3
same "and decides" 3 "$(packets bad-in)"
expect "another key is refused" 3 "signed by key [0-9a-f]{16}, which is not in" required "$tmp/two-theirs.o"
expect "so is a policy, with what to do" 3 "compile it, sign the object" required "$tmp/two.sp"
expect "so is standard input" 3 "not signed" required - <"$tmp/two.o"
expect "and a dry run" 3 "not signed" required --dry-run "$tmp/two.o"

# In the very middle: code, or the manifest, or what it is compared with.
size=$(stat -c %s "$tmp/two-ours.o")
for at in $((size / 2)) $((size - 200)) $((size - 1)); do
	python3 - "$tmp/two-ours.o" "$at" "$tmp/altered.o" <<'END'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[int(sys.argv[2])] ^= 1
open(sys.argv[3], 'wb').write(data)
END
	expect "altered at $at" 3 "altered after it was signed" required "$tmp/altered.o"
done
expect "a file of keys that is not there" 3 "none.pub: No such file" \
	apply --require-signature "$tmp/none.pub" "$tmp/two-ours.o"
expect "a secret key in its place" 3 "ours.key:2: a secret key" \
	apply --require-signature "$tmp/ours.key" "$tmp/two-ours.o"
same "the policy before is in force" 1 "$(apply --status -o json | json "d['generation']")"
cat "$tmp/theirs.pub" "$tmp/ours.pub" >"$tmp/both.pub"
expect "one of several keys" 0 "generation 2" apply --require-signature "$tmp/both.pub" "$tmp/two-theirs.o"
expect "standard input" 0 "generation 3" required - <"$tmp/two-ours.o"
expect "without the option a signature is not asked for" 0 "generation 4" apply "$tmp/one.o"
expect "nor in the way" 0 "generation 5" apply "$tmp/two-theirs.o"
expect "removed" 0 "removed" apply --remove

# /etc/packet-sentry/trusted.pub, on an /etc of the test's own.
mkdir "$tmp/layers"
trusting() { # COMMAND… on an /etc where SETUP was done
	unshare --mount --propagation private sh -c '
		mount -t tmpfs tmpfs "$1/layers" && mkdir "$1/layers/upper" "$1/layers/scratch" &&
		mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/layers/upper,workdir=$1/layers/scratch" /etc || exit 77
		mkdir -p /etc/packet-sentry && cd /etc/packet-sentry && eval "$2" || exit 77
		shift 2
		exec "$@"' sh "$tmp" "$setup" "$build/sentry-apply" --bpffs "$bpffs/ps" --netns "$near" --dry-run "$@"
}
setup=:
trusting "$tmp/one.o" >"$tmp/out" 2>&1
if [ $? = 77 ]; then
	echo "# no overlay file system here: trusted.pub is not tested"
	finish
fi
expect "no trusted.pub: all are taken" 0 "would be applied" trusting "$tmp/one.o"
setup="cp $tmp/ours.pub trusted.pub"
expect "with it, an unsigned object is refused" 3 "not signed, and /etc/packet-sentry/trusted.pub" trusting "$tmp/one.o"
expect "and a policy" 3 "compile it, sign the object" trusting "$tmp/one.sp"
expect "and another key" 3 "which is not in /etc/packet-sentry/trusted.pub" trusting "$tmp/two-theirs.o"
expect "its own are taken" 0 "would be applied" trusting "$tmp/one-ours.o"
expect "the option names another file" 0 "would be applied" \
	trusting --require-signature "$tmp/theirs.pub" "$tmp/two-theirs.o"
expect "instead of it" 3 "which is not in" trusting --require-signature "$tmp/theirs.pub" "$tmp/one-ours.o"
setup=": >trusted.pub"
expect "an empty one trusts nobody" 3 "no key in it" trusting "$tmp/one-ours.o"
setup="ln -s nowhere trusted.pub"
expect "nor does a link that leads nowhere" 3 "trusted.pub: No such file" trusting "$tmp/one-ours.o"
setup="mkdir trusted.pub"
expect "nor a directory" 3 "[Ii]s a directory" trusting "$tmp/one-ours.o"
same "nothing is left" "" "$(leftovers)"
finish
