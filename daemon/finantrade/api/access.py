"""Who is let in where a token is set: a browser by a cookie that it got for the token, a program by a header.

1. ``POST /api/session {"token": …}`` answers with a cookie: HttpOnly, SameSite=Strict, ``Secure`` behind TLS, valid as
   long as the daemon runs. What is in it is random and says nothing of the token. The token is never in an address.
2. Programs send ``Authorization: Bearer TOKEN``.
3. Secrets are compared in constant time. Wrong ones are counted: after ``FREE_FAILURES`` each is followed by a pause
   that doubles, up to ``LONGEST_PAUSE_S``, in which no token is looked at. Who is let in already notices nothing.

Without a token everybody on loopback is let in, and a daemon that can be reached from elsewhere does not start.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hmac import compare_digest
from pathlib import Path

from quart import Request, Websocket

from finantrade.api.answers import Code, Problem
from finantrade.config import ApiConfig

COOKIE = "finantrade_session"
SESSIONS = 64
FREE_FAILURES = 5
LONGEST_PAUSE_S = 60.0
GUARDED = ("/api/", "/metrics", "/openapi.json")
OPEN = frozenset({"/api/session", "/api/health"})
"""What is answered to anybody: the way in, and whether the daemon works. The page itself is no secret either."""


class TokenMissing(Exception):
    """The daemon can be reached from elsewhere, and nothing keeps anybody out."""


class Access:
    """Checks requests against one token, if there is one."""

    def __init__(self, token: str | None, *, secure: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._token = None if token is None else _digest(token)
        self._secure = secure
        self._clock = clock
        self._sessions: OrderedDict[bytes, None] = OrderedDict()
        self._failures = 0
        self._again_at = 0.0

    def check(self, asked: Request | Websocket) -> None:
        """Let a request pass or raise a Problem."""
        if self._token is None or asked.path in OPEN or not asked.path.startswith(GUARDED):
            return None
        cookie = asked.cookies.get(COOKIE)
        if cookie is not None and _digest(cookie) in self._sessions:
            return None
        scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and given:
            return self._expect(given.strip())
        hint = "sign in on the page, or send `Authorization: Bearer TOKEN`"
        raise Problem(401, Code.NOT_SIGNED_IN, "expected a token, found none", hint=hint)

    def open_session(self, token: str) -> str:
        """Return the cookie that a right token is exchanged for. Raises Problem for a wrong one."""
        if self._token is not None:
            self._expect(token)
        cookie = secrets.token_urlsafe(32)
        self._sessions[_digest(cookie)] = None
        while len(self._sessions) > SESSIONS:
            self._sessions.popitem(last=False)
        secure = "; Secure" if self._secure else ""
        return f"{COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Strict{secure}"

    def _expect(self, token: str) -> None:
        now = self._clock()
        if now < self._again_at:
            wait = f"expected a pause of {self._again_at - now:.0f} s more after too many wrong tokens"
            raise Problem(429, Code.TOO_MANY_FAILURES, wait, hint="wait, then try once")
        assert self._token is not None
        if not compare_digest(_digest(token), self._token):
            self._failures += 1
            over = self._failures - FREE_FAILURES
            if over >= 0:
                self._again_at = now + min(2.0**over, LONGEST_PAUSE_S)
            hint = "it is in FINANTRADE_TOKEN, or in the credential `token` of the service"
            raise Problem(401, Code.WRONG_CREDENTIALS, "expected the daemon's token, found another", hint=hint)
        self._failures = 0


def access_of(api: ApiConfig, surroundings: Mapping[str, str]) -> Access:
    """Return who is let in. Raises TokenMissing where the daemon can be reached from elsewhere and has no token."""
    token = token_of(surroundings)
    if api.tls_terminated_by_proxy and token is None:
        raise TokenMissing(
            "expected a token in FINANTRADE_TOKEN, or in the credential `token` of the service, since "
            "api.tls_terminated_by_proxy lets others than this machine's users reach the daemon; found none"
        )
    return Access(token, secure=api.tls_terminated_by_proxy)


def token_of(surroundings: Mapping[str, str]) -> str | None:
    """Return the token from the service manager's credentials, or from ``FINANTRADE_TOKEN``; a blank one is none."""
    if place := surroundings.get("CREDENTIALS_DIRECTORY"):
        file = Path(place) / "token"
        if file.is_file() and (text := file.read_text(encoding="utf-8").strip()):
            return text
    return surroundings.get("FINANTRADE_TOKEN", "").strip() or None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
