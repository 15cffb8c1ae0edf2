"""Tell the service manager how we are: one datagram to the socket that it names in ``NOTIFY_SOCKET`` (sd_notify)."""

from __future__ import annotations

import socket
from collections.abc import Mapping


def notify(surroundings: Mapping[str, str], **facts: str | int) -> bool:
    """Send facts such as ``READY=1``, ``WATCHDOG=1`` or ``STATUS="…"``; False where no service manager listens.

    ``surroundings`` is the process environment. Raises OSError where the named socket cannot be written.
    """
    address = surroundings.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        # A leading @ stands for the zero byte of Linux's abstract socket names.
        channel.connect("\0" + address[1:] if address.startswith("@") else address)
        channel.sendall("\n".join(f"{name}={value}" for name, value in facts.items()).encode())
    return True


def watchdog_s(surroundings: Mapping[str, str], process: int) -> float | None:
    """Return after how many seconds to send ``WATCHDOG=1``: half of what kills us; None where nobody watches us."""
    microseconds = surroundings.get("WATCHDOG_USEC")
    if microseconds is None or surroundings.get("WATCHDOG_PID", str(process)) != str(process):
        return None
    return int(microseconds) / 2_000_000
