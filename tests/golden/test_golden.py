"""What was decided once is decided again: committed chain heads, and a committed journal of the present format."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from tests.golden.sessions import HEADS, JOURNAL, SESSIONS, told

from finantrade.domain.message import Message
from finantrade.domain.orders import Fill
from finantrade.journal.store import Journal
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.verify import Verdict, verify
from finantrade.wiring import build

GOLDEN = json.loads(HEADS.read_text(encoding="utf-8"))
WHY = "if this is meant, renew it (see heads.json) and say in the commit which rule changed and why"


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_still_comes_to_its_head(name: str) -> None:
    chosen = SESSIONS[name]
    core = build(chosen, seat_strategies(chosen))
    said: list[Message] = []
    for seq, (at, message) in enumerate(told(), 1):
        said += core.engine.step(seq, at, message)
    chain = core.engine.chain
    fills = sum(isinstance(one, Fill) for one in said)
    found = {"head": chain.head.hex(), "decisions": chain.count, "inputs": core.engine.seq, "fills": fills}
    assert found == GOLDEN[name], WHY


def test_every_session_has_a_head() -> None:
    assert GOLDEN.keys() == {"about", *SESSIONS}


def test_a_journal_of_this_format_still_verifies(tmp_path: Path) -> None:
    assert JOURNAL.stat().st_size < 100_000
    shutil.copyfile(JOURNAL, tmp_path / JOURNAL.name)
    with closing(Journal.open_readonly(tmp_path)) as journal:
        (report,) = verify(journal)
    # Written elsewhere, perhaps; what is in it has no logarithm and no root, so it must come out the same here.
    print(f"other platform: {', '.join(report.platform) or 'no'}")
    assert (report.verdict, report.folded_head) == (Verdict.EQUAL, report.recorded_head), f"{report}; {WHY}"
    assert report.inputs > 100
    assert report.decisions > 20
