#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc replay over a capture of eight packets, whose fate was worked out by hand: counts, single packets, sets from
# files, and what is wrong with such files; sentryc compile --report=json.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 checks=0
complain() {
	echo "not ok: $*"
	failed=1
}

cat > edge.sp <<'SP'
policy edge {
    interface lan = "eth0";
    set bad : net max 8;
    set knock : addr . port max 8;
    set odd : addr . proto max 4;
    ingress on lan {
        rule bad deny from @bad;
        rule knock allow tcp to @knock log;
        rule web allow tcp to port { 80, 443 };
        rule dns reject udp to port 53;
        default deny;
        non-ip allow;
    }
    egress on lan {
        default allow;
    }
}
SP

python3 - <<'PY'
import socket, struct

def ip4(proto, src, dst, payload):
    return b"\x02\0\0\0\0\2\x02\0\0\0\0\1\x08\0" + struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0,
        socket.inet_aton(src), socket.inet_aton(dst)) + payload

def ip6(proto, src, dst, payload):
    return b"\x02\0\0\0\0\2\x02\0\0\0\0\1\x86\xdd" + struct.pack("!IHBB16s16s", 6 << 28, len(payload), proto, 64,
        socket.inet_pton(socket.AF_INET6, src), socket.inet_pton(socket.AF_INET6, dst)) + payload

def tcp(sport, dport):
    return struct.pack("!HHIIBBHHH", sport, dport, 1, 0, 0x50, 2, 1000, 0, 0)

def udp(sport, dport):
    return struct.pack("!HHHH", sport, dport, 8, 0)

frames = [
    ip4(6, "10.0.0.1", "192.0.2.1", tcp(1000, 80)),            # web; or bad
    ip4(6, "10.1.0.1", "192.0.2.1", tcp(1001, 22)),            # default; or knock
    ip6(6, "2001:db8::9", "2001:db8::1", tcp(1002, 443)),      # web
    ip4(17, "10.0.0.2", "192.0.2.1", udp(1003, 53)),           # dns; or bad
    b"\xff" * 6 + b"\x02\0\0\0\0\1\x08\x06" + b"\0" * 28,      # ARP: non-ip
    ip4(50, "10.9.0.1", "192.0.2.1", b"\0" * 8),               # default
    ip6(58, "2001:db8::9", "2001:db8::1", b"\x80\0\0\0\0\0\0\0"),  # default
    ip4(6, "10.9.0.1", "192.0.2.1", b"\0" * 4),                # cut in its TCP header: malformed
]
with open("eight.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for i, frame in enumerate(frames):
        out.write(struct.pack("<IIII", 1700000000 + i, 250000, len(frame), len(frame)) + frame)
PY
head -c $(($(stat -c %s eight.pcap) - 3)) eight.pcap > cut.pcap

# ends CODE [TEXT]… -- ARGUMENT…: its exit code, and a pattern for each TEXT in what it says
ends() {
	local code=$1 texts=() text got
	shift
	while [ "$1" != -- ]; do
		texts+=("$1")
		shift
	done
	shift
	checks=$((checks + 1))
	"$sentryc" "$@" >out 2>errors </dev/null
	got=$?
	[ "$got" = "$code" ] || complain "sentryc $*: exit $got instead of $code: $(cat errors)"
	for text in "${texts[@]}"; do
		cat out errors | grep -qE -- "$text" || complain "sentryc $*: no '$text' in: $(cat out errors)"
	done
}

# counts EXPECTED ARGUMENT…: packets of bad knock web dns default non-ip malformed, then allow deny reject
counts() {
	local expected=$1 got
	shift
	checks=$((checks + 1))
	"$sentryc" replay edge.sp eight.pcap --block ingress -o json "$@" >out 2>errors || complain "$*: $(cat errors)"
	got=$(python3 -c '
import json
d = json.load(open("out"))
assert d["schema"] == "packet-sentry/replay/v1"
assert d["packets"] == sum(d["verdicts"].values()) == sum(r["packets"] for r in d["rules"].values())
print(*[d["rules"][r]["packets"] for r in "bad knock web dns default non-ip malformed".split()],
      *[d["verdicts"][v] for v in "allow deny reject".split()])') || complain "$*: $(cat out)"
	[ "$got" = "$expected" ] || complain "$*: $got instead of $expected"
}

printf '10.0.0.0/8 ; all of it\n\n# nothing\n' > ten
printf '\xef\xbb\xbf10.0.0.0/16\r\n' > sixteen
printf "192.0.2.1\t22\n192.0.2.1 ssh # the same port\n" > twice
printf "192.0.2.1 ssh\n2001:db8::9 8443\n" > pairs
printf '2001:db8::9 icmp6\n10.9.0.1 50\n' > protocols
: > empty
for engine in model native; do
	counts "0 0 2 1 3 1 1 3 4 1" --engine "$engine"
	counts "4 0 1 0 1 1 1 2 6 0" --engine "$engine" --set bad=ten
	counts "2 0 1 0 3 1 1 2 6 0" --engine "$engine" --set bad=sixteen
	counts "0 1 2 1 2 1 1 4 3 1" --engine "$engine" --set knock=pairs --set bad=empty --set odd=protocols
done

# As text: the table, and packet by packet.
ends 0 '^8 packets through ingress, engine model$' '^allow +3 +[0-9]+$' \
	'^web +2 +128  edge.sp:9$' '^non-ip +1 +42  edge.sp:6$' \
	-- replay edge.sp eight.pcap --block ingress
"$sentryc" replay edge.sp eight.pcap --block ingress --per-packet --set knock=pairs > lines 2>errors ||
	complain "$(cat errors)"
cat > expected <<'TXT'
1 2023-11-14T22:13:20.250000Z allow by web tcp 10.0.0.1:1000 > 192.0.2.1:80
2 2023-11-14T22:13:21.250000Z allow by knock tcp 10.1.0.1:1001 > 192.0.2.1:22 log
3 2023-11-14T22:13:22.250000Z allow by web tcp [2001:db8::9]:1002 > [2001:db8::1]:443
4 2023-11-14T22:13:23.250000Z reject by dns udp 10.0.0.2:1003 > 192.0.2.1:53
5 2023-11-14T22:13:24.250000Z allow by non-ip
6 2023-11-14T22:13:25.250000Z deny by default esp 10.9.0.1 > 192.0.2.1
7 2023-11-14T22:13:26.250000Z deny by default icmp6 2001:db8::9 > 2001:db8::1
8 2023-11-14T22:13:27.250000Z deny by malformed
TXT
diff expected lines || complain "packets as text"
"$sentryc" replay edge.sp eight.pcap --block ingress --per-packet -o json > objects 2>errors || complain "$(cat errors)"
python3 - <<'PY' || complain "packets as JSON: $(cat objects)"
import json
packets = [json.loads(line) for line in open("objects")]
assert [p["n"] for p in packets] == list(range(1, 9))
assert [p["rule"] for p in packets] == "web default web dns non-ip default default malformed".split()
assert packets[2] == {"n": 3, "ts": "2023-11-14T22:13:22.250000Z", "verdict": "allow", "rule": "web", "proto": "tcp",
    "src": "2001:db8::9", "dst": "2001:db8::1", "sport": 1002, "dport": 443, "log": False, "sampled": False}, packets[2]
assert "src" not in packets[4] and "sport" not in packets[5] and packets[5]["proto"] == "esp"
PY
# What the capture holds before the damage is counted all the same.
ends 3 '^7 packets through egress' 'cut.pcap' -- replay edge.sp cut.pcap --block egress
ends 3 'cut.pcap' -- replay edge.sp cut.pcap --block egress --per-packet
ends 3 'nowhere.pcap' -- replay edge.sp nowhere.pcap --block egress

# Options
ends 2 'a capture are needed' -- replay edge.sp
ends 2 "not 'fast'" -- replay edge.sp eight.pcap --engine fast
ends 2 "not 'xml'" -- replay edge.sp eight.pcap -o xml
ends 2 'standard input' -- replay - -
ends 2 '--block' -- replay edge.sp eight.pcap
ends 2 'NAME=FILE' -- replay edge.sp eight.pcap --set bad
ends 2 'NAME=FILE' -- replay edge.sp eight.pcap --set bad=
ends 2 "no set 'good'" -- replay edge.sp eight.pcap --set good=ten
ends 2 "'bad' is given twice" -- replay edge.sp eight.pcap --set bad=ten --set bad=sixteen
ends 2 'standard input' -- replay edge.sp eight.pcap --set bad=-

# refused SET LINES TEXT: a file of elements that says so, and why
refused() {
	printf "$2" > elements
	ends 1 "$3" -- replay edge.sp eight.pcap --block ingress --set "$1=elements"
}
refused bad '10.0.0.0/33\n' "elements:1:1: .*out of range"
refused bad '10.0.0.0/08\n' 'prefix length that is out of range'
refused bad '10.0.0.1/8\n' "write '10.0.0.0/8' for the network"
refused bad '192.0.2.1\nten\n' "elements:2:1: .*'ten' is no address or prefix"
refused bad '10.0.0.0/8\n10.2.0.0/16\n' "elements:2:1: .*lies in a prefix that is in the set already"
refused bad '10.0.0.0/8\n10.0.0.0/8\n' 'is in the set already'
refused bad '1.0.0.1\n1.0.0.2\n1.0.0.3\n1.0.0.4\n1.0.0.5\n1.0.0.6\n1.0.0.7\n1.0.0.8\n1.0.0.9\n' \
	"elements:9:1: .*9 elements, and set 'bad' has room for 8"
refused bad "$(printf 'x%.0s\\n' $(seq 30))" "20 bad lines: the rest of 'elements' is not read"
refused knock '10.0.0.0/8 22\n' "is a prefix, and the set holds single addresses"
refused knock 'nobody 22\n' "'nobody' is no address"
refused knock '10.0.0.1\n' 'has fewer parts'
refused knock '10.0.0.1 22 23\n' 'has more parts'
refused knock '10.0.0.1 65536\n' "'65536' is no port"
refused knock '10.0.0.1 022\n' "'022' is no port"
refused odd '10.0.0.1 256\n' "'256' is no protocol"
ends 1 'is in the set already' 'twice:1:1: note' -- \
	replay edge.sp eight.pcap --block ingress --set knock=twice
ends 3 'nowhere: No such file' -- replay edge.sp eight.pcap --block ingress --set bad=nowhere

# Objects: what the manifest says, and who may run them
ends 0 -- compile edge.sp -o edge.bpf.o
ends 2 'ingress, egress' -- replay edge.bpf.o eight.pcap
ends 2 'needs the policy' -- replay edge.bpf.o eight.pcap --set bad=ten
ends 2 'kernel engine only' -- replay edge.bpf.o eight.pcap --engine model
cp edge.bpf.o bare.bpf.o
llvm-objcopy --remove-section sentry.manifest bare.bpf.o || complain "llvm-objcopy"
ends 3 'no section sentry.manifest' -- replay bare.bpf.o eight.pcap --block ingress
llvm-objcopy --dump-section sentry.manifest=whole edge.bpf.o scratch.o || complain "llvm-objcopy"
damages=('s/"schema"/"scheme"/' 's/"first_slot"/"last_slot"/' 's/"malformed"[^,}]*"[a-z]*"/"malformed":"perhaps"/'
	's/"slots": *[0-9]+/"slots":2/' 's/"slot": *[0-9]+/"slot":4000000/' 's/^./x/')
for damage in "${damages[@]}"; do
	sed -zE "$damage" whole > manifest
	cmp -s whole manifest && complain "$damage changes nothing"
	llvm-objcopy --remove-section sentry.manifest edge.bpf.o damaged.bpf.o &&
		llvm-objcopy --add-section sentry.manifest=manifest damaged.bpf.o || complain "llvm-objcopy"
	ends 3 'is damaged, or of another version' -- replay damaged.bpf.o eight.pcap --block ingress
done
if "$sentryc" replay edge.bpf.o eight.pcap --block ingress -o json >out 2>errors; then
	python3 - <<'PY' || complain "an object: $(cat out)"
import json
d = json.load(open("out"))
assert d["engine"] == "kernel"
assert [d["rules"][r]["packets"] for r in "bad knock web dns default non-ip malformed".split()] == [0, 0, 2, 1, 3, 1, 1]
PY
elif [ "$(id -u)" = 0 ] && ! grep -qi 'permi\|privilege' errors; then
	complain "an object: $(cat errors)"
else
	echo "# not run, the object in the kernel: $(head -n 1 errors)"
fi

# The report as JSON agrees with the policy and with inspect.
ends 0 -- compile edge.sp -o edge.bpf.o --report=json
cp out report.json
"$sentryc" inspect edge.bpf.o -o json > inspect.json 2>errors || cp /dev/null inspect.json
python3 - "$(stat -c %s edge.bpf.o)" <<'PY' || complain "report: $(head -c 2000 report.json)"
import json, sys
d = json.load(open("report.json"))
assert d["schema"] == "packet-sentry/report/v1" and d["policy"] == "edge"
assert d["object_bytes"] == int(sys.argv[1])
assert [(b["name"], b["rules"]) for b in d["blocks"]] == [("ingress", 4), ("egress", 0)]
assert sum(f["program"] for f in d["functions"]) == 2
names = {m["name"] for m in d["maps"]}
assert {"set_bad", "set_knock", "counters"} <= names and "set_odd" not in names  # which no rule asks
assert all(b["insns"] > 0 and b["predicted_ns"] >= 0 for b in d["blocks"])
assert all(m["max_entries"] > 0 and m["type"] for m in d["maps"])
assert all(s >= 0 for s in d["seconds"].values())
PY
ends 2 'text or json' -- compile edge.sp -o edge.bpf.o --report=xml

echo "# $checks runs"
exit "$failed"
