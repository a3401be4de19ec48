#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""cut.py PORT TARGET WORD[,WORD...] TIMES: a proxy on 127.0.0.1 that takes answers away.

What a client says goes to TARGET. When it has said all the words, in this order, the server's next answer is awaited and
thrown away with the connection: the server has done what it was asked, and the client cannot know. So it goes TIMES times;
each prints a line.
"""
import select
import socket
import sys


def pump(client, server, words):
    """Until one side ends; true: it was cut."""
    wanted = list(words)
    said = b""
    while True:
        for ready in select.select([client, server], [], [])[0]:
            data = ready.recv(1 << 16)
            if not data:
                return False
            if ready is server:
                if words and not wanted:
                    return True
                client.sendall(data)
                continue
            server.sendall(data)
            said += data
            while wanted and wanted[0] in said:
                said = said[said.index(wanted[0]) + len(wanted[0]):]
                del wanted[0]
            said = said[-64:]


def main():
    port, target, words, left = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode().split(b","), int(sys.argv[4])
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            client = listener.accept()[0]
            try:
                with client, socket.create_connection(("127.0.0.1", target)) as server:
                    if pump(client, server, words if left else []):
                        left -= 1
                        print("cut", flush=True)
            except OSError:
                pass


main()
