"""Command lines in process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from finantrade.cli import main


class Said:
    """Runs command lines and keeps what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        code = main.main([str(one) for one in arguments])
        return code, *self._capsys.readouterr()

    def document(self, *arguments: object, code: int = 0) -> Any:
        """Run, expect the exit code, and return the one JSON document."""
        found, out, _ = self(*arguments, "--json")
        assert found == code
        return json.loads(out)
