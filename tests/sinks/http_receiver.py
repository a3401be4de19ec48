# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""http_receiver.py otlp|loki PORT DIRECTORY: takes what a sink sends by HTTP, strictly: in place of servers that Debian does not
have. What it accepts is in DIRECTORY/accepted (a request a line) before it answers; DIRECTORY/wrong has complaints; in
DIRECTORY/mode a test says what it answers: ok, 400, 401, 403, 429, 503, burst (429 for more than 100,000 bytes), partial,
or "lose": keeps the request and hangs up. Says "ready"."""
import gzip
import http.server
import importlib
import json
import os
import pathlib
import sys
import threading

lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    judge = directory = None

    def complain(self, text):
        with open(self.directory / "wrong", "a", encoding="utf-8") as file:
            file.write(text + "\n")
        self.answer(400, {"message": text})

    def keep(self, line):
        """Behind an empty line, if one who was killed has left a part of one."""
        with lock:
            file = os.open(self.directory / "accepted", os.O_RDWR | os.O_CREAT | os.O_APPEND)
            end = os.lseek(file, 0, os.SEEK_END)
            os.write(file, (("\n" if end and os.pread(file, 1, end - 1) != b"\n" else "") + line + "\n").encode())
            os.close(file)

    def answer(self, status, body):
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode = (self.directory / "mode").read_text(encoding="utf-8").split()
        mode = mode[1] if len(mode) == 2 and mode[0] in self.path else mode[0] if len(mode) == 1 else "ok"
        if mode == "burst" and len(body) > 100000:
            mode = "429"
        if mode in ("400", "401", "403", "429", "503"):
            return self.answer(int(mode), {"message": f"no: {mode}"})
        if self.headers["Content-Type"] != "application/json":
            return self.complain(f"Content-Type {self.headers['Content-Type']}")
        try:
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            status, answer, kept = self.judge.receive(self.path, json.loads(body.decode("utf-8")), mode == "partial")
        except Exception as error:  # of any kind: the request is at fault
            return self.complain(f"{type(error).__name__}: {error}")
        self.keep(json.dumps(kept))
        if mode == "lose":
            (self.directory / "mode").write_text("ok", encoding="utf-8")
            self.close_connection = True
            return self.connection.close()
        return self.answer(status, answer)

    def log_message(self, *_):
        pass


def main():
    Handler.judge = importlib.import_module(f"receive_{sys.argv[1]}")
    Handler.directory = pathlib.Path(sys.argv[3])
    mode = Handler.directory / "mode"
    if not mode.exists():
        mode.write_text("ok", encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    server.daemon_threads = True
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
