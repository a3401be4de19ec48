#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Sets of real lists: 552,293 addresses loaded, each of them asked and a million others; replaced by another list while
# packets are asked without a pause. Without the corpus: lists of as many made-up addresses.
. "$(dirname "$0")/common.bash"

${CC:-gcc} -O2 -o "$tmp/members" "$here/members.c" -lbpf || exit 1

# Two lists that overlap, and what is in neither.
python3 - "$tmp" "${CORPUS:-}" <<'PY' || exit 1
import ipaddress, lzma, os, random, sys
tmp, corpus = sys.argv[1:3]
random.seed(42)
def read(name):
    with lzma.open(os.path.join(corpus, "05-lists", name), "rt") as f:
        return {int(ipaddress.IPv4Address(line.split()[0])) for line in f if line.strip() and line[0] != "#"}
if corpus:
    first, second = read("malicious-ip-552k.txt.xz"), read("ipsum.txt.xz")
else:
    print("# without CORPUS: made-up lists")
    first = {random.getrandbits(32) for _ in range(552_400)}
    second = set(random.sample(sorted(first), 60_000)) | {random.getrandbits(32) for _ in range(60_000)}
def write(name, addresses):
    with open(os.path.join(tmp, name), "w") as f:
        f.writelines(f"{ipaddress.IPv4Address(a)}\n" for a in addresses)
# Neighbours of members are the likeliest to be taken for one.
others = set()
for a in first:
    others.update(b for b in (a ^ 1, (a + 256) % 2**32) if b not in first)
others = random.sample(sorted(others), 500_000)
while len(others) < 1_000_000:
    a = random.getrandbits(32)
    if a not in first:
        others.append(a)
write("first", sorted(first))
write("second", sorted(second))
write("others", others)
write("both", random.sample(sorted(first & second), 3000))
write("neither", [a for a in others if a not in second][:3000])
write("only-second", sorted(second - first))
PY
echo "# $(wc -l <"$tmp/first") addresses, then $(wc -l <"$tmp/second"); $(wc -l <"$tmp/others") others"

cat >"$tmp/lists.sp" <<'SP'
policy lists {
    set blocked : addr max 1_000_000  from "first";
    set nets    : net  max 1_000_000;
    interface uplink = "eth0";
    ingress on uplink {
        rule blocked  deny  from @blocked;
        rule nets     deny  from @nets;
        default allow;
    }
}
SP
"$build/sentryc" compile "$tmp/lists.sp" -o "$tmp/lists.o" || exit 1
begin=${EPOCHREALTIME/./}
check "applied, with the list" apply "$tmp/lists.o"
echo "# applied in $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
ctl sets | sed 's/^/# /'
program() {
	find "$bpffs/ps" -name 'prog-*' | head -n 1
}
check "every member, and a million others" "$tmp/members" "$(program)" "$tmp/first" "$tmp/others"
tail -n 1 "$tmp/out" | sed 's/^/# /'

# Replaced to and fro: what is in both is always in, what is in neither never.
"$tmp/members" "$(program)" "$tmp/both" "$tmp/neither" 8 >"$tmp/asked" 2>&1 &
background+=($!)
asker=$!
swaps=0
while kill -0 "$asker" 2>/dev/null && [ "$swaps" -lt 12 ]; do
	for list in second first; do
		apply --set "blocked=$tmp/$list" >"$tmp/replaced" && swaps=$((swaps + 1))
	done
done
tail -n 1 "$tmp/replaced" | sed 's/^/# /'
wait "$asker"
same "no wrong answer in $(cut -d' ' -f1 <"$tmp/asked") over $swaps replacements" 0 $?
check "the other list" apply --set "blocked=$tmp/second"
check "all of it, and none else" "$tmp/members" "$(program)" "$tmp/second" "$tmp/neither"

# The same as prefixes, where the lookup goes by length.
check "emptied" apply --set "blocked=/dev/null"
check "as prefixes" apply --set "nets=$tmp/first"
check "every member, and a million others, as prefixes" "$tmp/members" "$(program)" "$tmp/first" "$tmp/others"
check "removed" apply --remove
same "nothing is left" "" "$(leftovers)"
finish
