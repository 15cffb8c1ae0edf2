"""Recorded traffic of the real exchange, decoded whole. It lies beside the checkout, or the tests are skipped."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from finantrade.domain.market import BarArrived
from finantrade.wire.frames import facts_of

RECORDED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "recorded"
pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"expected recorded traffic in {RECORDED}, found none")

TRAFFIC = {
    "binance_futures_2021-07-22.ws.txt": (
        1_535,
        {"Quote": 613, "TradePrice": 91, "BarForming": 63, "BarArrived": 4},
    ),
    "usdm_btcusdt_20240808.gz": (93_954, {"Quote": 66_089, "TradePrice": 21_313}),
}


def frames(name: str) -> Iterator[bytes]:
    """Yield the messages of a file; before each stands when it came."""
    data = (RECORDED / name).read_bytes()
    lines = (gzip.decompress(data) if name.endswith(".gz") else data).splitlines()
    yield from (line.split(b" ", 1)[1] for line in lines if line and not line.startswith(b"wss://"))


@pytest.mark.parametrize("name", TRAFFIC)
def test_every_recorded_message_is_read(name: str) -> None:
    messages, expected = TRAFFIC[name]
    counted, found = 0, Counter[str]()
    for frame in frames(name):
        counted += 1
        facts = facts_of(frame)
        assert facts_of(orjson.loads(frame)) == facts
        found.update(type(fact).__name__ for fact in facts)
    assert (counted, found) == (messages, expected)


def test_the_recorded_closes_are_those_of_whole_minutes() -> None:
    closes = [
        fact.bar
        for frame in frames("binance_futures_2021-07-22.ws.txt")
        for fact in facts_of(frame)
        if isinstance(fact, BarArrived)
    ]
    assert {bar.symbol for bar in closes} == {"SUSHIUSDT", "AKROUSDT", "KEEPUSDT", "CTKUSDT"}
    assert {(bar.open_time, bar.close_time) for bar in closes} == {(1_626_992_700_000, 1_626_992_759_999)}
