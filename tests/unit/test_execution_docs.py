"""docs/execution.md names every key there is, and what it shows is a configuration."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from finantrade.config import ExecutionConfig, MarginConfig
from finantrade.config_file import load_config
from finantrade.domain.orders import Entry, TimeInForce, Trail

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "execution.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_is_a_configuration(block: str, tmp_path: Path) -> None:
    path = tmp_path / "more.yml"
    path.write_text(block, encoding="utf-8")
    tiers = [ROOT / "config" / "margin_tiers.yml"] if "margin" in block else []
    load_config([ROOT / "config" / "system.yml", path, *tiers])


@pytest.mark.parametrize("kind", [ExecutionConfig, MarginConfig, Entry, Trail], ids=lambda kind: kind.__name__)
def test_every_key_is_named(kind: type[msgspec.Struct]) -> None:
    assert [name for name in kind.__struct_fields__ if name not in TEXT] == []
    assert [force for force in TimeInForce if f"`{force}`" not in TEXT] == []
