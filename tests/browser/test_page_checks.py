"""The page's own checks: its tests and types, its lint, how much it weighs, and that it knows this daemon's API."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.browser.conftest import UI

from finantrade.api import openapi


def passes(*command: str) -> None:
    done = subprocess.run(command, cwd=UI, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("check", ["test", "lint", "size"])
def test_the_page_passes(built: Path, npm: str, check: str) -> None:
    assert built
    passes(npm, "run", "--silent", check)


def test_the_types_of_the_page_are_those_of_the_api(built: Path, tmp_path: Path) -> None:
    assert built
    document = tmp_path / "openapi.json"
    document.write_bytes(openapi.document())
    passes("node", "tools/types.mjs", "--check", str(document))
