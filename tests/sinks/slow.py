# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""slow.py PORT SERVER_PORT RATE: a link to a server that carries so many bytes a second towards it. Says "ready"."""
import socket
import sys
import threading
import time


def carry(source, sink, rate):
    try:
        while data := source.recv(8192):
            if rate:
                time.sleep(len(data) / rate)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()


def main():
    port, server, rate = map(int, sys.argv[1:4])
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # else it would swallow everything
    listener.bind(("127.0.0.1", port))
    listener.listen()
    print("ready", flush=True)
    while True:
        near = listener.accept()[0]
        far = socket.create_connection(("127.0.0.1", server))
        threading.Thread(target=carry, args=(near, far, rate), daemon=True).start()
        threading.Thread(target=carry, args=(far, near, 0), daemon=True).start()


if __name__ == "__main__":
    main()
