"""The index of the mood is read whole, however many pieces it comes in, and never without end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from finantrade.domain.context import FEAR_AND_GREED, Sentiment
from finantrade.domain.units import DAY
from finantrade.edges import mood
from finantrade.edges.market_data import Unavailable
from finantrade.wire.sentiment import answer_of

DAYS = tuple(Sentiment(FEAR_AND_GREED, day * DAY, float(day % 101)) for day in range(10_000, 15_000))
BODY = msgspec.json.encode(answer_of(DAYS))
"""More than one reading of a socket brings."""


@asynccontextmanager
async def telling(body: bytes, status: int = 200) -> AsyncGenerator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status)

    app = web.Application()
    app.router.add_get("/fng/", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/fng/"))


async def test_a_long_answer_is_read_whole() -> None:
    assert len(BODY) > 300_000
    async with telling(BODY) as address:
        assert await mood.days(address, len(DAYS)) == DAYS


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b" " * (mood.LARGEST + 1), 200, "expected at most 1,000,000 bytes of the Fear & Greed index, found more"),
        (BODY, 503, "expected the Fear & Greed index, found status 503"),
        (BODY[:1_000], 200, "WireError: "),
    ],
    ids=["without end", "refused", "cut off"],
)
async def test_what_is_no_answer_is_said(body: bytes, status: int, said: str) -> None:
    async with telling(body, status) as address:
        with pytest.raises(Unavailable, match=said):
            await mood.days(address, 1)
