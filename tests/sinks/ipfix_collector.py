# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""ipfix_collector.py udp|tcp PORT OUT PCAP [REGISTRY]: a collector of IPFIX on 127.0.0.1 that holds each message against
RFC 7011, and elements against IANA's registry. Appends to OUT, as JSON lines, each data record, each connection, and each
complaint; to PCAP each message as a datagram, for other decoders. Says "ready" when it listens."""
import json
import os
import pathlib
import socket
import struct
import sys
import time
import xml.etree.ElementTree as ElementTree

SIZES = {"unsigned8": 1, "unsigned16": 2, "unsigned32": 4, "unsigned64": 8, "float64": 8, "ipv4Address": 4, "ipv6Address": 16,
         "dateTimeMilliseconds": 8, "dateTimeNanoseconds": 8}
OWN_TYPES = {0: "octetArray", 13: "string"}
VARIABLE = 65535


class Wrong(Exception):
    pass


class Collector:
    def __init__(self, out, pcap, registry):
        self.out, self.pcap, self.registry = out, pcap, registry
        self.own = {}  # (enterprise, element): (name, type), by RFC 5610
        self.forget()

    def forget(self):
        """Another connection: other templates, another count."""
        self.templates, self.expected = {}, {}

    def say(self, **what):
        self.out.write(json.dumps(what) + "\n")
        self.out.flush()

    def message(self, data):
        if self.pcap:
            headers = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
            headers += struct.pack("!HHHH", 4739, 4739, 8 + len(data), 0)
            now = time.time()
            self.pcap.write(struct.pack("<IIII", int(now), int(now % 1 * 1e6), 28 + len(data), 28 + len(data)) + headers + data)
            self.pcap.flush()
        try:
            self.decode(data)
        except Wrong as wrong:
            self.say(error=str(wrong))

    def decode(self, data):
        version, length, when, sequence, domain = struct.unpack_from("!HHIII", data)
        if version != 10 or length != len(data):
            raise Wrong(f"version {version}, length {length} of {len(data)}")
        if abs(when - time.time()) > 60:
            raise Wrong(f"export time {when}")
        if sequence != self.expected.get(domain, sequence):
            self.say(gap=(sequence - self.expected[domain]) % 2**32)
        at, records = 16, 0
        while at < length:
            if length - at < 4:
                raise Wrong("a set without a header")
            number, size = struct.unpack_from("!HH", data, at)
            if size < 5 or at + size > length:
                raise Wrong(f"set {number} of {size} bytes at {at} of {length}")
            body = data[at + 4:at + size]
            if number in (2, 3):
                self.take_templates(domain, body, number == 3)
            elif number >= 256:
                records += self.take_records(domain, number, body)
            else:
                raise Wrong(f"set {number}")
            at += size
        self.expected[domain] = (sequence + records) % 2**32

    def take_templates(self, domain, body, options):
        at = 0
        while at < len(body):
            number, n = struct.unpack_from("!HH", body, at)
            at += 4
            scopes = 0
            if options:
                scopes, = struct.unpack_from("!H", body, at)
                at += 2
            if number < 256 or n == 0 or (options and not 0 < scopes <= n):
                raise Wrong(f"template {number} of {n} fields, {scopes} scopes")
            fields = []
            for _ in range(n):
                element, size = struct.unpack_from("!HH", body, at)
                at += 4
                enterprise = 0
                if element & 0x8000:
                    enterprise, = struct.unpack_from("!I", body, at)
                    at += 4
                fields.append((enterprise, element & 0x7FFF, size))
                if not enterprise:
                    self.check_field(element, size)
            if self.templates.get((domain, number), fields) != fields:
                raise Wrong(f"template {number} has changed")
            self.templates[domain, number] = fields
            self.say(templates=number)

    def check_field(self, element, size):
        if not self.registry:
            return
        if element not in self.registry:
            raise Wrong(f"element {element} is not in the registry")
        name, kind = self.registry[element]
        if kind in ("string", "octetArray") or (kind.startswith("unsigned") and 0 < size <= SIZES[kind]) or size == SIZES[kind]:
            return
        raise Wrong(f"{name} is {kind}, and has {size} bytes")

    def take_records(self, domain, number, body):
        fields = self.templates.get((domain, number))
        if not fields:
            raise Wrong(f"a record of template {number}, which is not known")
        at = records = 0
        least = sum(1 if size == VARIABLE else size for _, _, size in fields)
        while len(body) - at >= least:
            record = {}
            for enterprise, element, size in fields:
                if size == VARIABLE:
                    size, at = body[at], at + 1
                    if size == 255:
                        size, at = struct.unpack_from("!H", body, at)[0], at + 2
                if at + size > len(body):
                    raise Wrong(f"template {number}: a field goes beyond its set")
                name, kind = self.describe(enterprise, element)
                record[name] = self.value(kind, body[at:at + size])
                at += size
            records += 1
            if "informationElementName" in record:
                key = record["privateEnterpriseNumber"], record["informationElementId"]
                self.own[key] = record["informationElementName"], OWN_TYPES[record["informationElementDataType"]]
            self.say(template=number, record=record)
        if body[at:].strip(b"\0") or len(body) - at > 3:
            raise Wrong(f"template {number}: {len(body) - at} bytes behind the last record")
        return records

    def describe(self, enterprise, element):
        if enterprise:
            if (enterprise, element) not in self.own:
                raise Wrong(f"element {element} of {enterprise} is not described")
            return self.own[enterprise, element]
        return (self.registry or BUILT_IN)[element]

    @staticmethod
    def value(kind, data):
        if kind == "string":
            return data.decode("utf-8")
        if kind == "octetArray":
            return data.hex()
        if kind == "float64":
            return struct.unpack("!d", data)[0]
        if kind.endswith("Address"):
            return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)
        number = int.from_bytes(data, "big")
        if kind == "dateTimeNanoseconds":
            return (number >> 32) - 2208988800 + (number & 0xFFFFFFFF) / 2**32
        return number


# Without the registry: what our records have, by their names.
BUILT_IN = {1: ("octetDeltaCount", "unsigned64"), 2: ("packetDeltaCount", "unsigned64"), 4: ("protocolIdentifier", "unsigned8"),
            6: ("tcpControlBits", "unsigned16"), 7: ("sourceTransportPort", "unsigned16"), 8: ("sourceIPv4Address", "ipv4Address"),
            10: ("ingressInterface", "unsigned32"), 11: ("destinationTransportPort", "unsigned16"),
            12: ("destinationIPv4Address", "ipv4Address"), 14: ("egressInterface", "unsigned32"),
            27: ("sourceIPv6Address", "ipv6Address"), 28: ("destinationIPv6Address", "ipv6Address"),
            32: ("icmpTypeCodeIPv4", "unsigned16"), 58: ("vlanId", "unsigned16"), 60: ("ipVersion", "unsigned8"),
            61: ("flowDirection", "unsigned8"), 82: ("interfaceName", "string"), 89: ("forwardingStatus", "unsigned8"),
            136: ("flowEndReason", "unsigned8"), 139: ("icmpTypeCodeIPv6", "unsigned16"),
            152: ("flowStartMilliseconds", "dateTimeMilliseconds"), 153: ("flowEndMilliseconds", "dateTimeMilliseconds"),
            233: ("firewallEvent", "unsigned8"), 303: ("informationElementId", "unsigned16"),
            311: ("samplingProbability", "float64"), 312: ("dataLinkFrameSize", "unsigned16"),
            315: ("dataLinkFrameSection", "octetArray"), 325: ("observationTimeNanoseconds", "dateTimeNanoseconds"),
            335: ("selectorName", "string"), 339: ("informationElementDataType", "unsigned8"),
            341: ("informationElementName", "string"), 344: ("informationElementSemantics", "unsigned8"),
            346: ("privateEnterpriseNumber", "unsigned32"), 352: ("layer2OctetDeltaCount", "unsigned64")}


def read_registry(path):
    root = ElementTree.parse(path).getroot()
    return {int(one.findtext("id")): (one.findtext("name"), one.findtext("dataType")) for one in root.iter("element")}


def serve_tcp(collector, port):
    with socket.create_server(("127.0.0.1", port)) as server:
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            collector.forget()
            collector.say(connection=True)
            with connection, connection.makefile("rb") as stream:
                while header := stream.read(4):
                    length = struct.unpack_from("!H", header, 2)[0] if len(header) == 4 else 0
                    if length < 16:
                        collector.say(error=f"the stream is out of step: {header.hex()}")
                        break
                    rest = stream.read(length - 4)
                    if len(rest) < length - 4:
                        collector.say(cut=len(rest) + 4)
                        break
                    collector.message(header + rest)


def serve_udp(collector, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        server.bind(("127.0.0.1", port))
        print("ready", flush=True)
        while True:
            data = server.recv(65536)
            if len(data) > 1452:
                collector.say(error=f"a datagram of {len(data)} bytes")
            collector.message(data)


def main():
    kind, port, out, pcap = sys.argv[1:5]
    registry = read_registry(sys.argv[5]) if len(sys.argv) > 5 and sys.argv[5] else None
    fresh = not os.path.exists(pcap)
    with open(out, "a", encoding="utf-8") as records, open(pcap, "ab") as capture:
        if fresh:
            capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))  # raw IP
        (serve_tcp if kind == "tcp" else serve_udp)(Collector(records, capture, registry), int(port))


if __name__ == "__main__":
    pathlib.Path(sys.argv[3]).touch()
    main()
