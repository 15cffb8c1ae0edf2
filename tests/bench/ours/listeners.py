"""Many websockets on one daemon's stream, read and thrown away until it is gone; the last of them may never read.

Handshake and counting only: whoever listens on the same machine must not be what is measured.
"""

from __future__ import annotations

import json
import socket
import sys
from contextlib import ExitStack
from selectors import EVENT_READ, DefaultSelector
from urllib.parse import urlsplit

GET = (
    "GET /api/live/stream HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
RECEIVE_BUFFER = 4_096
"""Of the one that never reads: what the kernel would hold for it is not the daemon's bound."""
CHUNK = 65_536
GONE_S = 5.0


def attach(url: str, *, deaf: bool) -> socket.socket:
    """Open a connection and ask for the stream."""
    place = urlsplit(url)
    connection = socket.socket()
    if deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    connection.connect((place.hostname, place.port))
    connection.sendall(GET.format(host=place.netloc).encode())
    return connection


def main() -> None:
    """Attach ``reading`` and ``deaf`` clients; print the bytes heard in all, and what the quietest reader heard."""
    url, reading, deaf = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    heard = [0] * reading
    with ExitStack() as open_ones, DefaultSelector() as selector:
        for _ in range(deaf):
            open_ones.enter_context(attach(url, deaf=True))
        for number in range(reading):
            selector.register(open_ones.enter_context(attach(url, deaf=False)), EVENT_READ, number)
        while selector.get_map() and (ready := selector.select(GONE_S)):
            for key, _ in ready:
                assert isinstance(key.fileobj, socket.socket)
                got = _received(key.fileobj)
                heard[key.data] += got
                if not got:
                    selector.unregister(key.fileobj)
    print(json.dumps({"heard_mb": sum(heard) / 1e6, "quietest_mb": min(heard) / 1e6}))


def _received(connection: socket.socket) -> int:
    try:
        return len(connection.recv(CHUNK))
    except OSError:
        return 0


if __name__ == "__main__":
    main()
