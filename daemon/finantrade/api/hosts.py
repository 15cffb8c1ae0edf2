"""Who may speak to a daemon.

A page of a foreign site runs in the same browser as ours. It can reach loopback by a name that it made resolve to
127.0.0.1 (DNS rebinding), so the ``Host`` of every request must be one of ours. It can also post to us blindly and open
websockets, so the ``Origin`` must be one of ours wherever a browser sends it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from quart import Request, Websocket

from finantrade.api.answers import Code, Problem
from finantrade.config import ApiConfig

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z._-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://(.+)", re.IGNORECASE)


def check(request: Request | Websocket, allowed: Collection[str]) -> None:
    """Let a request pass or raise a Problem; ``allowed`` holds lower-case hosts without port, IPv6 in brackets."""
    host = request.headers.get("Host", "")
    if host_of(host) not in allowed:
        raise Problem(
            421,
            Code.FOREIGN_HOST,
            f"expected a Host of {', '.join(sorted(allowed))}, found {host[:100]!r}",
            hint="ask for the address that the daemon printed at its start",
        )
    origin = request.headers.get("Origin")
    if origin is None:
        return
    match = _ORIGIN.fullmatch(origin)
    if match is None or host_of(match[1]) not in allowed:
        raise Problem(
            403,
            Code.FOREIGN_ORIGIN,
            f"expected an Origin of {', '.join(sorted(allowed))}, found {origin[:100]!r}",
            hint="a page of another site may not speak to this daemon",
        )


def hosts_of(api: ApiConfig) -> frozenset[str]:
    """Return the hosts under which a daemon may be asked for: loopback, its own address, and the names it was given."""
    own = f"[{api.host}]" if ":" in api.host else api.host
    return LOOPBACK | {name.lower() for name in (own, *api.allowed_hosts)}


def host_of(authority: str) -> str:
    """Return the host of ``host[:port]`` in lower case, empty where it is none."""
    match = _AUTHORITY.fullmatch(authority)
    return match[1].lower() if match else ""
