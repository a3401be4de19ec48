#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What the sender of a rejected packet gets: sockets fail at once, every answer is what the RFCs want down to the last
# bit, what must not be answered is not, and answers to answers do not exist.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"

rules='
        rule no-tcp     reject  tcp port { 80, 90 };
        rule no-udp     reject  udp port 53;
        rule no-echo    reject  icmp echo-request;
        rule no-error   reject  icmp { destination-unreachable, time-exceeded, parameter-problem };
        rule no-redir4  reject  icmp4 redirect;
        rule no-redir6  reject  icmp6 nd-redirect;
        rule no-piece   reject  fragment;
        rule no-sctp    reject  sctp;
        rule no-gre     reject  gre;
        rule no-odd     reject  proto 253;
        default allow;'
write_policy() { # write_policy NAME BLOCKS
	printf 'policy gate {\n    interface uplink = "eth0";\n%s\n}\n' "$2" >"$tmp/$1.sp"
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
}
write_policy xdp "ingress on uplink via xdp { $rules }"
write_policy tc "ingress on uplink via tc { $rules }"
write_policy out "egress on uplink { $rules }"
write_policy open 'ingress on uplink { default allow; } egress on uplink { default allow; }'
write_policy wall 'ingress on uplink via xdp { default reject; } egress on uplink { default reject; }'
write_policy wall-tc 'ingress on uplink via tc { default reject; } egress on uplink { default reject; }'

at_far() {
	"$build/sentry-apply" --bpffs "$bpffs/far" --netns "$far" "$@"
}

# Somebody listens wherever a policy will say that nobody may come, so that no refusal is the kernel's own.
cat >"$tmp/serve.py" <<'END2'
import select, socket
sockets = []
for port, kind in (80, socket.SOCK_STREAM), (90, socket.SOCK_STREAM), (91, socket.SOCK_STREAM), (53, socket.SOCK_DGRAM):
    s = socket.socket(socket.AF_INET6, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        s.listen(100)
    sockets.append(s)
print("ready", flush=True)
accepted = []
while True:
    for s in select.select(sockets, [], [])[0]:
        if s in accepted:
            try:
                if s.recv(1 << 20):
                    continue
            except OSError:
                pass
            sockets.remove(s)
        elif s.type == socket.SOCK_DGRAM:
            data, peer = s.recvfrom(100)
            s.sendto(data, peer)
        else:
            accepted.append(s.accept()[0])
            sockets.append(accepted[-1])
END2
for ns in "$near" "$far"; do
	ip netns exec "$ns" python3 "$tmp/serve.py" >"$tmp/serve-$ns" &
	background+=($!)
	for _ in $(seq 50); do
		grep -q ready "$tmp/serve-$ns" && break
		sleep 0.1
	done
done

# client.py ADDRESS: what becomes of a connection and of a datagram with its answer.
cat >"$tmp/client.py" <<'END2'
import errno, socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
for kind, port in (socket.SOCK_STREAM, 80), (socket.SOCK_DGRAM, 53):
    s = socket.socket(family, kind)
    s.settimeout(3)
    begin = time.monotonic()
    try:
        s.connect((sys.argv[1], port))
        if kind == socket.SOCK_DGRAM:
            s.send(b"question")
            s.recv(100)
        end = "works"
    except TimeoutError:
        end = "silence"
    except OSError as error:
        end = errno.errorcode[error.errno]
    print(end, "at once" if time.monotonic() - begin < 0.7 else "late", end="  ")
print()
END2

# held.py ADDRESS PORT FLAG: a connection that stands, and data on it once the file FLAG is there.
cat >"$tmp/held.py" <<'END2'
import errno, os, socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
s.sendall(b"first words")
print("connected", flush=True)
while not os.path.exists(sys.argv[3]):
    time.sleep(0.05)
s.settimeout(5)
begin = time.monotonic()
try:
    for _ in range(200):
        s.sendall(b"x" * 60000)
    print("works")
except TimeoutError:
    print("silence")
except OSError as error:
    print(errno.errorcode[error.errno], "at once" if time.monotonic() - begin < 0.7 else "late")
END2

# answers.py sweep|others|none DIRECTION: sends frames and looks at what comes back. Prints one line that says so.
cat >"$tmp/answers.py" <<'END2'
import sys, time
from frames import *

what, direction = sys.argv[1:]
if direction == "ingress":
    mac, A4, B4, A6, B6 = (FAR_MAC, NEAR_MAC), FAR4, NEAR4, FAR6, NEAR6
else:
    mac, A4, B4, A6, B6 = (NEAR_MAC, FAR_MAC), NEAR4, FAR4, NEAR6, FAR6
listener = Listener("eth0", mac[0])


def need(condition, what):
    if not condition:
        raise AssertionError(what)


def headers(text):
    """Link header, IP version, source, destination, protocol, payload; the frame may be padded."""
    at = 12
    while text[at:at + 2] in (b"\x81\0", b"\x88\xa8"):
        at += 4
    at += 2
    ip = text[at:]
    if text[at - 2:at] == b"\x08\0":
        length = struct.unpack("!H", ip[2:4])[0]
        return text[:at], 4, ip[12:16], ip[16:20], ip[9], ip[(ip[0] & 15) * 4:length], ip[:length]
    length = 40 + struct.unpack("!H", ip[4:6])[0]
    return text[:at], 6, ip[8:24], ip[24:40], ip[6], ip[40:length], ip[:length]


def check(sent, answer, tcp_at=None):
    link, version, src, dst, _, payload, packet = headers(sent)
    back, back_version, back_src, back_dst, proto, text, back_packet = headers(answer)
    need(back == link[6:12] + link[:6] + link[12:], "link header: " + back.hex())
    need((version, src, dst) == (back_version, back_dst, back_src), "addresses")
    if version == 4:
        need(back_packet[0] == 0x45 and ones_sum(back_packet[:20]) == 0xFFFF, "IPv4 header")
        need(back_packet[8] == 64, "time to live")
    else:
        need(back_packet[:4] == b"\x60\0\0\0" and back_packet[7] == 64, "IPv6 header")
    need(len(back_packet) <= (576 if version == 4 else 1280), "size")
    fake = src + dst + struct.pack("!II", len(text), proto)
    if tcp_at is not None:
        segment = payload[tcp_at:]
        sport, dport, seq, ack, words, flags = struct.unpack("!HHIIBB", segment[:14])
        need(proto == TCP and ones_sum(fake + text) == 0xFFFF, "TCP checksum")
        if flags & ACK:
            wanted = (dport, sport, ack, 0, 0x50, RST)
        else:
            size = len(segment) - (words >> 4) * 4 + bool(flags & SYN) + bool(flags & FIN)
            wanted = (dport, sport, 0, (seq + size) & 0xFFFFFFFF, 0x50, RST | ACK)
        need(len(text) == 20 and struct.unpack("!HHIIBB", text[:14]) == wanted, "reset %s: not %s" %
             (text.hex(), wanted))
        return
    if version == 4:
        need(proto == ICMP and ones_sum(text) == 0xFFFF, "ICMP checksum")
        need(text[:2] == b"\3\x0d" and text[4:8] == b"\0" * 4, "ICMP header")
        quote = packet[:576 - 28]
    else:
        need(proto == ICMP6 and ones_sum(fake + text) == 0xFFFF, "ICMPv6 checksum")
        need(text[:2] == b"\1\1" and text[4:8] == b"\0" * 4, "ICMPv6 header")
        quote = packet[:1280 - 48]
    need(text[8:] == quote, "quotation: %d bytes of %d" % (len(text) - 8, len(quote)))


def run(cases):
    for n, (sent, tcp_at) in enumerate(cases):
        send("eth0", [sent])
        got = listener.frames(2, 1)
        need(len(got) == 1, "frame %d: no answer to %s" % (n, sent.hex()))
        try:
            check(sent, got[0], tcp_at)
        except AssertionError as error:
            raise AssertionError("frame %d: %s; sent %s, got %s" % (n, error, sent.hex(), got[0].hex()))
        if tcp_at is None:
            time.sleep(0.001)  # no more than a thousand ICMP answers a second are given
    more = listener.frames(0.3)
    need(not more, "more than one answer: " + " ".join(text.hex() for text in more))
    print(len(cases), "answered")


def both(payload, tags=(), trailer=b"", ext=(), options4=b""):
    return [frame(ip4(payload, A4, B4, options=options4), tags, *mac, trailer),
            frame(ip6(payload, A6, B6, ext=ext), tags, *mac, trailer)]


def noise(size):
    return bytes((i * i * 7 + size) & 255 for i in range(size))


if what == "sweep":
    sizes = [*range(20), *range(500, 560, 3), 1023, 1024, 1025, *range(1180, 1200, 3), 1230, 1231, 1232, 1400, 1410]
    cases = []
    for size in sizes:
        cases += [(text, None) for text in both(udp(40000 + size, 53, noise(size)))]
        cases += [(frame(ip4(icmp(8, 0, b"\0\1\0\2" + noise(size)), A4, B4), (), *mac), None),
                  (frame(ip6(icmp(128, 0, b"\0\1\0\2" + noise(size)), A6, B6), (), *mac), None)]
    for size in (0, 1, 2, 3, 100, 999, 1380):
        for flags in (SYN, SYN | FIN, FIN, 0, ACK, PSH | ACK, SYN | ACK, FIN | ACK, URG):
            segment = tcp(1024 + size, 80, flags, 0xFFFFFFF0 + size % 16, 12345, data=noise(size))
            cases += [(text, 0) for text in both(segment)]
    run(cases)
elif what == "others":
    cases = [(text, 0) for text in both(tcp(7, 90, options=b"\2\4\5\xb4\1\3\3\7"))]
    for tags in ([100], [(ADTAG, 0x6000 | 200), 100], [0]):
        cases += [(text, None) for text in both(udp(9, 53, noise(77)), tags)]
        cases += [(text, None) for text in both(udp(9, 53, noise(1300)), tags)]
        cases += [(text, 0) for text in both(tcp(9, 80, data=noise(33)), tags)]
    cases += [(text, None) for text in both(udp(9, 53, b"abc"), (), b"\0" * 15)]  # the padding is not quoted
    cases += [(text, 0) for text in both(tcp(9, 80), (), b"\xff" * 6)]
    cases += [(frame(ip4(tcp(9, 80, data=b"xyz"), A4, B4, options=b"\1" * 40), (), *mac), 0),
              (frame(ip4(udp(9, 53), A4, B4, options=b"\1" * 8), (), *mac), None),
              (frame(ip6(tcp(9, 80, data=b"xyz"), A6, B6, ext=[options(HOP), options(DEST, 24)]), (), *mac), 32),
              (frame(ip6(udp(9, 53), A6, B6, ext=[options(HOP), options(DEST, 512)]), (), *mac), None),
              (frame(ip4(udp(9, 53), A4, B4, more=True), (), *mac), None),
              (frame(ip6(udp(9, 53), A6, B6, ext=[fragment(0, True)]), (), *mac), None)]
    for payload in (raw(SCTP, noise(12)), raw(GRE, noise(50)), raw(253, b""), raw(253, noise(1000))):
        cases += [(text, None) for text in both(payload)]
    run(cases)
else:
    u = udp(9, 53)
    sent = [*both(tcp(9, 80, RST)), *both(tcp(9, 80, RST | ACK)), *both(tcp(9, 80, RST | SYN, data=b"x"))]
    sent += [frame(ip4(icmp(kind, 0, b"\0" * 4 + ip4(u, B4, A4)[1]), A4, B4), (), *mac) for kind in (3, 5, 11, 12)]
    sent += [frame(ip6(icmp(kind, 0, b"\0" * 4 + ip6(u, B6, A6)[1]), A6, B6), (), *mac) for kind in (1, 3, 4, 137)]
    sent += [frame(ip4(raw(proto, b"\0" * 40), A4, B4, offset=160, more=more), (), *mac)
             for proto in (TCP, UDP, ICMP, 253) for more in (False, True)]
    sent += [frame(ip6(raw(proto, b"\0" * 40), A6, B6, ext=[fragment(160, more)]), (), *mac)
             for proto in (TCP, UDP, ICMP6, 253) for more in (False, True)]
    for p in (u, tcp(9, 80)):
        for src, dst in ((A4, "224.0.0.251"), (A4, "255.255.255.255"), (A4, "239.1.2.3"), ("0.0.0.0", B4),
                         ("224.0.0.1", B4), ("255.255.255.255", B4), (A4, "0.0.0.0"), ("240.0.0.1", B4)):
            sent.append(frame(ip4(p, src, dst), (), *mac))
        for src, dst in ((A6, "ff02::fb"), ("::", B6), ("ff02::1", B6), (A6, "ff05::1:3")):
            sent.append(frame(ip6(p, src, dst), (), *mac))
        # one host's address in a frame to many: broadcast, multicast
        for many in (b"\xff" * 6, bytes.fromhex("01005e000001")):
            sent.append(frame(ip4(p, A4, B4), (), mac[0], many))
        sent.append(frame(ip6(p, A6, B6), (), mac[0], bytes.fromhex("333300000001")))
    send("eth0", sent)
    got = listener.frames(0.5)
    need(not got, "answered: " + " ".join(text.hex() for text in got))
    print(len(sent), "unanswered")
END2

rejected() { # packets that rules rejected so far
	ctl rules -o json | json 'sum(r["packets"] for b in d["blocks"] for r in b["rules"] if r.get("verdict") == "reject")'
}

refused="ECONNREFUSED at once  EHOSTUNREACH at once  "
refused6="ECONNREFUSED at once  EACCES at once  "
works="works at once  works at once  "

# What veth's XDP sends back arrives only where an XDP program is as well.
at_far "$tmp/open.o" >/dev/null || not_ok "a program at the far end"
same "before: IPv4" "$works" "$(wire "$far" "$tmp/client.py" 10.77.0.1)"
same "before: IPv6" "$works" "$(wire "$far" "$tmp/client.py" fd00:77::1)"

for way in "xdp ingress xdp" "tc ingress tcx" "tc ingress clsact" "out egress tcx" "out egress clsact"; do
	read -r object direction hook <<<"$way"
	client=$far server=1 options=
	[ "$direction" = egress ] && client=$near server=2
	[ "$hook" = clsact ] && options="--tc clsact"

	apply --remove >/dev/null
	helds=()
	for address in 10.77.0.$server fd00:77::$server; do
		wire "$client" "$tmp/held.py" "$address" 90 "$tmp/go" >"$tmp/held-$address" 2>&1 &
		helds+=($!)
	done
	for address in 10.77.0.$server fd00:77::$server; do
		for _ in $(seq 50); do
			grep -q connected "$tmp/held-$address" && break
			sleep 0.1
		done
	done
	apply $options "$tmp/$object.o" >/dev/null || not_ok "$way: apply"
	touch "$tmp/go"
	wait "${helds[@]}"
	rm "$tmp/go"
	for address in 10.77.0.$server fd00:77::$server; do
		same "$way: a connection that stands is reset, $address" "ECONNRESET at once" "$(tail -n 1 "$tmp/held-$address")"
	done

	same "$way: sockets, IPv4" "$refused" "$(wire "$client" "$tmp/client.py" "10.77.0.$server")"
	same "$way: sockets, IPv6" "$refused6" "$(wire "$client" "$tmp/client.py" "fd00:77::$server")"
	expect "$way: ping, IPv4" 1 "Packet filtered" ip netns exec "$client" ping -c 1 -W 2 "10.77.0.$server"
	expect "$way: ping, IPv6" 1 "Administratively prohibited" ip netns exec "$client" ping -6 -c 1 -W 2 "fd00:77::$server"

	# tcpdump is a second judge of checksums.
	ip netns exec "$client" tcpdump -i eth0 -Q in -nn -vv -l "tcp or icmp or icmp6" >"$tmp/dump" 2>"$tmp/dump.err" &
	background+=($!)
	dump=$!
	for _ in $(seq 50); do
		grep -q 'listening on' "$tmp/dump.err" && break
		sleep 0.1
	done
	before=$(rejected)
	expect "$way: answers are right" 0 "answered" wire "$client" "$tmp/answers.py" sweep "$direction"
	answered=$(grep -o '^[0-9]*' "$tmp/out")
	sleep 0.2
	kill -INT "$dump"
	wait "$dump"
	same "$way: as many packets were rejected" "$answered" $(($(rejected) - before))
	same "$way: tcpdump saw as many answers" "$answered" \
		"$(grep -Ec 'Flags \[R|admin prohibited|unreachable prohibited' "$tmp/dump")"
	same "$way: tcpdump finds no wrong checksum" "" "$(grep -E 'bad |wrong|incorrect' "$tmp/dump" | head -n 3)"
	expect "$way: with tags, options, extension headers, padding" 0 "answered" \
		wire "$client" "$tmp/answers.py" others "$direction"

	before=$(rejected)
	expect "$way: no answer to what must have none" 0 "unanswered" wire "$client" "$tmp/answers.py" none "$direction"
	same "$way: though all of it was rejected" "$(grep -o '^[0-9]*' "$tmp/out")" $(($(rejected) - before))
done
removed "five places"

by_default() { # by_default N: packets that the default of block N decided, of the rules as JSON
	json "sum(r['packets'] for r in d['blocks'][$1]['rules'] if r['name'] == 'default')"
}

# Both ends reject all, both ways: answers end it. The counters stand still a moment later.
quiet() { # quiet NAME PACKETS: that many were met by the near end's ingress
	local first second
	sleep 0.5
	first=$(table)
	sleep 0.5
	second=$(table)
	same "$1: silence afterwards" "$first" "$second"
	same "$1: each packet was met once" "$2" "$(ctl rules -o json | by_default 0)"
}
at_far --remove >/dev/null
write_policy wall-far 'ingress on uplink via xdp { default reject; }'
silence "$near"
silence "$far"
for wall in wall wall-tc; do
	at_far "$tmp/wall-far.o" >/dev/null || not_ok "$wall: apply at the far end"
	apply "$tmp/$wall.o" >/dev/null || not_ok "$wall: apply"
	wire "$far" - <<'END2'
from frames import *
import random
frames = []
for n in range(2500):
    source = "10.%d.%d.%d" % (random.randrange(256), random.randrange(256), random.randrange(1, 255))
    frames.append(frame(ip4(tcp(random.randrange(1, 65536), 80), source)))
    frames.append(frame(ip6(tcp(random.randrange(1, 65536), 80), "fd00:77::%x" % random.randrange(3, 65536))))
frames += 500 * [frame(ip4(udp(5, 53))), frame(ip6(udp(5, 53)))]
send("eth0", frames, 32)
END2
	quiet "$wall: flood" 6000
	# From XDP an answer leaves at once, and the far end's wall meets it. From tc it leaves as any packet does: by the
	# wall of our own egress.
	# Each of 5000 TCP packets has its reset; of 1000 others those beyond a burst and a rate have no ICMP message.
	back=$("$build/sentryctl" rules -o json --bpffs "$bpffs/far" --netns "$far" | by_default 0)
	own=$(ctl rules -o json | by_default 1)
	[ "$wall" = wall ] && there=$back elsewhere=$own || there=$own elsewhere=$back
	if [ "$elsewhere" = 0 ] && [ "$there" -ge 5050 ] && [ "$there" -lt 6000 ]; then
		ok "$wall: $there answers met on their way, ICMP messages not for all"
	else
		not_ok "$wall: answers met by the far end and by our egress: $back $own"
	fi
	removed "$wall"
	at_far --remove >/dev/null
done
finish
