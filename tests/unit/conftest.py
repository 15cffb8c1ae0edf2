"""The command line in process, for whoever tests what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import yaml
from tests.answering import Daemon
from tests.commands import Said
from tests.markets import config


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Give the configuration of ``tests.markets`` as a file."""
    path = tmp_path / "config.yml"
    path.write_text(yaml.safe_dump(json.loads(msgspec.json.encode(config()))))
    return path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FINANTRADE_RUNS", str(tmp_path / "runs"))
    return Said(capsys)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with Daemon() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
