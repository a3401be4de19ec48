#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# OTLP to a strict receiver. Debian has no server of OpenTelemetry: requests are read by protobuf's own JSON mapping into the
# messages of the .proto files; with CORPUS that judge has to read the official examples first.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")" || exit 1
/usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || { echo "python3-protobuf is missing: make deps-sinks"; exit 77; }
kind=otlp
# shellcheck source=tests/sinks/receiver.bash
. ./receiver.bash

examples=${CORPUS:-}/08-telemetry/otlp
if [ -n "${CORPUS:-}" ]; then
	/usr/bin/python3 -B -c 'import json, sys
import receive_otlp
for name, kind in (("logs", "LogsData"), ("events", "LogsData"), ("metrics", "MetricsData")):
    example = json.load(open(f"{sys.argv[1]}/{name}.json"))
    if kind == "MetricsData":  # two of the four metrics are of types that sentryd does not send
        metrics = example["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
        metrics[:] = [one for one in metrics if "sum" in one or "gauge" in one]
    receive_otlp.parse(kind, example)
log = json.load(open(f"{sys.argv[1]}/logs.json"))
for name, value in (("timeUnixNano", 1544712660300000000), ("trace_id", "x"), ("traceId", "W47/95gDgQPSabYzgT/GDA=="), ("severityNumber", "INFO"),
                    ("severityNumber", None), ("body", {"intValue": 1})):
    wrong = json.loads(json.dumps(log))
    wrong["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0][name] = value
    try:
        receive_otlp.parse("LogsData", wrong)
    except Exception:
        continue
    sys.exit(f"the judge takes {name}: {value}")' "$examples" || bad "the judge is wrong about the official examples"
fi

configure 'trace-id: 5b8efff798038103d269b633813fc60c' 'span-id: EEE19B7EC3C1B174' 'resource: {deployment.environment: "test \"one\""}' 'compress: true'
items=8000
trouble $items 1500 $items
"$driver" --expect --items $items >"$dir/expect"
/usr/bin/python3 -B otlp_sums.py "$dir/accepted" "$dir/expect" >"$dir/sums" || bad "$(cat "$dir/sums")"

# Refused: all of one signal, then some of both, then nothing any more.
configure 'select: {kinds: [event, rule]}'
mode metrics 400
drive --items 8000
driven 4000 1000
grep -q 'sink otlp: .*/v1/metrics: HTTP status 400: {"message": "no: 400"}' "$dir/driver.log" || bad "what was refused is not said: $(cat "$dir/driver.log")"
mode 400
drive --items 8000
driven 0 5000
mode partial
drive --items 1600
wait "$driver_pid"
requests=$(wc -l <"$dir/accepted")
[ "$(counted refused)" = $((3 * requests)) ] && [ "$(counted written)" = $((1000 - 3 * requests)) ] || bad "refused in part: $(tr -d '\n' <"$dir/driver.json")"
grep -q 'refused 3: three too many' "$dir/driver.log" || bad "$(cat "$dir/driver.log")"
mode ok
drive --items 8000
driven 5000 0

for wrong in 'trace-id: 123' 'trace-id: 00000000000000000000000000000000' 'span-id: eee19b7ec3c1b174' 'url: ftp://x' 'frobnicate: 1'; do
	configure "$wrong"
	[[ $wrong != url* ]] || sed -i '/url: http/d' "$dir/config"
	"$driver" "$dir/config" >"$dir/said" 2>&1
	[ $? = 2 ] && grep -q 'config:[0-9]*:[0-9]*: error: ' "$dir/said" || bad "$wrong: $(cat "$dir/said")"
done
[ $failed = 0 ] || exit 1
echo "# otlp: $(cat "$dir/sums"); absent, killed, stopped, busy, an answer lost; refused as a whole and in part$([ -n "${CORPUS:-}" ] || echo '; the judge was not held against the official examples: no CORPUS')"
