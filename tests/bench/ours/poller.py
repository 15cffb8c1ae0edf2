"""Asks a daemon for its status ten times a second until it is gone, and says how often and how slow at most."""

from __future__ import annotations

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

EVERY_S = 0.1
PATIENCE_S = 5.0


def main() -> None:
    place = urlsplit(sys.argv[1])
    asked, slowest = 0, 0.0
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
    try:
        while True:
            begun = time.perf_counter()
            connection.request("GET", "/api/live/status")
            connection.getresponse().read()
            asked, slowest = asked + 1, max(slowest, time.perf_counter() - begun)
            time.sleep(EVERY_S)
    except (OSError, http.client.HTTPException):
        pass  # the daemon has ended, and with it the measurement
    print(json.dumps({"polls": asked, "slowest_poll_ms": slowest * 1e3}))


if __name__ == "__main__":
    main()
