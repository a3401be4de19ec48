#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# `sentryctl events -o pcapng`: samples of real packets are the frames that were sent, in both directions and on two
# interfaces, as tcpdump reads them, and as a reader of the format itself does; the filters of what comes from the kernel.
. "$(dirname "$0")/common.bash"
. "$here/wire.bash"

cat >"$tmp/watch.sp" <<'END'
policy watch {
    interface uplink = "eth0";
    ingress on uplink {
        rule seen   sample 1/1  from { 10.77.0.2, fd00:77::2 };
        rule ssh    deny   tcp port 22  log;
        rule dns    deny   udp port 53;
        default allow;
    }
    egress on uplink {
        rule out    sample 1/1;
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/watch.sp" -o "$tmp/watch.o" || exit 1

# sent.py FILE: what is sent from the far end, as "INTERFACE-DIRECTION LENGTH HEX" for each sampled frame.
cat >"$tmp/sent.py" <<'END'
import sys
from frames import *

frames = [frame(ip4(udp(5, 53, b"x" * n), FAR4, NEAR4), (), FAR_MAC, NEAR_MAC) for n in (0, 1, 86, 87, 1000)]
frames += [frame(ip6(udp(5, 54), FAR6, NEAR6), [7], FAR_MAC, NEAR_MAC), frame(ip4(raw(GRE), FAR4, NEAR4), (), FAR_MAC, NEAR_MAC)]
frames += [frame(ip4(tcp(40000, 22), FAR4, NEAR4), (), FAR_MAC, NEAR_MAC)]
send("eth0", frames)
with open(sys.argv[1], "w") as out:
    out.writelines("%d %s\n" % (len(f), f[:128].hex()) for f in frames)
END

# read.py FILE: the packets of a capture as "INTERFACE FLAGS LENGTH HEX COMMENT", read as the draft of the format says.
cat >"$tmp/read.py" <<'END'
import struct, sys

data, at, interfaces = open(sys.argv[1], "rb").read(), 0, []


def options(body):
    found = {}
    while len(body) >= 4:
        code, size = struct.unpack("=HH", body[:4])
        if code == 0:
            assert len(body) == 4
            return found
        found[code] = body[4:4 + size]
        body = body[4 + (size + 3) // 4 * 4:]
    raise ValueError("options without an end")


while at < len(data):
    kind, size = struct.unpack_from("=II", data, at)
    assert size % 4 == 0 and struct.unpack_from("=I", data, at + size - 4) == (size,)
    body, at = data[at + 8:at + size - 4], at + size
    if kind == 0x0A0D0D0A:
        assert struct.unpack_from("=IHH", body) == (0x1A2B3C4D, 1, 0)
    elif kind == 1:
        said = options(body[8:])
        assert struct.unpack_from("=HHI", body) == (1, 0, 128) and said[9] == b"\x09"
        interfaces.append(said[2].decode())
    else:
        assert kind == 6
        interface, high, low, captured, length = struct.unpack_from("=5I", body)
        said = options(body[20 + (captured + 3) // 4 * 4:])
        print(interfaces[interface], struct.unpack("=I", said[2])[0], length, body[20:20 + captured].hex(), said[1].decode())
END

apply "$tmp/watch.o" >/dev/null || not_ok "apply"
wire "$far" "$tmp/sent.py" "$tmp/sent" || not_ok "send"
sleep 0.2
ctl events -o pcapng >"$tmp/in.pcapng" 2>"$tmp/messages" || not_ok "capture"
python3 "$tmp/read.py" "$tmp/in.pcapng" >"$tmp/all" || not_ok "it cannot be read"
grep -v ', egress,' "$tmp/all" >"$tmp/read"
same "frames are those that were sent" "$(cat "$tmp/sent")" "$(cut -d' ' -f3,4 "$tmp/read")"
same "interface, direction and comment" "8 eth0 1 rule seen, ingress, policy watch, generation 1, 1/1" \
	"$(cut -d' ' -f1,2,5- "$tmp/read" | sort | uniq -c | sed 's/^ *//')"
expect "what has no frame is said" 0 "1 records have no frame" cat "$tmp/messages"
same "tcpdump reads as many" "$(wc -l <"$tmp/all")" "$(tcpdump -nr "$tmp/in.pcapng" 2>/dev/null | wc -l)"
same "and the same addresses" 5 "$(tcpdump -nr "$tmp/in.pcapng" 'udp dst port 53 and src host 10.77.0.2' 2>/dev/null | wc -l)"

# The other direction.
ip netns exec "$near" ping -c 3 -i 0.1 -W 1 10.77.0.2 >/dev/null
sleep 0.2
ctl events --rule out --protocol icmp -o pcapng >"$tmp/out.pcapng" 2>/dev/null
same "on the way out" "3 eth0 2 rule out, egress, policy watch, generation 1, 1/1" \
	"$(python3 "$tmp/read.py" "$tmp/out.pcapng" | cut -d' ' -f1,2,5- | sort | uniq -c | sed 's/^ *//')"

# As it happens: each packet is in the file when it was there.
"$build/sentryctl" events --follow --source 10.77.0.2 --port 53 -o pcapng --bpffs "$bpffs/ps" --netns "$near" >"$tmp/follow.pcapng" 2>/dev/null &
follower=$!
background+=("$follower")
sleep 0.5
udp "$far" 10.77.0.1 53 4
udp "$far" 10.77.0.1 54 4
sleep 0.5
same "followed, and filtered" 4 "$(python3 "$tmp/read.py" "$tmp/follow.pcapng" | wc -l)"
kill -INT "$follower"
wait "$follower"
same "the end is good" 0 $?

# Filters of what comes from the kernel. Records are taken once, whatever of them is shown.
filtered() { # NAME WANTED OPTIONS…
	udp "$far" 10.77.0.1 53 2
	udp "$far" 10.77.0.1 54 3
	sleep 0.2
	same "$1" "$2" "$(ctl events -o text "${@:3}" | grep -c ' UDP ')"
}
ctl events >/dev/null
filtered "all" 5 --protocol udp --rule seen
filtered "by port" 2 --port 53
filtered "by source" 5 --source 10.77.0.0/24 --dest 10.77.0.1
filtered "by another source" 0 --source 10.78.0.0/16
filtered "by interface" 0 --interface eth1
filtered "by verdict" 0 --verdict allow
udp "$far" 10.77.0.1 53 1
sleep 0.2
expect "as the Elastic Common Schema" 0 '"ecs":.*"source":\{"ip":"10.77.0.2"' ctl events --schema ecs
udp "$far" 10.77.0.1 53 1
sleep 0.2
expect "as OCSF" 0 '"class_uid":4001' ctl events --schema ocsf
expect "-n is of what was" 2 "together with --since" ctl events -n 3
expect "--follow is of what comes" 2 "--follow is about what comes" ctl events --follow --since 1h
expect "no such address" 2 "is no address, and no prefix" ctl events --source 10.0.0.1/8
expect "pcapng of rules" 2 "is for .sentryctl events" ctl rules -o pcapng
finish
