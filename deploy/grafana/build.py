#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""build.py [DIRECTORY]: writes the dashboards, from one description of what is in them, into DIRECTORY (default: beside it)."""
import json
import os
import sys

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HERE = 'instance=~"$instance"'
RATE = "[$__rate_interval]"


def rate(metric, by="", where="", function="rate"):
    """sum by (BY) (rate(METRIC{WHERE}))"""
    selector = ", ".join(part for part in (HERE, where) if part)
    window = "[$__range]" if function == "increase" else RATE
    return f"sum{' by (' + by + ') ' if by else ''}({function}({metric}{{{selector}}}{window}))"


def now(metric, where=""):
    return f"{metric}{{{', '.join(part for part in (HERE, where) if part)}}}"


def process(metric, function=""):
    """Of the process of sentryd, whatever its job is called."""
    value = f"{function}({now(metric)}{RATE})" if function else now(metric)
    return f"{value} and on (instance, job) packet_sentry_build_info"


class Panel:
    """`queries` are pairs of expression and legend."""

    def __init__(self, title, unit, *queries, kind="timeseries", width=12, height=8, text="", stack=False, warn=None):
        self.title, self.unit, self.queries, self.kind = title, unit, queries, kind
        self.width, self.height, self.text, self.stack, self.warn = width, height, text, stack, warn

    def model(self, number, x, y):
        instant = self.kind in ("table", "stat", "bargauge")
        steps = [{"color": "green", "value": None}]
        if self.warn is not None:
            steps.append({"color": "red", "value": self.warn})
        defaults = {"unit": self.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
        if self.kind == "timeseries":
            defaults["custom"] = {"fillOpacity": 20 if self.stack else 8, "lineWidth": 1, "showPoints": "never",
                                  "stacking": {"group": "A", "mode": "normal" if self.stack else "none"}}
            options = {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["mean", "max"]},
                       "tooltip": {"mode": "multi", "sort": "desc"}}
        elif self.kind == "table":
            options = {"showHeader": True, "sortBy": [{"displayName": "Value", "desc": True}]}
        else:
            options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
            if self.kind == "bargauge":
                options |= {"orientation": "horizontal", "displayMode": "basic"}
            else:
                options |= {"colorMode": "value", "graphMode": "none", "textMode": "auto"}
        targets = []
        for i, (expression, legend) in enumerate(self.queries):
            targets.append({"refId": chr(ord("A") + i), "datasource": SOURCE, "editorMode": "code", "expr": expression,
                            "legendFormat": legend, "instant": instant, "range": not instant,
                            "format": "table" if self.kind == "table" else "time_series"})
        model = {"id": number, "type": self.kind, "title": self.title, "datasource": SOURCE,
                 "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
                 "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options, "targets": targets}
        if self.text:
            model["description"] = self.text
        if self.kind == "table":
            hidden = {"Time": True, "instance": True, "job": True, "__name__": True}
            model["transformations"] = [{"id": "organize", "options": {"excludeByName": hidden}}]
        return model


def stat(title, unit, expression, **more):
    return Panel(title, unit, (expression, ""), kind="stat", width=4, height=4, **more)


def table(title, unit, expression, **more):
    return Panel(title, unit, (expression, ""), kind="table", **more)


RULE_PACKETS, RULE_BYTES = "packet_sentry_rule_packets_total", "packet_sentry_rule_bytes_total"
TRAFFIC_PACKETS, TRAFFIC_BYTES = "packet_sentry_traffic_packets_total", "packet_sentry_traffic_bytes_total"
FLAGS = "packet_sentry_tcp_flags_packets_total"
NEEDS_TRAFFIC = "Of policies with `account { traffic; }`."
LOST = "packet_sentry_events_lost_total"

DASHBOARDS = {
    "overview": ("Packet Sentry: overview", [
        stat("Policy in force", "short", f"min({now('packet_sentry_policy_in_force')})"),
        stat("Packets", "pps", rate(RULE_PACKETS)),
        stat("Denied", "pps", rate(RULE_PACKETS, where='verdict=~"deny|reject"')),
        stat("Flows", "short", f"sum({now('packet_sentry_flows')})"),
        stat("Lost records", "short", rate(LOST, function="increase"), warn=1),
        stat("Sinks failing", "short", f"sum({now('packet_sentry_sink_failing')})", warn=1),
        Panel("Packets by verdict", "pps", (rate(RULE_PACKETS, "verdict"), "{{verdict}}"), stack=True),
        Panel("Bits by direction", "bps", (f"8 * {rate(RULE_BYTES, 'direction')}", "{{direction}}"), stack=True),
        Panel("Busiest rules", "pps", (f"topk(10, {rate(RULE_PACKETS, 'policy, block, rule')})", "{{policy}} {{block}} {{rule}}")),
        Panel("Connections by stage", "short", (f"sum by (stage) ({now('packet_sentry_connections')})", "{{stage}}"), stack=True),
        Panel("Records from the kernel", "short", (rate("packet_sentry_events_read_total"), "read"), (rate(LOST), "lost")),
        Panel("Tables", "percentunit",
              (f"{now('packet_sentry_table_entries')} / {now('packet_sentry_table_capacity')}", "{{kind}} {{table}}"),
              text="Entries of what there is room for.", warn=0.9),
        table("Policies", "short", now("packet_sentry_policy_info"), width=16, height=5),
        table("Versions", "short", now("packet_sentry_build_info"), width=8, height=5),
    ]),
    "rules": ("Packet Sentry: rules and verdicts", [
        Panel("Packets by verdict", "pps", (rate(RULE_PACKETS, "verdict"), "{{verdict}}"), stack=True),
        Panel("Share denied, by block", "percentunit",
              (f"""{rate(RULE_PACKETS, 'block', 'verdict=~"deny|reject"')} / ({rate(RULE_PACKETS, 'block')} > 0)""", "{{block}}")),
        Panel("Rules that allow", "pps",
              (f"""topk(15, {rate(RULE_PACKETS, 'policy, block, rule', 'verdict="allow"')})""", "{{policy}} {{block}} {{rule}}")),
        Panel("Rules that deny", "pps",
              (f"""topk(15, {rate(RULE_PACKETS, 'policy, block, rule', 'verdict=~"deny|reject"')})""",
               "{{policy}} {{block}} {{rule}}")),
        Panel("Bytes by rule", "Bps", (f"topk(15, {rate(RULE_BYTES, 'policy, block, rule')})", "{{policy}} {{block}} {{rule}}")),
        table("Packets in this time", "short",
              f"topk(100, {rate(RULE_PACKETS, 'policy, block, rule, verdict', function='increase')})"),
        Panel("Bytes of a packet, by rule", "bytes",
              (f"{rate(RULE_BYTES, 'policy, block, rule')} / ({rate(RULE_PACKETS, 'policy, block, rule')} > 0)",
               "{{policy}} {{block}} {{rule}}"),
              text="A rule that meets other packets than before often shows here first."),
        stat("Rules without a series", "short", f"sum({now('packet_sentry_rules_without_series')})",
             text="They count in the rule “(others)”: `http: {rules: N}` says how many have series of their own."),
    ]),
    "traffic": ("Packet Sentry: traffic", [
        Panel("Packets by protocol", "pps", (rate(TRAFFIC_PACKETS, "protocol"), "{{protocol}}"), stack=True, text=NEEDS_TRAFFIC),
        Panel("Bits by protocol", "bps", (f"8 * {rate(TRAFFIC_BYTES, 'protocol')}", "{{protocol}}"), stack=True, text=NEEDS_TRAFFIC),
        Panel("Packets by interface", "pps", (rate(TRAFFIC_PACKETS, "interface, direction"), "{{interface}} {{direction}}"),
              text=NEEDS_TRAFFIC),
        Panel("Bits by interface", "bps", (f"8 * {rate(TRAFFIC_BYTES, 'interface, direction')}", "{{interface}} {{direction}}"),
              text=NEEDS_TRAFFIC),
        Panel("Denied, by protocol", "pps",
              (rate(TRAFFIC_PACKETS, "protocol, verdict", 'verdict=~"deny|reject"'), "{{protocol}} {{verdict}}"), text=NEEDS_TRAFFIC),
        Panel("Bytes of a packet, by protocol", "bytes",
              (f"{rate(TRAFFIC_BYTES, 'protocol')} / ({rate(TRAFFIC_PACKETS, 'protocol')} > 0)", "{{protocol}}"), text=NEEDS_TRAFFIC),
        table("Bytes in this time", "bytes",
              rate(TRAFFIC_BYTES, "interface, direction, protocol, verdict", function="increase"), width=24),
    ]),
    "tcp-flags": ("Packet Sentry: TCP flags", [
        Panel("Packets by flags", "pps", (rate(FLAGS, "flags"), "{{flags}}"), text=NEEDS_TRAFFIC),
        Panel("Share by flags", "percentunit", (f"{rate(FLAGS, 'flags')} / on () group_left () ({rate(FLAGS)} > 0)", "{{flags}}"), stack=True,
              text=NEEDS_TRAFFIC),
        Panel("Connections asked for and answered", "pps", (rate(FLAGS, "direction", 'flags="SYN"'), "SYN {{direction}}"),
              (rate(FLAGS, "direction", 'flags="SYN,ACK"'), "SYN,ACK {{direction}}"), text=NEEDS_TRAFFIC),
        Panel("Connections that end", "pps", (rate(FLAGS, "flags", 'flags=~".*(FIN|RST).*"'), "{{flags}}"), text=NEEDS_TRAFFIC),
        Panel("Patterns that no stack sends", "pps",
              (rate(FLAGS, "interface, flags", 'flags=~"none|FIN|FIN,PSH,URG|SYN,FIN.*|FIN,SYN.*|SYN,RST.*"'), "{{interface}} {{flags}}"),
              text="Scanners do: nothing at all, FIN alone, FIN with PSH and URG, SYN with FIN or RST. " + NEEDS_TRAFFIC),
        table("Packets in this time", "short", rate(FLAGS, "interface, direction, flags", function="increase")),
    ]),
    "scans-floods": ("Packet Sentry: scans and floods", [
        stat("Alerts in this time", "short", rate("packet_sentry_alerts_total", function="increase"), warn=1),
        stat("Highest score", "short", f"max({now('packet_sentry_anomaly_score')})", warn=4),
        stat("Half-open connections", "short", f"""sum({now('packet_sentry_connections', 'stage=~"opening|syn2|synack"')})"""),
        stat("Tables overflowed", "short", rate("packet_sentry_table_failed_total", function="increase"), warn=1),
        Panel("Anomaly scores", "short", (now("packet_sentry_anomaly_score"), "{{kind}} {{policy}} {{name}}"),
              text="Standard deviations from what is usual at this hour."),
        Panel("Alerts", "short", (rate("packet_sentry_alerts_total", "instance"), "{{instance}}")),
        Panel("SYN for each SYN,ACK, incoming", "short",
              (f"""{rate(FLAGS, 'interface', 'flags="SYN", direction="ingress"')} / """
               f"""clamp_min({rate(FLAGS, 'interface', 'flags="SYN,ACK", direction="egress"')}, 1)""", "{{interface}}"),
              text="About 1 as a rule, or less; a flood or a scan has many. Fewer than one answer a second count as one. " + NEEDS_TRAFFIC),
        Panel("Half-open and open connections", "short",
              (f"""sum by (stage) ({now('packet_sentry_connections', 'stage!="none"')})""", "{{stage}}"), stack=True),
        Panel("Denied packets by rule", "pps",
              (f"""topk(10, {rate(RULE_PACKETS, 'policy, block, rule', 'verdict=~"deny|reject"')})""", "{{policy}} {{block}} {{rule}}"),
              text="Rules with a limit and with `detect` are among them."),
        Panel("Denied ICMP and UDP", "pps",
              (rate(TRAFFIC_PACKETS, "protocol", 'protocol=~"udp|icmp|icmp6", verdict!="allow"'), "{{protocol}}"), text=NEEDS_TRAFFIC),
        Panel("Sets and limits", "percentunit",
              (f"{now('packet_sentry_table_entries')} / {now('packet_sentry_table_capacity')}", "{{kind}} {{table}}"),
              text="Many sources fill them.", warn=0.9),
    ]),
    "lost": ("Packet Sentry: lost telemetry", [
        stat("Lost records", "short", rate(LOST, function="increase"), warn=1),
        stat("Lost flow records", "short", rate("packet_sentry_flow_records_lost_total", function="increase"), warn=1),
        stat("Dropped by sinks", "short", rate("packet_sentry_sink_items_total", "", 'result="dropped"', "increase"), warn=1),
        stat("Refused by servers", "short", rate("packet_sentry_sink_items_total", "", 'result="refused"', "increase"), warn=1),
        stat("Age of the counters", "s", f"max({now('packet_sentry_read_age_seconds')})", warn=30),
        stat("Sinks failing", "short", f"sum({now('packet_sentry_sink_failing')})", warn=1),
        Panel("Records read and lost", "short", (rate("packet_sentry_events_read_total"), "read"), (rate(LOST), "lost"),
              text="Lost: the ring buffer was full. The counters of rules know these packets nevertheless."),
        Panel("Flows lost", "short", (rate("packet_sentry_flow_records_lost_total"), "records"),
              (rate("packet_sentry_flow_lost_packets_total"), "packets"), (rate("packet_sentry_flow_lost_bytes_total"), "bytes"),
              (rate("packet_sentry_flows_forced_total"), "ended early")),
        Panel("Items taken by sinks", "short", (rate("packet_sentry_sink_accepted_items_total", "sink"), "{{sink}}")),
        Panel("What became of them", "short", (rate("packet_sentry_sink_items_total", "sink, result"), "{{sink}} {{result}}")),
        Panel("Items that wait", "short",
              (f"sum by (sink, place) ({now('packet_sentry_sink_queue_items')})", "{{sink}} {{place}}"), stack=True),
        Panel("Retries", "short", (rate("packet_sentry_sink_retries_total", "sink"), "{{sink}}")),
        Panel("Entries that found no room", "short", (rate("packet_sentry_table_failed_total", "kind, table"), "{{kind}} {{table}}")),
        Panel("Memory", "bytes", (process("process_resident_memory_bytes"), "resident {{instance}}"),
              (process("process_virtual_memory_bytes"), "virtual {{instance}}")),
        Panel("Processor", "percentunit",
              (process("process_cpu_seconds_total", "rate"), "{{instance}}")),
        Panel("Descriptors", "short", (process("process_open_fds"), "open {{instance}}"),
              (process("process_max_fds"), "most {{instance}}")),
    ]),
    "generations": ("Packet Sentry: swaps and generations", [
        stat("Generation", "none", f"max({now('packet_sentry_generation')})"),
        stat("In force since", "dateTimeFromNow", f"1000 * max({now('packet_sentry_policy_applied_timestamp_seconds')})"),
        stat("Swaps in this time", "short", rate("packet_sentry_generation_changes_total", function="increase")),
        stat("Failed reloads", "short", rate("packet_sentry_reload_failures_total", function="increase"), warn=1),
        stat("Running for", "s", f"time() - max({process('process_start_time_seconds')})"),
        stat("Without a policy", "short", f"sum({now('packet_sentry_policy_in_force')} == bool 0)", warn=1),
        Panel("Generation", "none", (now("packet_sentry_generation"), "{{instance}}")),
        Panel("Swaps and reloads", "short", (rate("packet_sentry_generation_changes_total"), "swaps"),
              (rate("packet_sentry_reloads_total"), "reloads"), (rate("packet_sentry_reload_failures_total"), "failed reloads")),
        Panel("Packets by verdict", "pps", (rate(RULE_PACKETS, "verdict"), "{{verdict}}"), stack=True,
              text="What a swap changed."),
        table("Policies", "short", now("packet_sentry_policy_info")),
    ]),
}


def variables():
    yield {"name": "datasource", "type": "datasource", "label": "Prometheus", "query": "prometheus", "refresh": 1, "hide": 0,
           "includeAll": False, "multi": False, "options": [], "regex": "", "skipUrlSync": False}
    query = "label_values(packet_sentry_build_info, instance)"
    yield {"name": "instance", "type": "query", "label": "Host", "datasource": SOURCE, "query": query, "definition": query, "refresh": 2,
           "hide": 0, "includeAll": True, "allValue": ".*", "multi": True, "options": [], "regex": "", "sort": 1, "skipUrlSync": False,
           "current": {"selected": True, "text": "All", "value": "$__all"}}


def dashboard(name, title, panels):
    models, x, y, row = [], 0, 0, 0
    for panel in panels:
        if x + panel.width > 24:
            x, y, row = 0, y + row, 0
        models.append(panel.model(len(models) + 1, x, y))
        x, row = x + panel.width, max(row, panel.height)
    swaps = {"name": "Swaps", "enable": True, "hide": False, "iconColor": "orange", "datasource": SOURCE, "titleFormat": "another policy",
             "expr": f"changes(packet_sentry_generation{{{HERE}}}{RATE}) > 0"}
    links = [{"type": "dashboards", "title": "Packet Sentry", "tags": ["packet-sentry"], "asDropdown": True, "includeVars": True,
              "keepTime": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}]
    return {"uid": f"packet-sentry-{name}", "title": title, "tags": ["packet-sentry"], "schemaVersion": 41, "version": 1,
            "editable": True, "graphTooltip": 1, "refresh": "30s", "timezone": "browser", "time": {"from": "now-6h", "to": "now"},
            "annotations": {"list": [swaps]}, "templating": {"list": list(variables())}, "links": links, "panels": models}


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, (title, panels) in DASHBOARDS.items():
        with open(os.path.join(directory, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(dashboard(name, title, panels), file, indent=1, ensure_ascii=False)
            file.write("\n")


if __name__ == "__main__":
    main()
