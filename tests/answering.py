"""Something that answers where a daemon is looked for: always the same, whatever it is asked."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Daemon(HTTPServer):
    """Answers every request with the same status and body, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer: tuple[int, bytes] = 200, b""
        self.asked: list[tuple[str, str, Any]] = []
        self.token: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def will_say(self, body: Any, status: int = 200) -> None:
        self.answer = status, body if isinstance(body, bytes) else json.dumps({"api_version": 1, **body}).encode()


class Answering(BaseHTTPRequestHandler):
    server: Daemon

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.token = self.headers.get("Authorization")
        self.server.asked.append((self.command, self.path, json.loads(body) if body else None))
        status, answer = self.server.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing on stderr, where a command is listened to."""
