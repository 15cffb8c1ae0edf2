"""A user changes the code of a feature: the account goes over into a new segment, as with a changed configuration."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.markets import config, market, play, stream

from finantrade.config import Config, FeaturesConfig, OnConfigChange, StrategyConfig
from finantrade.journal.store import Journal
from finantrade.runtime.carry import CarryRefused
from finantrade.runtime.session import ConfigChanged, Session, open_session
from finantrade.runtime.verify import Verdict, verify

SOURCE = """\
from finantrade.features.declaration import Column, Feature, Group, State, Unit


def mine(state: State, at: int, x: float) -> float:
    return {}


FEATURES = (Feature("mine", Group.RAW, (Column.CLOSE,), mine, Unit.PRICE, "bars", "Shown in a test."),)
"""
RULES = {"enter_long": "mine > lag(mine, 1)", "exit_long": "mine < lag(mine, 1)"}
STORE = market(5, 120)


def settings(folder: Path, text: str, **journal: OnConfigChange) -> Config:
    file = folder / "mine.py"
    file.write_text(SOURCE.format(text), encoding="utf-8")
    base = config(features=FeaturesConfig(files=(str(file),)), strategies=(StrategyConfig(name="rule", params=RULES),))
    return msgspec.structs.replace(base, journal=msgspec.structs.replace(base.journal, **journal))


async def begun(folder: Path) -> Session:
    session = open_session(folder / "session", settings(folder, "x"), STORE)
    told = list(stream(session, STORE))
    await play(session, told[: len(told) // 2])
    return session


async def test_a_new_segment_begins_with_the_account(tmp_path: Path) -> None:
    held = (await begun(tmp_path)).core.ledger.snapshot()
    changed = settings(tmp_path, "2.0 * x")
    session = open_session(tmp_path / "session", changed, STORE, accept_change=True)
    assert session.core.ledger.snapshot() == held
    await play(session, list(stream(session, STORE)))
    journal = Journal.open_readonly(tmp_path / "session")
    try:
        reports = list(verify(journal))
    finally:
        journal.close()
    before, after = (
        [one for one in reports if one.verdict is verdict] for verdict in (Verdict.NOT_CHECKABLE, Verdict.EQUAL)
    )
    assert [*before, *after] == reports
    assert "features ['" in before[0].detail
    assert sum(one.decisions for one in after) > 10


async def test_it_is_refused_where_changes_are(tmp_path: Path) -> None:
    await begun(tmp_path)
    with pytest.raises(ConfigChanged, match="features: other definitions"):
        open_session(tmp_path / "session", settings(tmp_path, "2.0 * x", on_config_change=OnConfigChange.REFUSE), STORE)


async def test_what_was_decided_on_other_features_cannot_be_folded(tmp_path: Path) -> None:
    session = await begun(tmp_path)
    journal = Journal.open(tmp_path / "session")
    last = list(journal.inputs(session.core.engine.seq - 1))[-1]
    journal.append([msgspec.structs.replace(last, seq=last.seq + 1)], [])
    journal.close()
    with pytest.raises(CarryRefused, match="the last 1 inputs were decided on with, found another"):
        open_session(tmp_path / "session", settings(tmp_path, "2.0 * x"), STORE, accept_change=True)
    open_session(tmp_path / "session", settings(tmp_path, "x"), STORE)
