# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The push interface of Loki, as its documentation has it: https://grafana.com/docs/loki/latest/reference/loki-http-api/.
Stricter where Loki forgives: times of a stream must not go back within a request, labels and their values are few."""
import json
import re

MOST_LABELS, MOST_STREAMS = 15, 200
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
TIME = re.compile(r"[1-9][0-9]{17,18}")
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+:")
ever = set()


def receive(path, request, partial):
    if path != "/loki/api/v1/push" or partial or set(request) != {"streams"}:
        raise ValueError(f"{path}: {list(request)}")
    for stream in request["streams"]:
        if set(stream) != {"stream", "values"} or not stream["values"] or not 0 < len(stream["stream"]) <= MOST_LABELS:
            raise ValueError(f"a stream with {list(stream)}")
        for name, value in stream["stream"].items():
            if not LABEL.fullmatch(name) or not isinstance(value, str) or not value or ADDRESS.search(value):
                raise ValueError(f"label {name}={value}")
        key = json.dumps(stream["stream"], sort_keys=True)
        ever.add(key)
        last = 0
        for time, line in stream["values"]:
            if not isinstance(time, str) or not TIME.fullmatch(time) or not isinstance(line, str):
                raise ValueError(f"entry {time!r} {line!r}")
            if int(time) < last:
                raise ValueError("entry out of order")
            last = int(time)
            json.loads(line)
    keys = [json.dumps(stream["stream"], sort_keys=True) for stream in request["streams"]]
    if len(set(keys)) != len(keys) or len(ever) > MOST_STREAMS:
        raise ValueError(f"{len(keys)} streams, {len(set(keys))} different, {len(ever)} in all")
    return 204, None, request
