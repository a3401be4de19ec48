# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""OTLP over HTTP, JSON form: https://opentelemetry.io/docs/specs/otlp/. Requests are read by the JSON mapping of protobuf into
the messages of opentelemetry-proto 1.5, which refuses unknown names and wrong types; what OTLP has of its own (identifiers in
hexadecimal, enumerations by number, no null) is checked before."""
import base64
import re

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# The messages that logs and sums consist of, with the field numbers of the .proto files.
MESSAGES = """
AnyValue string_value:1:string! bool_value:2:bool! int_value:3:int64! double_value:4:double! array_value:5:ArrayValue! kvlist_value:6:KeyValueList! bytes_value:7:bytes!
ArrayValue values:1:AnyValue*
KeyValueList values:1:KeyValue*
KeyValue key:1:string value:2:AnyValue
InstrumentationScope name:1:string version:2:string attributes:3:KeyValue* dropped_attributes_count:4:uint32
Resource attributes:1:KeyValue* dropped_attributes_count:2:uint32
LogsData resource_logs:1:ResourceLogs*
ResourceLogs resource:1:Resource scope_logs:2:ScopeLogs* schema_url:3:string
ScopeLogs scope:1:InstrumentationScope log_records:2:LogRecord* schema_url:3:string
LogRecord time_unix_nano:1:fixed64 severity_number:2:int32 severity_text:3:string body:5:AnyValue attributes:6:KeyValue* dropped_attributes_count:7:uint32 flags:8:fixed32 trace_id:9:bytes span_id:10:bytes observed_time_unix_nano:11:fixed64 event_name:12:string
MetricsData resource_metrics:1:ResourceMetrics*
ResourceMetrics resource:1:Resource scope_metrics:2:ScopeMetrics* schema_url:3:string
ScopeMetrics scope:1:InstrumentationScope metrics:2:Metric* schema_url:3:string
Metric name:1:string description:2:string unit:3:string gauge:5:Gauge! sum:7:Sum!
Gauge data_points:1:NumberDataPoint*
Sum data_points:1:NumberDataPoint* aggregation_temporality:2:int32 is_monotonic:3:bool
NumberDataPoint start_time_unix_nano:2:fixed64 time_unix_nano:3:fixed64 as_double:4:double! as_int:6:sfixed64! attributes:7:KeyValue* flags:8:fixed32
"""
SCALARS = {name: getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}")
           for name in ("string", "bool", "int64", "double", "bytes", "uint32", "int32", "fixed64", "fixed32", "sfixed64")}


def build():
    file = descriptor_pb2.FileDescriptorProto(name="otlp.proto", package="otlp", syntax="proto3")
    for text in MESSAGES.split("\n"):
        if not text:
            continue
        name, *fields = text.split()
        message = file.message_type.add(name=name)
        for field in fields:
            field_name, number, kind = field.split(":")
            added = message.field.add(name=field_name, number=int(number), label=3 if kind[-1] == "*" else 1)
            if kind[-1] == "!":  # a member of a oneof
                if not message.oneof_decl:
                    message.oneof_decl.add(name="one")
                added.oneof_index = 0
            kind = kind.rstrip("*!")
            added.type = SCALARS.get(kind, descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE)
            if kind not in SCALARS:
                added.type_name = f".otlp.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"otlp.{name}"))
            for name in ("LogsData", "MetricsData")}


TYPES = build()
INTEGERS = {"timeUnixNano", "observedTimeUnixNano", "startTimeUnixNano", "intValue", "asInt"}


def hexadecimal(value, name):
    """Identifiers are not base64, as protobuf would have them."""
    size = 32 if name == "traceId" else 16
    if not re.fullmatch(rf"[0-9a-fA-F]{{{size}}}", value) or not value.strip("0"):
        raise ValueError(f"{name} {value}")
    return base64.b64encode(bytes.fromhex(value)).decode()


def prepare(node):
    """A copy with identifiers as protobuf wants them; complains of what protobuf would let pass."""
    if isinstance(node, list):
        return [prepare(one) for one in node]
    if not isinstance(node, dict):
        if node is None:
            raise ValueError("null")
        return node
    copy = {}
    for name, value in node.items():
        if "_" in name:
            raise ValueError(f"member {name}")
        if name in INTEGERS and not (isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value)):
            raise ValueError(f"{name}: {value!r} is not a text of digits")
        if name in ("severityNumber", "aggregationTemporality") and not isinstance(value, int):
            raise ValueError(f"{name}: {value!r} is not a number")
        copy[name] = hexadecimal(value, name) if name in ("traceId", "spanId") else prepare(value)
    if "key" in node and "value" in node and ("attributes" in node or not node["key"]):
        raise ValueError(f"attribute {node}")
    return copy


def parse(kind, request):
    return json_format.ParseDict(prepare(request), TYPES[kind](), ignore_unknown_fields=False)


def attributes_of(node):
    names = [one.key for one in node.attributes]
    if len(set(names)) != len(names) or any(one.value.WhichOneof("one") is None for one in node.attributes):
        raise ValueError(f"attributes {names}")
    return {one.key: getattr(one.value, one.value.WhichOneof("one")) for one in node.attributes}


def logs(message):
    kept = []
    for resource in message.resource_logs:
        described = attributes_of(resource.resource)
        if not described.get("service.name"):
            raise ValueError("no service.name")
        for scope in resource.scope_logs:
            for record in scope.log_records:
                if not (0 < record.time_unix_nano and 0 < record.observed_time_unix_nano and 1 <= record.severity_number <= 24):
                    raise ValueError(f"record {record}")
                kept.append({"attributes": attributes_of(record), "body": record.body.string_value, "event": record.event_name,
                             "severity": record.severity_number, "time": record.time_unix_nano, "trace": record.trace_id.hex(),
                             "span": record.span_id.hex(), "resource": described})
    return kept


def metrics(message):
    kept = []
    for resource in message.resource_metrics:
        attributes_of(resource.resource)
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if not metric.name or not metric.unit or metric.WhichOneof("one") != "sum" or not metric.sum.is_monotonic:
                    raise ValueError(f"metric {metric.name}")
                if metric.sum.aggregation_temporality != 2 or not metric.sum.data_points:
                    raise ValueError(f"{metric.name}: temporality, or no points")
                for point in metric.sum.data_points:
                    if point.WhichOneof("one") != "as_int" or not point.time_unix_nano:
                        raise ValueError(f"{metric.name}: {point}")
                    kept.append({"metric": metric.name, "unit": metric.unit, "attributes": attributes_of(point),
                                 "value": point.as_int, "time": point.time_unix_nano})
    return kept


def receive(path, request, partial):
    if path == "/v1/logs":
        kept, rejected = logs(parse("LogsData", request)), "rejectedLogRecords"
    elif path == "/v1/metrics":
        kept, rejected = metrics(parse("MetricsData", request)), "rejectedDataPoints"
    else:
        raise ValueError(path)
    if not partial:
        return 200, {"partialSuccess": {}}, {"path": path, "kept": kept}
    return 200, {"partialSuccess": {rejected: "3", "errorMessage": "three too many"}}, {"path": path, "kept": kept[3:]}
