"""The drawn topology is the true one: what actors say is watched, and the picture in the docs is drawn anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from tests.markets import config, market

from finantrade.cli.main import main
from finantrade.cli.picture import svg
from finantrade.cli.topology import SAYS, topology
from finantrade.domain.account import Position
from finantrade.domain.codec import COMMANDS, INPUTS
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.context import FundingRate
from finantrade.domain.market import BarOpened, FeatureRow, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.orders import Order, Signal
from finantrade.features.lookup import Lookup
from finantrade.market.facts import facts
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import Trader, build

ROOT = Path(__file__).resolve().parents[2]
# What no ordinary session brings about: a full desk, a strategy that raises, a lack of margin, an order with a time.
RARE = {"Rejection", "StrategyFaulted", "Liquidated", "Expired"}

Handler = Callable[[Any, int], Sequence[Message]]


def watch(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, set[str]]:
    """Note what every actor says from now on, by its name."""
    said: dict[str, set[str]] = defaultdict(set)

    def watched(name: str, handler: Handler) -> Handler:
        def handle(message: Any, now: int) -> Sequence[Message]:
            out = handler(message, now)
            said[name].update(type(one).__name__ for one in out)
            return out

        return handle

    for actor in build(config(), {}).engine.actors.values():
        cls, original = type(actor), type(actor).handlers

        def handlers(self: Any, original: Any = original) -> Mapping[type[Message], Handler]:
            return {kind: watched(self.name, handler) for kind, handler in original(self).items()}

        monkeypatch.setattr(cls, "handlers", handlers)
    return said


class Trailing:
    """Always long, the stop drawn after the price: so there is something to amend; then long of what has no bars."""

    Params = msgspec.Struct

    def features(self) -> tuple[str, ...]:
        return ("close",)

    def on_boundary(self, rows: Mapping[str, FeatureRow], portfolio: Mapping[str, Position], /) -> list[Signal]:
        wishes = [Signal("AAA", 1.0, stop=rows["AAA"].values[0] * 0.9)]
        return [*wishes, Signal("CCC", 1.0)] if portfolio["AAA"].qty else wishes

    def snapshot(self) -> bytes:
        return b""

    def restore(self, state: bytes, /) -> None:
        pass


def test_what_actors_say_is_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = watch(monkeypatch)
    trailing = Trader.of("trailing", Trailing(), Lookup())
    engine = build(config(), {**seat_strategies(config()), "AAA": trailing, "CCC": trailing}).engine
    early, late = [Pause(), Resume()], [ClosePosition("AAA"), Flatten(), Resume(), Stop(), Pause(), Resume()]
    for at, message in facts(tuple(market(2, 900).values()), 0):
        out = engine.step(engine.seq + 1, at, message)
        # The early wishes find an entry on its way, which is cancelled; the late ones come now and then.
        while early and any(type(one) is Order and one.symbol == "BBB" for one in out):
            engine.step(engine.seq + 1, at, early.pop(0))
        if late and engine.seq % 300 == 0:
            engine.step(engine.seq + 1, at, late.pop(0))
        if type(message) is BarOpened and engine.seq % 500 == 0:
            engine.step(engine.seq + 1, at, FeedStale(message.symbol, at))
        if type(message) is BarOpened and engine.seq % 50 == 0:
            engine.step(engine.seq + 1, at, FundingRate(message.symbol, at, 0.0001))
    table = {name: {kind.__name__ for kind in kinds} for name, kinds in SAYS.items()}
    assert {name: kinds - RARE for name, kinds in table.items()} == {name: kinds - RARE for name, kinds in said.items()}


def test_every_input_and_every_wish_has_a_way_to_somebody() -> None:
    drawn = topology(None)
    ways = {one.message: one for one in drawn.routes}
    assert set(SAYS) == {one.name for one in drawn.actors}
    assert {kind.__name__ for kind in COMMANDS} <= set(ways)
    inputs = {kind.__name__ for kind in INPUTS}
    assert all(one.sources for one in drawn.routes)
    assert {one.message for one in drawn.routes if "inbox" in one.sources} <= inputs
    assert ways["Fill"].sources == ("paper",)
    assert ways["Woke"].sources == ("engine",)


def test_the_picture_in_the_docs_is_the_present_one() -> None:
    kept = (ROOT / "docs" / "graph.svg").read_text(encoding="utf-8")
    assert kept == svg(topology(None)) + "\n", "draw it anew: finantrade graph --offline --format svg > docs/graph.svg"


def test_the_picture_is_whole() -> None:
    drawn = topology(None)
    root = ElementTree.fromstring(svg(drawn))
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {f"{index}  {one.name}" for index, one in enumerate(drawn.actors, 1)} <= texts
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for circle in root.iter("{http://www.w3.org/2000/svg}circle"):
        assert 0 < float(circle.attrib["cx"]) < width
        assert 0 < float(circle.attrib["cy"]) < height


def test_the_graph_as_text_dot_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    demo = ["-c", str(ROOT / "config" / "demo.yml"), "--offline"]
    assert main(["graph", *demo]) == 0
    text = capsys.readouterr().out
    assert "rule on BTCUSD, ema_cross on ETHUSD" in text
    assert "none: no daemon was asked" in text
    assert main(["graph", *demo, "--format", "dot"]) == 0
    dot = capsys.readouterr().out
    assert '  strategist -> risk [label="Signal"];' in dot.splitlines()
    assert main(["graph", *demo, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document["actors"]] == [one.name for one in topology(None).actors]
    assert document["seats"] == {"BTCUSD": "rule", "ETHUSD": "ema_cross"}
