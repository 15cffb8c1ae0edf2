"""The command line in process, for whoever tests what it says."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import yaml
from tests.commands import Said
from tests.markets import config


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Give the configuration of ``tests.markets`` as a file."""
    path = tmp_path / "config.yml"
    path.write_text(yaml.safe_dump(json.loads(msgspec.json.encode(config()))))
    return path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.setenv("COLUMNS", "200")
    return Said(capsys)
