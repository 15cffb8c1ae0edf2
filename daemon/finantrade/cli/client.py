"""Asking a running daemon over HTTP. The standard library's client: it goes through no proxy, and starts fast."""

from __future__ import annotations

import http.client
import os
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from finantrade.cli.errors import CliError, ExitCode

TIMEOUT_S = 15.0
"""Longer than the daemon lets a command wait for its outcome."""
STATUS = "/api/live/status"
CONTROL = "/api/live/control"


class Refused(msgspec.Struct):
    """What the daemon says with a no."""

    message: str
    hint: str | None = None


class Client:
    """A daemon at an address such as ``http://127.0.0.1:8080``, or ``127.0.0.1:8080`` for short."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        url = url if "://" in url else f"http://{url}"
        parts, host = _split(url)
        self.url = url.rstrip("/")
        self._base = parts.path.rstrip("/")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(host, parts.port, timeout=timeout_s)

    def get(self, path: str) -> bytes:
        """Return the JSON text of an answer. Raises CliError where there is no daemon, or it says no."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> bytes:
        """Send a wish and return the JSON text of the answer. Raises CliError, as above."""
        return self._ask("POST", path, msgspec.json.encode(body))

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token := os.environ.get("FINANTRADE_TOKEN", "").strip():
            headers["Authorization"] = f"Bearer {token}"
        try:
            self._connection.request(method, self._base + path, body, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(_reason(error)) from error
        finally:
            self._connection.close()
        return self._checked(response.status, text)

    def _checked(self, status: int, text: bytes) -> bytes:
        try:
            answered: Any = msgspec.json.decode(text)
        except msgspec.DecodeError:
            answered = None
        if not isinstance(answered, dict) or "api_version" not in answered:
            raise self._unreachable("something else answers there")
        if status >= http.client.BAD_REQUEST:
            error = msgspec.convert(answered["error"], Refused)
            raise CliError(error.message, hint=error.hint or "")
        return text

    def _unreachable(self, reason: str) -> CliError:
        return CliError(
            f"no daemon reachable at {self.url}: {reason}",
            ExitCode.UNREACHABLE,
            "start one with `finantrade run`, or name another address with `--url`",
        )


def _split(url: str) -> tuple[SplitResult, str]:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts, parts.hostname
    except ValueError:  # a port that is no number, brackets that do not close
        pass
    raise CliError(f"expected an address such as http://127.0.0.1:8080, found {url!r}", ExitCode.USAGE)


def _reason(error: OSError | http.client.HTTPException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
