#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Samples of the history as a capture, as Wireshark's programs read it: frames, lengths, times, interfaces, directions, comments.
. "$(dirname "$0")/stores.bash"
for tool in tshark capinfos; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
db=$tmp/history.db
config "$tmp/plain.yaml" "type: sqlite" "path: $db" "keep: {events: 3000d}" "select: {kinds: event}"
drive "$tmp/plain.yaml" --items 4000
"$build/sentryctl" events --since 2026-01-01 --db "$db" -o json >"$tmp/events" || not_ok "events"
"$build/sentryctl" events --since 2026-01-01 --db "$db" -o pcapng >"$tmp/all.pcapng" 2>"$tmp/messages" || not_ok "capture"
python3 -c '
import json, sys
for line in open(sys.argv[1]):
    item = json.loads(line)
    if "frame" in item:
        print(item["timestamp"].replace("T", " ")[:29], item["interface"], item["bytes"], len(item["frame"]) // 2,
              {"ingress": 1, "egress": 2}[item["direction"]], "rule %s: %s, %s, policy %s, generation %d, 1/%d" % (
                  item["rule"], item["verdict"], item["direction"], item["policy"], item["generation"], item["sampling"]), sep="\t")
' "$tmp/events" >"$tmp/wanted"
TZ=UTC tshark -r "$tmp/all.pcapng" -T fields -e frame.time_epoch -e frame.interface_name -e frame.len -e frame.cap_len \
	-e frame.packet_flags_direction -e frame.comment 2>"$tmp/error" | python3 -c '
import datetime, sys
for line in sys.stdin:
    time, *rest = line.rstrip("\n").split("\t")
    seconds, fraction = time.split(".")
    rest[3] = str(int(rest[3], 0))
    print(datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S") + "." + fraction, *rest, sep="\t")
' >"$tmp/got"
n=$(wc -l <"$tmp/wanted")
[ "$n" -gt 400 ] || not_ok "only $n samples"
cmp -s "$tmp/wanted" "$tmp/got" || { not_ok "tshark reads something else:"; diff "$tmp/wanted" "$tmp/got" | head -n 6; cat "$tmp/error"; }
same "frames" "$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    frame = json.loads(line).get("frame", "")
    if len(frame) > 28:
        print(frame[28:])' "$tmp/events" | md5sum)" "$(tshark -r "$tmp/all.pcapng" -Y data.data -T fields -e data.data 2>/dev/null | md5sum)"
contains "capinfos: packets" "$n" <(capinfos -Mc "$tmp/all.pcapng")
contains "capinfos: interfaces" 2 <(capinfos -I "$tmp/all.pcapng" | grep 'Number of interfaces')
contains "capinfos: program" "Packet Sentry" <(capinfos "$tmp/all.pcapng")
contains "what has no frame is said" "$(($(wc -l <"$tmp/events") - n)) records have no frame" "$tmp/messages"
echo "# pcapng: tshark reads $n samples as they were: times, interfaces, lengths, directions, comments, frames"
exit $failed
