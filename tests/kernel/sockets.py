# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Real sockets, for states.sh: each function is one end of one experiment and prints what it saw.

Called as `sockets.py FUNCTION ARGUMENT…`. Prints "ready" once the other end may begin, where that matters.
"""
import errno, select, socket, struct, sys, time


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def stream(address, timeout=2.0):
    s = socket.socket(family(address), socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(timeout)
    return s


def ready():
    print("ready", flush=True)


def echo(address, port, limit="10"):
    """Accepts connections one after another and sends back what comes; ends after `limit` seconds of silence."""
    listener = stream(address, float(limit))
    listener.bind((address, int(port)))
    listener.listen(4096)
    ready()
    served = 0
    try:
        while True:
            s, _ = listener.accept()
            s.settimeout(float(limit))
            served += 1
            try:
                while data := s.recv(65536):
                    s.sendall(data)
            except OSError:
                pass
            s.close()
    except OSError:
        print("served", served)


def talk(address, port, n="3", pause="0"):
    """Connects and has n lines echoed, with pauses between: "connected", the lines that came back, "closed"."""
    s = stream(address)
    try:
        s.connect((address, int(port)))
        print("connected", end=" ")
        got = 0
        for i in range(int(n)):
            time.sleep(float(pause) if i else 0)
            s.sendall(b"line")
            got += s.recv(100) == b"line"
        print(got, end=" ")
        s.shutdown(socket.SHUT_WR)
        print("closed" if s.recv(100) == b"" else "data")
    except OSError as error:
        print(errno.errorcode.get(error.errno, type(error).__name__))


def half(address, port):
    """Sends a request, closes its side, and reads an answer that takes 1.5 seconds: how many bytes came."""
    s = stream(address)
    s.connect((address, int(port)))
    s.sendall(b"request")
    s.shutdown(socket.SHUT_WR)
    total = 0
    try:
        while data := s.recv(65536):
            total += len(data)
    except OSError as error:
        print(type(error).__name__, end=" ")
    print(total)


def slow(address, port):
    """Answers one such request: 15 pieces of 100 bytes after the other side has closed."""
    listener = stream(address, 10)
    listener.bind((address, int(port)))
    listener.listen()
    ready()
    s, _ = listener.accept()
    while s.recv(100):
        pass
    for _ in range(15):
        time.sleep(0.1)
        s.sendall(b"x" * 100)
    s.close()


def reset(address, port):
    """Connects, says a word and ends with a reset."""
    s = stream(address)
    s.connect((address, int(port)))
    s.sendall(b"word")
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    print("reset")


def both(own, own_port, address, port, delay="0"):
    """Its half of a simultaneous open."""
    s = stream(address, 5)
    s.bind((own, int(own_port)))
    time.sleep(float(delay))
    try:
        s.connect((address, int(port)))
        s.sendall(b"hello")
        print("connected", s.recv(100).decode())
    except OSError as error:
        print(errno.errorcode.get(error.errno, type(error).__name__))


def datagram(address, port, n="1", pause="0"):
    """Sends datagrams to an echo service: how many came back, or the error that an ICMP message caused."""
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.settimeout(0.7)
    s.connect((address, int(port)))
    got = 0
    for i in range(int(n)):
        time.sleep(float(pause) if i else 0)
        try:
            s.send(b"question")
            got += s.recv(100) == b"question"
        except OSError as error:
            print(errno.errorcode.get(error.errno, type(error).__name__), end=" ")
    print(got)


def answer(address, port):
    """The echo service of datagrams, for ten seconds."""
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.bind((address, int(port)))
    ready()
    end = time.time() + 10
    while time.time() < end:
        if select.select([s], [], [], 0.5)[0]:
            data, peer = s.recvfrom(100)
            s.sendto(data, peer)


def late(address, port, after):
    """Asks once, and is asked again by the service `after` seconds later: what arrives of that."""
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.settimeout(float(after) + 1)
    s.connect((address, int(port)))
    s.send(b"question")
    try:
        print(s.recv(100).decode())
    except OSError as error:
        print(type(error).__name__)


def later(address, port, after):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    s.bind((address, int(port)))
    ready()
    data, peer = s.recvfrom(100)
    time.sleep(float(after))
    s.sendto(b"answer", peer)


def many(address, first, ports, n):
    """n connections, spread over `ports` services, 500 open at a time: how many were good. No two have the same ends."""
    good, open_now = 0, []
    for i in range(int(n)):
        s = socket.socket(family(address), socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("", 10000 + i // int(ports)))
            s.connect((address, int(first) + i % int(ports)))
            good += 1
        except OSError:
            pass
        open_now.append(s)
        if len(open_now) == 500:
            for s in open_now:
                s.close()
            open_now.clear()
    print(good)


def crowd(address, first, ports):
    """The services for `many`: take everybody and say nothing."""
    listeners = []
    for i in range(int(ports)):
        s = stream(address)
        s.bind((address, int(first) + i))
        s.listen(4096)
        s.setblocking(False)
        listeners.append(s)
    ready()
    idle = time.time() + 10
    while time.time() < idle:
        for s in select.select(listeners, [], [], 0.5)[0]:
            try:
                while True:
                    s.accept()[0].close()
            except OSError:
                pass
            idle = time.time() + 3


globals()[sys.argv[1]](*sys.argv[2:])
