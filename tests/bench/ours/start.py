"""Seconds from the start of the process ``finantrade run -c config/demo.yml`` to its first healthy answer.

With a number of seconds as argument it goes on for so long and answers with the memory that the process has then.
"""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.data import CACHE, ROOT

COMMAND = Path(sys.executable).with_name("finantrade")
EVERY_S = 0.005
PATIENCE_S = 120.0


def main() -> None:
    stay_s = float(sys.argv[1]) if sys.argv[1:] else 0.0
    with tempfile.TemporaryDirectory(dir=CACHE) as state:
        port = free_port()
        options = ["-c", "config/demo.yml", "--state", state, "--port", str(port), "--log", "json"]
        begun = time.perf_counter()
        with subprocess.Popen([COMMAND, "run", *options], cwd=ROOT, stdout=subprocess.DEVNULL) as daemon:
            try:
                wait_for(daemon, port)
                said = {"ready_s": time.perf_counter() - begun}
                time.sleep(stay_s)
                said["rss_mb"] = rss_mb(daemon.pid)
            finally:
                daemon.send_signal(signal.SIGTERM)
    print(json.dumps(said))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(daemon: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the daemon says that it is well."""
    deadline = time.monotonic() + PATIENCE_S
    while not healthy(port):
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"expected a healthy daemon, found none; its exit code: {daemon.returncode}")
        time.sleep(EVERY_S)


def healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def rss_mb(pid: int) -> float:
    """Return what is in memory of the process now."""
    found = Path(f"/proc/{pid}/status")
    if found.exists():
        lines = found.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
    # macOS has no /proc, but everywhere the same ps.
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


if __name__ == "__main__":
    main()
