#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A real Prometheus scrapes a real sentryd, which has no capability but CAP_BPF, while scans, connections and pings meet a
# policy: each query of each dashboard has an answer, and the numbers are those of sentryctl.
. "$(dirname "$0")/common.bash"
for tool in prometheus nmap ncat; do
	command -v $tool >/dev/null || { echo "$tool is missing: make deps-sinks"; exit 77; }
done
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || { echo "python3-jsonschema is missing: make deps-sinks"; exit 77; }
# shellcheck source=tests/sinks/servers/prometheus.sh
. "$here/../sinks/servers/prometheus.sh"
# What talks to sentryd does so in its namespace.
prometheus() { exec ip netns exec "$near" "$(type -P prometheus)" "$@"; }
curl() { ip netns exec "$near" "$(type -P curl)" "$@"; }
trap 'prometheus_stop; cleanup' EXIT

cat >"$tmp/edge.sp" <<'END'
policy edge {
    interface uplink = "eth0";
    account { traffic; flows; }
    set abusers : addr max 100;
    ingress on uplink {
        rule abusers  deny from @abusers udp port 9;
        rule scan     rate-limit 20/m burst 5 per src tcp flags syn/fin,syn,rst,ack else deny detect syn-scan;
        rule state    allow state established;
        rule web      allow tcp to port 80;
        rule ping     allow icmp echo-request;
        rule udp      reject udp;
        default deny;
    }
    egress on uplink {
        default allow;
    }
}
END
"$build/sentryc" compile "$tmp/edge.sp" -o "$tmp/edge.o" >"$tmp/said" 2>&1 || { cat "$tmp/said"; exit 1; }
check "a policy is in force" apply "$tmp/edge.o"

cat >"$tmp/sentryd.yaml" <<END
bpffs: $bpffs/ps
state-directory: $tmp/state
run-directory: $tmp/run
interval: 500ms
tables-interval: 1s
http: {listen: 127.0.0.1:9477}
sinks:
  - {type: file, path: $tmp/events.json}
END
nsenter --net="/run/netns/$near" setpriv --bounding-set -all,+bpf "$build/sentryd" --config "$tmp/sentryd.yaml" >"$tmp/sentryd.log" 2>&1 &
sentryd=$!
background+=("$sentryd")
for _ in {1..100}; do
	[ "$(curl -s -o /dev/null -w '%{http_code}' 127.0.0.1:9477/readyz)" = 200 ] && break
	sleep 0.1
done
same "it is ready" "ready" "$(curl -s 127.0.0.1:9477/readyz)"
same "it has CAP_BPF alone" 0000008000000000 "$(sed -n 's/^CapEff:\t//p' "/proc/$sentryd/status")"

check "Prometheus scrapes it" prometheus_start "$tmp/prometheus" 127.0.0.1:9477
ip netns exec "$near" ncat -lk 10.77.0.1 80 -c 'echo hello' 2>/dev/null &
background+=($!)
traffic() {
	for flags in -sS -sN -sX; do
		ip netns exec "$far" nmap -n -Pn $flags -p 1-40,80 --max-retries 0 --host-timeout 3s 10.77.0.1 >/dev/null 2>&1
	done
	ip netns exec "$far" ping -q -c 3 -i 0.2 10.77.0.1 >/dev/null 2>&1
	ip netns exec "$near" ping -q -c 2 -i 0.2 10.77.0.2 >/dev/null 2>&1
	udp "$far" 10.77.0.1 53 20
	ip netns exec "$far" ncat -w 1 10.77.0.1 80 </dev/null >/dev/null 2>&1
}
traffic
sleep 2
apply "$tmp/edge.o" >/dev/null # another generation
traffic
sleep 2
curl -fs 127.0.0.1:9477/metrics >"$tmp/metrics"
check "promtool finds nothing wrong" promtool check metrics <"$tmp/metrics"

schema=${CORPUS:-}/08-telemetry/grafana/dashboard.jsonschema.json
# Nothing was unusual yet: there is no score.
ip netns exec "$near" /usr/bin/python3 -B "$here/../sinks/dashboards.py" "$here/../../deploy/grafana" "$prometheus_PORT" "$tmp/metrics" \
	"${CORPUS:+$schema}" '[Ss]core' >"$tmp/dashboards" 2>&1 || not_ok "$(cat "$tmp/dashboards")"

# The numbers, when all is quiet: of rules and of traffic, in sentryctl and in Prometheus.
sleep 1
ctl rules -o json | /usr/bin/python3 -c 'import json, sys
for block in json.load(sys.stdin)["blocks"]:
    for rule in block["rules"]:
        print(block["name"], rule["name"], rule["packets"], rule["bytes"])' | sort >"$tmp/rules.ctl"
for unit in packets bytes; do
	prometheus_query "sum by (block, rule) (packet_sentry_rule_${unit}_total)" | /usr/bin/python3 -c 'import json, sys
for line in sys.stdin:
    one = json.loads(line)
    print(one["metric"]["block"], one["metric"]["rule"], one["value"])' | sort >"$tmp/rules.$unit"
done
join -j 1 <(sed 's/ /\//' "$tmp/rules.packets") <(sed 's/ /\//' "$tmp/rules.bytes") | sed 's/\// /' >"$tmp/rules.prometheus"
check "packets and bytes by rule are those of sentryctl" diff "$tmp/rules.ctl" "$tmp/rules.prometheus"
ctl stats -o json | /usr/bin/python3 -c 'import collections, json, sys
sums = collections.Counter()
for row in json.load(sys.stdin)["protocols"]:
    sums[row["protocol"], row["verdict"]] += row["packets"]
for key, packets in sums.items():
    if packets:
        print(*key, packets)' | sort >"$tmp/traffic.ctl"
prometheus_query 'sum by (protocol, verdict) (packet_sentry_traffic_packets_total) > 0' | /usr/bin/python3 -c 'import json, sys
for line in sys.stdin:
    one = json.loads(line)
    print(one["metric"]["protocol"], one["metric"]["verdict"], one["value"])' | sort >"$tmp/traffic.prometheus"
check "packets by protocol and verdict are, too" diff "$tmp/traffic.ctl" "$tmp/traffic.prometheus"
[ "$(wc -l <"$tmp/traffic.ctl")" -ge 4 ] || not_ok "there was little traffic: $(cat "$tmp/traffic.ctl")"
grep -q 'tcp_flags_packets_total{.*direction="ingress",flags="none"} [1-9]' "$tmp/metrics" || not_ok "the null scan is not seen"
same "a change of generation was seen" 1 "$(sed -n 's/^packet_sentry_generation_changes_total //p' "$tmp/metrics")"
[ "$(sed -n 's/^packet_sentry_alerts_total //p' "$tmp/metrics")" -gt 0 ] || not_ok "the scan raised no alert"
grep -qE '[^0-9]10\.77\.' "$tmp/metrics" && not_ok "an address is in a label"

kill "$sentryd"
wait "$sentryd"
same "it ends when it is asked" 0 $?
same "it had nothing to complain of" "" "$(cat "$tmp/sentryd.log")"
[ $failed = 0 ] && echo "# metrics of sentryd: $(head -n 1 "$tmp/dashboards"); equal to sentryctl by rule and protocol"
finish
