"""python-binance's client behind a typed door: the one place that imports it, when it is opened.

Its base addresses are class attributes, so each venue gets a subclass; and of its constructors only the plain one asks
nothing (``create`` pings the spot market, whatever it is for).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio

from finantrade.wire.addresses import Addresses


@asynccontextmanager
async def opened(addresses: Addresses) -> AsyncGenerator[Any]:
    """Give a client for these addresses, and close it."""
    from binance import AsyncClient  # noqa: PLC0415  costs a quarter of a second and 40 MB

    own = {name: getattr(addresses, name) for name in ("API_URL", "FUTURES_URL", "FUTURES_DATA_URL")}
    kind: Any = type("Client", (AsyncClient,), own)
    client = kind()
    try:
        yield client
    finally:
        with anyio.CancelScope(shield=True):
            await client.close_connection()


def failures() -> tuple[type[Exception], ...]:
    """Return what the client raises where the world is at fault: the venue, the network, what lies between."""
    from aiohttp import ClientError  # noqa: PLC0415

    from binance.exceptions import BinanceAPIException, BinanceRequestException  # noqa: PLC0415

    return (BinanceAPIException, BinanceRequestException, ClientError, OSError, TimeoutError, UnicodeError)
