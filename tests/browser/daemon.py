"""The real daemon as a process: started on a state directory, listened to, killed, started again on the same port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.browser.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
FINANTRADE = Path(sys.executable).with_name("finantrade")
PATIENCE_S = 30.0
KEPT_LINES = 200
STILL = 0.001
"""So slow that no bar comes while anybody looks; it says once a second that it is there."""


class Daemon:
    """``finantrade run -c config/demo.yml``, its rate in event time per wall time, and what it says."""

    def __init__(
        self, state: Path, *, rate: float, port: int = 0, token: str | None = None, options: Sequence[str] = ()
    ) -> None:
        self.state, self.rate, self.token = state, rate, token
        self.lines: deque[dict[str, Any]] = deque(maxlen=KEPT_LINES)
        self._serves_at = ""
        settings = {"FINANTRADE__FEED__RATE": str(rate), "FINANTRADE__JOURNAL__SYNCHRONOUS": "NORMAL"}
        if rate == STILL:
            settings["FINANTRADE__FEED__LONGEST_WAIT_S"] = "3600"
        if token:
            settings["FINANTRADE_TOKEN"] = token
        command = [FINANTRADE, "run", "-c", "config/demo.yml", "--state", state, "--port", str(port), "--log", "json"]
        self.process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        """Take what it says as it comes: a full pipe would hold it up."""
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                told = json.loads(line) if line.startswith("{") else {"event": line.rstrip()}
                self.lines.append(told)
                if told["event"] == "ready":
                    self._serves_at = told["url"]

    @property
    def url(self) -> str:
        """Where it serves, once it does."""
        return eventually(self._url, bool, "the daemon is ready", within_s=PATIENCE_S)

    def _url(self) -> str:
        assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}: {list(self.lines)}"
        return self._serves_at

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def get(self, path: str) -> dict[str, Any]:
        """Read an address of its API."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answered = httpx.get(self.url + path, headers=headers, trust_env=False, timeout=PATIENCE_S)
        assert answered.status_code == 200, answered.text
        return answered.json()

    def status(self) -> dict[str, Any]:
        return self.get("/api/live/status")

    def until(
        self, passes: Callable[[dict[str, Any]], bool], what: str, within_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return its first status that passes."""
        return eventually(self.status, passes, what, within_s=within_s)

    def kill(self) -> int:
        """End it as a power cut would."""
        return self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to go, and return its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        self._listening.join(PATIENCE_S)
        return code


@contextmanager
def running(
    state: Path, *, rate: float, port: int = 0, token: str | None = None, options: Sequence[str] = ()
) -> Iterator[Daemon]:
    """Run one and leave nothing of it behind."""
    daemon = Daemon(state, rate=rate, port=port, token=token, options=options)
    try:
        yield daemon
    finally:
        daemon.process.send_signal(signal.SIGCONT)
        daemon.kill()
