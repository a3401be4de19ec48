# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Frames byte by byte, sent and received past the stack, for the kernel tests.

Nothing here knows the code under test: checksums, lengths and community identifiers are computed from the RFCs and
specifications alone. Checksums of what is sent are right, as no offload comes between.
"""
import base64, errno, hashlib, ipaddress, mmap, socket, struct, time

NEAR_MAC, FAR_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
NEAR4, FAR4, NEAR6, FAR6 = "10.77.0.1", "10.77.0.2", "fd00:77::1", "fd00:77::2"
IP4, IP6, ARP, QTAG, ADTAG = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8
ICMP, TCP, UDP, GRE, ESP, AH, ICMP6, SCTP = 1, 6, 17, 47, 50, 51, 58, 132
HOP, ROUTING, FRAGMENT, NONE, DEST = 0, 43, 44, 59, 60
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
SOL_PACKET, PACKET_TX_RING, PACKET_AUXDATA, PACKET_OUTGOING, ETH_P_ALL, SO_RCVBUFFORCE = 263, 13, 8, 4, 3, 33


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data):
    return 0xFFFF - ones_sum(data)


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo(src, dst, proto, size):
    return packed(src) + packed(dst) + struct.pack("!II", size, proto)


# --- transport: each is a function of the addresses, so that its checksum can be right ---------------------------

def tcp(sport, dport, flags=SYN, seq=1000, ack=0, options=b"", data=b""):
    def make(src, dst):
        head = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (20 + len(options)) // 4 << 4, flags, 8192, 0, 0)
        text = head + options + data
        return TCP, patch(text, 16, checksum(pseudo(src, dst, TCP, len(text)) + text))
    return make


def udp(sport, dport, data=b"x" * 20):
    def make(src, dst):
        text = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
        return UDP, patch(text, 6, checksum(pseudo(src, dst, UDP, len(text)) + text) or 0xFFFF)
    return make


def icmp(kind, code=0, data=b"\0\1\0\2ping"):
    def make(src, dst):
        text = struct.pack("!BBH", kind, code, 0) + data
        if ":" in src:
            return ICMP6, patch(text, 2, checksum(pseudo(src, dst, ICMP6, len(text)) + text))
        return ICMP, patch(text, 2, checksum(text))
    return make


def raw(proto, data=b"\0" * 40):
    return lambda src, dst: (proto, data)


def patch(text, at, value):
    return text[:at] + struct.pack("!H", value) + text[at + 2:]


# --- network ----------------------------------------------------------------------------------------------------

def ip4(payload, src=FAR4, dst=NEAR4, ttl=64, tos=0, options=b"", offset=0, more=False, length=None, words=None):
    """offset in bytes; a fragment holds what the payload's bytes are, whatever its place."""
    proto, text = payload(src, dst)
    words = words if words is not None else (20 + len(options)) // 4
    total = length if length is not None else 20 + len(options) + len(text)
    head = struct.pack("!BBHHHBBH", 0x40 | words, tos, total, 77, more << 13 | offset // 8, ttl, proto, 0)
    head += packed(src) + packed(dst) + options
    return IP4, patch(head, 10, checksum(head)) + text


def ip6(payload, src=FAR6, dst=NEAR6, ttl=64, tos=0, ext=(), length=None):
    """ext: pairs of header number and a function of the next header's number."""
    proto, text = payload(src, dst)
    for number, make in reversed(ext):
        text = make(proto) + text
        proto = number
    head = struct.pack("!IHBB", 6 << 28 | tos << 20, length if length is not None else len(text), proto, ttl)
    return IP6, head + packed(src) + packed(dst) + text


def options(number, size=8):
    """Hop-by-hop, destination options and the like, all padding."""
    return number, lambda following: bytes([following, size // 8 - 1]) + b"\0" * (size - 2)


def routing():
    return ROUTING, lambda following: bytes([following, 0, 4, 0]) + b"\0" * 4


def fragment(offset=0, more=False):
    return FRAGMENT, lambda following: struct.pack("!BBHI", following, 0, offset | more, 99)


def auth():
    return AH, lambda following: bytes([following, 4]) + b"\0" * 22


# --- link -------------------------------------------------------------------------------------------------------

def frame(packet, tags=(), src=FAR_MAC, dst=NEAR_MAC, trailer=b""):
    """tags: identifiers, the outermost first, each a number (802.1Q) or a pair of EtherType and TCI."""
    kind, text = packet
    link = b""
    for tag in tags:
        link += struct.pack("!HH", *(tag if isinstance(tag, tuple) else (QTAG, tag)))
    return dst + src + link + struct.pack("!H", kind) + text + trailer


def send(interface, frames, pause=64):
    """One after another, with a breath now and then: a veth queue holds 256."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((interface, 0))
    for n, text in enumerate(frames, 1):
        try:
            s.send(text)
        except OSError as error:  # egress says at once that it dropped one
            if error.errno != errno.ENOBUFS:
                raise
        if pause and n % pause == 0:
            time.sleep(0.001)


def send_paged(interface, frames):
    """By a mapped ring: only the Ethernet header is in the buffer's linear part, all else in a page of its own."""
    block, size, header = 1 << 16, 4096, 32  # struct tpacket_hdr
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_TX_RING, struct.pack("IIII", block, 1, size, block // size))
    s.bind((interface, 0))
    ring = mmap.mmap(s.fileno(), block)
    for n, text in enumerate(frames):
        at = n % (block // size) * size
        while struct.unpack_from("=Q", ring, at)[0]:
            time.sleep(0.0001)
        ring[at + header:at + header + len(text)] = text
        struct.pack_into("=QI", ring, at, 1, len(text))
        s.send(b"")


# --- receiving --------------------------------------------------------------------------------------------------

class Listener:
    """The frames, to one address or all, that come in by an interface from now on, tags put back where they were."""

    def __init__(self, interface, dest=None):
        self.dest = dest
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.socket.bind((interface, ETH_P_ALL))

    def frames(self, wait, most=None):
        """What came, after `wait` seconds of silence, or as soon as there are `most`."""
        got = []
        self.socket.settimeout(wait)
        while most is None or len(got) < most:
            try:
                text, extra, _, source = self.socket.recvmsg(70000, 256)
            except TimeoutError:
                break
            if source[2] == PACKET_OUTGOING or (self.dest and text[:6] != self.dest):
                continue
            for level, kind, data in extra:
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
                if level == SOL_PACKET and kind == PACKET_AUXDATA and status & 16:
                    text = text[:12] + struct.pack("!HH", tpid if status & 64 else QTAG, tci) + text[12:]
            got.append(text)
        return got


def community_id(src, dst, proto, sport=0, dport=0, one_way=False):
    """https://github.com/corelight/community-id-spec, seed 0. For ICMP the ports are the types of both ways."""
    a, b = (packed(src), sport), (packed(dst), dport)
    if not one_way and b < a:
        a, b = b, a
    text = b"\0\0" + a[0] + b[0] + bytes([proto, 0])
    if proto in (ICMP, TCP, UDP, ICMP6, SCTP):
        text += struct.pack("!HH", a[1], b[1])
    return "1:" + base64.b64encode(hashlib.sha1(text).digest()).decode()
