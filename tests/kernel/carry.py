# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Traffic that goes on over changes of policy, and readers of what is counted of it, for carry.sh.

Called as `carry.py FUNCTION ARGUMENT…`. What runs until told to stop runs until the file STOP is there.
"""
import json, os, socket, subprocess, sys, time


def datagrams(address, port, stop):
    """Numbers the datagrams that it sends; says how many at the end. Not so fast that a queue could overflow."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = 0
    while not os.path.exists(stop):
        for _ in range(10):
            try:
                s.sendto(b"%020d" % sent, (address, int(port)))
            except PermissionError:  # egress says so at once
                pass
            sent += 1
            time.sleep(0.0002)
    print(sent)


def send(address, port, n, source="0.0.0.0"):
    """That many datagrams."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    for _ in range(int(n)):
        s.sendto(b"datagram", (address, int(port)))
        time.sleep(0.0002)


def generation(status):
    return json.loads(subprocess.run(status, capture_output=True, text=True).stdout)["generation"]


def stalled(*words):
    """`STATUS… -- COMMAND…`: holds the command up where it first says something on stderr.

    Prints which generation was in force at that moment, which is at the end, and what was said.
    """
    status, command = words[:words.index("--")], words[words.index("--") + 1:]
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    full = 0
    try:
        while True:
            full += os.write(writer, b" " * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=writer) as run:
        os.close(writer)
        while run.poll() is None and "pipe_write" not in open("/proc/%d/wchan" % run.pid).read():
            time.sleep(0.01)
        then = generation(status)
        text = b""
        while more := os.read(reader, 65536):
            text += more
    print(then, generation(status))
    print(text[full:].decode(), end="")


def watch(stop, names, *command):
    """Reads the counts of rules as fast as it can: none may be less than it was, and each is there."""
    last = {name: (0, 0) for name in names.split(",")}
    reads, wrong, generations = 0, [], set()
    while not os.path.exists(stop):
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            wrong.append("exit %d: %s" % (run.returncode, run.stderr.strip()))
            continue
        document = json.loads(run.stdout)
        rules = [rule for block in document["blocks"] for rule in block["rules"]]
        generations.add(document["generation"])
        reads += 1
        for name, before in last.items():
            now = [(rule["packets"], rule["bytes"]) for rule in rules if rule["name"] == name]
            if len(now) != 1:
                wrong.append("generation %d: rule %s is there %d times" % (document["generation"], name, len(now)))
            elif now[0][0] < before[0] or now[0][1] < before[1]:
                wrong.append("generation %d: rule %s: %s after %s" % (document["generation"], name, now[0], before))
            else:
                last[name] = now[0]
    print("# %d reads, of %d generations" % (reads, len(generations)))
    for line in wrong[:10]:
        print("# " + line)
    print(len(wrong), len(generations))


def received(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise ConnectionResetError("closed")
        data += more
    return data


def transfer(address, port, stop, size, pause):
    """One connection to an echo: messages and their echo, one after another.

    Prints what became of it, how many came back whole, and the longest time between two of them in ms.
    """
    n, longest, last, end = 0, 0.0, None, "whole"
    try:
        s = socket.create_connection((address, int(port)), 5)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print("ready", flush=True)
        while not os.path.exists(stop):
            message = (b"%08d" % n) * (int(size) // 8)
            s.sendall(message)
            if received(s, len(message)) != message:
                end = "changed"
                break
            now = time.monotonic()
            longest = max(longest, now - last if last else 0)
            last = now
            n += 1
            time.sleep(float(pause))
    except OSError as error:
        end = type(error).__name__
    print(end, n, "%.1f" % (longest * 1000))


globals()[sys.argv[1]](*sys.argv[2:])
