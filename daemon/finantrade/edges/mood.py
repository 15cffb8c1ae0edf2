"""The Fear & Greed index, asked for over HTTP."""

from __future__ import annotations

import aiohttp

from finantrade.domain.context import Sentiment
from finantrade.edges.market_data import Unavailable
from finantrade.wire.errors import WireError
from finantrade.wire.sentiment import sentiment_of

TIMEOUT_S = 10.0
LARGEST = 1_000_000
"""Bytes of an answer: ten years of it are a third of that."""


async def days(address: str, count: int) -> tuple[Sentiment, ...]:
    """Return the last days of the index, in order of time. Raises Unavailable."""
    try:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, params={"limit": count}) as response,
        ):
            if response.status != 200:
                raise Unavailable(f"expected the Fear & Greed index, found status {response.status}")
            return sentiment_of(await _whole(response.content))
    except (aiohttp.ClientError, OSError, TimeoutError, WireError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}"[:300]) from None


async def _whole(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for piece in content.iter_any():
        body += piece
        if len(body) > LARGEST:
            raise Unavailable(f"expected at most {LARGEST:,} bytes of the Fear & Greed index, found more")
    return bytes(body)
