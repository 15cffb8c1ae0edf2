"""One event as a program and as a person reads it."""

from __future__ import annotations

import re
from pathlib import Path

import structlog
from tests.logs import written

from finantrade.edges.events import Event
from finantrade.edges.logging import LogMode

FACTS = {
    "seq": 0, "at": "2018-06-03T04:30:00Z", "order_id": "BTCUSD-1", "symbol": "BTCUSD", "qty": "0.50",
    "equity": 9_935.643545629999, "backfilled": False, "stop": None, "detail": "", "api_token": "abc",
}  # fmt: skip


def logged(mode: LogMode) -> str:
    with written(mode) as out:
        structlog.stdlib.get_logger("test").info(Event.FILL, **FACTS)
    return out.getvalue()


def test_a_program_gets_everything_the_event_first() -> None:
    line = logged(LogMode.JSON)
    assert re.match(r'\{"ts":"[^"]*Z","level":"info","event":"fill","seq":0,', line)
    assert '"backfilled":false,"stop":null,"detail":"","api_token":"[redacted]"' in line


def test_a_person_gets_what_can_be_read_as_it_goes_by() -> None:
    text = re.sub(r"\x1b\[\d+m", "", logged(LogMode.CONSOLE))
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d \[info     ] fill               seq=0 at=2018-06-03T04:30:00Z symbol=BTCUSD qty=0.50 "
        r"equity=9935.643546 api_token=\[redacted]\n",
        text,
    ), text


def test_every_event_is_documented_and_nothing_else_is() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| (?:debug|info|warning|error|as given)", text, flags=re.MULTILINE)
    assert sorted(rows) == sorted(event.value for event in Event)
