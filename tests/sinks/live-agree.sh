#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The same traffic, told in all ways: captures are sent through a policy in the kernel, both ways, and what sentryctl, /metrics,
# Prometheus, SQLite, a file, PostgreSQL, ClickHouse, InfluxDB and nfdump say of it is, to the packet and byte, what the captures
# have: by rule as `sentryc replay` judges them, by protocol, TCP flags and flow as another reader of frames finds them.
# shellcheck disable=SC2154 # names come from what is sourced
. "$(dirname "$0")/live.bash"
# shellcheck source=/dev/null
. "$servers/prometheus.sh"
command -v prometheus >/dev/null || { echo "prometheus is missing: make deps-sinks"; exit 77; }
begin=$(now_ms)
times=2 # the way in
agree() { /usr/bin/python3 -B "$here/agree.py" "$@"; }

cat >"$tmp/agree.sp" <<-'END'
	policy agree {
	    interface uplink = "live0";
	    account { traffic; flows max 262_144; }
	    ingress on uplink {
	        rule watch    sample 1/1  udp to any port 53  count;
	        rule ssh      deny   tcp port 22  log;
	        rule six-web  allow  ip6 tcp to any port { 80, 443 }  count;
	        rule web      allow  tcp to any port { 80, 443 };
	        rule dns      deny   udp to any port 53  count;
	        rule ping     allow  icmp { echo-request, echo-reply }  log;
	        rule tunnel   deny   gre  count;
	        rule piece    deny   fragment  count;
	        default deny;
	        non-ip deny;
	    }
	    egress on uplink {
	        rule out-web  allow  tcp to any port { 80, 443 }  count;
	        rule out-udp  deny   udp  log;
	        default allow;
	    }
	}
END
# The same, but that rules have other slots and lines.
sed '/rule watch/i\        rule never    deny   tcp from 192.0.2.77 to 192.0.2.78 port 77  count;' "$tmp/agree.sp" >"$tmp/moved.sp"
apply agree

# A mixture of protocols, and what people captured; of a directory of more test data, attacks, too.
captures=("$here"/../../examples/demo/traffic.pcap "$here"/../packets/captures/{dns_udp,dns_tcp,accecn_handshake,tcp-handshake-nano}.pcap
	"$here"/../packets/captures/zeek-{tcp__syn-synack,icmp__icmp6-ping}.pcap)
more=
if [ -n "${CORPUS:-}" ]; then
	for capture in pkt.TCP.synflood.spoofed amp.TCP.reflection.SYNACK; do
		[ -e "$CORPUS/06-pcap/ddos/$capture.pcap.xz" ] || continue
		xz -dc "$CORPUS/06-pcap/ddos/$capture.pcap.xz" >"$tmp/$capture.pcap" && more+="$capture "
		captures+=("$tmp/$capture.pcap")
	done
fi
frames make "$tmp/mixture.pcap" 10000
frames merge "$tmp/capture.pcap" "$tmp/mixture.pcap" "${captures[@]}"
frames count "$tmp/capture.pcap" >"$tmp/count.json"
for block in ingress egress; do
	"$build/sentryc" replay "$tmp/agree.sp" "$tmp/capture.pcap" --block $block -o json >"$tmp/replay-$block.json" || exit 1
done
agree expected "$times,$tmp/count.json" "$tmp/replay-ingress.json" ingress "1,$tmp/count.json" "$tmp/replay-egress.json" egress \
	>"$tmp/expected.json" || exit 1

postgres_start "$tmp" && clickhouse_start "$tmp" && influx_start "$tmp" && nfcapd_start "$tmp/nfcapd" || exit 1
cat >"$tmp/sentryd.yaml" <<-END
	bpffs: $bpffs/ps
	state-directory: $tmp/state
	run-directory: $tmp/run
	interval: 500ms
	flows: {active-timeout: 3s, idle-timeout: 2s, max: 1000000}
	http: {listen: "${http#*//}"}
	sinks:
	  - {type: file, path: $tmp/items.jsonl, rotate: {size: 1GiB}, select: {kinds: [event, flow, rule, traffic, flags, alert, lost]}}
	  - {type: sqlite, path: $tmp/history.db}
	  - {type: postgres, connection: "host=127.0.0.1 port=$postgres_PORT user=sentry dbname=telemetry", host: live}
	  - {type: clickhouse, url: "http://127.0.0.1:$clickhouse_PORT", host: live}
	  - {type: influx, url: "http://127.0.0.1:$influx_PORT", host: live}
	  - {type: ipfix, host: 127.0.0.1, port: $nfcapd_PORT, octets: frame}
END
sentryd_start "$tmp/sentryd.yaml"
prometheus_start "$tmp/prometheus" "${http#*//}" || exit 1
background+=("$prometheus_PID")

frames send "$tmp/capture.pcap" live1 $times 8000 >"$tmp/sent-in" &
in=$!
frames send "$tmp/capture.pcap" live0 1 4000 >"$tmp/sent-out" &
out=$!
# Under traffic, the policy changes, and back.
swaps=0
while kill -0 $in 2>/dev/null && [ $swaps -lt 4 ]; do
	sleep 0.8
	apply "$([ $((swaps % 2)) = 0 ] && echo moved || echo agree)"
	swaps=$((swaps + 1))
done
wait $in $out
sent=$(($(cat "$tmp/sent-in") + $(cat "$tmp/sent-out")))

# Until all flows have ended by themselves, and nothing waits for any sink.
# shellcheck disable=SC2016 # evaluated later
wait_until "all flows have ended" '[ "$(metric packet_sentry_flows)" = 0 ]' 30 || failed=1
wait_until "nothing waits" '! metrics | grep "^packet_sentry_sink_queue_items" | grep -qv " 0$"' 60 || { failed=1; metrics | grep "^packet_sentry_sink"; }
same "records that found no room" "0 0" "$(metric packet_sentry_events_lost_total) $(metric packet_sentry_flow_records_lost_total)"
metrics >"$tmp/metrics"
same "items that were dropped or refused" "" "$(grep -E '^packet_sentry_sink_items_total.*(dropped|refused)' "$tmp/metrics" | grep -v ' 0$')"
ctl rules -o json >"$tmp/rules"
ctl stats -o json >"$tmp/stats"
ctl rules --since 1h --db "$tmp/history.db" -o json >"$tmp/past"
ctl flows --since 1h --db "$tmp/history.db" -n 1000000 -o json >"$tmp/flows"
for what in "rule rule packets" "rule rule bytes" "traffic protocol packets" "traffic protocol bytes" "tcp_flags flags packets"; do
	read -r family label unit <<<"$what"
	# Of the moment at which it asked last, which is a second old at most.
	sleep 0.3
	prometheus_query "packet_sentry_${family}_${unit}_total" | /usr/bin/python3 -c '
import json, sys
family, label, unit = sys.argv[1:]
for line in sys.stdin:
    one = json.loads(line)
    what = {"rule": "rules", "traffic": "protocols", "tcp_flags": "flags"}[family]
    both = (one["value"], 0) if unit == "packets" else (0, one["value"])
    print(what, one["metric"]["direction"], one["metric"][label], *both, sep="\t")' "$family" "$label" "$unit"
done >"$tmp/prometheus.tsv"

# By what a store is asked: "TABLE KEY", and which of the numbers that is.
questions=("rules rule rules" "traffic protocol protocols" "flags tcp_flags flags" "flows rule flow_rules" "flows protocol flow_protocols"
	"events rule event_rules")
ask() { # STORE TABLE KEY
	local packets='sum(packets)'

	[ "$2" = events ] && packets='count(*)'
	case $1 in
	postgres) postgres_query "SELECT direction, $3, $packets, sum(bytes) FROM packet_sentry.$2 GROUP BY 1, 2" ;;
	clickhouse)
		clickhouse_query "SELECT direction, $3, ${packets/\*/}, sum(bytes) FROM packet_sentry.$2 FINAL GROUP BY direction, $3 FORMAT TabSeparatedRaw"
		;;
	influx)
		packets=${packets/\*/bytes}
		influx_query "SELECT $packets, sum(bytes) FROM $2 GROUP BY direction, $3"
		;;
	esac
}
for store in postgres clickhouse influx; do
	for question in "${questions[@]}"; do
		read -r table key what <<<"$question"
		ask $store "$table" "$key" | sed "s/^/$what\t/"
	done >"$tmp/$store.tsv"
done

# hold NAME VERB FILE WHAT…
hold() {
	agree "$2" "$3" >"$tmp/found.json" && agree hold "$1" "$tmp/expected.json" "$tmp/found.json" "${@:4}" || failed=1
}
hold "sentryctl rules" rules "$tmp/rules" rules
hold "sentryctl stats" stats "$tmp/stats" protocols flags
hold "sentryctl rules --since" past "$tmp/past" rules
hold "sentryctl flows --since" flows "$tmp/flows" flow_rules flow_protocols
hold "/metrics" metrics "$tmp/metrics" rules protocols flags
hold "Prometheus" tables "$tmp/prometheus.tsv" rules protocols flags
all=(rules protocols flags flow_rules flow_protocols event_rules)
hold "file" file "$tmp/items.jsonl" "${all[@]}"
hold "SQLite" sqlite "$tmp/history.db" "${all[@]}"
hold "PostgreSQL" tables "$tmp/postgres.tsv" "${all[@]}"
hold "ClickHouse" tables "$tmp/clickhouse.tsv" "${all[@]}"
hold "InfluxDB" tables "$tmp/influx.tsv" "${all[@]}"

# nfdump knows no rules, and numbers of protocols.
sentryd_stop
nfcapd_stop
nfcapd_query | /usr/bin/python3 -c '
import json, sys
numbers = {"ICMP": "1", "IGMP": "2", "TCP": "6", "UDP": "17", "GRE": "47", "ESP": "50", "AH": "51", "ICMPv6": "58", "SCTP": "132"}
wanted, found, flows = {}, {}, 0
for key, row in json.load(open(sys.argv[1]))["flow_protocols"].items():
    row_of = wanted.setdefault(numbers.get(key.split()[1], key.split()[1]), [0, 0])
    row_of[0] += row[0]
    row_of[1] += row[1]
for line in sys.stdin:
    protocol, n, packets, size = line.split()
    found[protocol] = [int(packets), int(size)]
    flows += int(n)
if wanted != found:
    print("not ok: nfdump: (expected, found)", {k: (wanted.get(k), found.get(k)) for k in {*wanted, *found} if wanted.get(k) != found.get(k)})
    sys.exit(1)
print(f"# nfdump: as captured: {sum(row[0] for row in found.values())} packets, {flows} records of flows, by {len(found)} protocols")
' "$tmp/expected.json" || failed=1
same "sentryd said nothing" "" "$(cat "$tmp/sentryd.log")"
echo "# $sent packets sent, mixed, captured${more:+ and of ${more% }}; $swaps changes of policy meanwhile; $(wc -l <"$tmp/items.jsonl") items to each sink that takes all; $(($(now_ms) - begin)) ms"
exit $failed
