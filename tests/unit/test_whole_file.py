"""Files of commands: whole or not at all, and named where they fail."""

from __future__ import annotations

import os
from errno import ENOSPC
from pathlib import Path

import pytest

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.whole_file import written_whole


def write_until_full(target: Path) -> None:
    with written_whole(target) as draft:
        draft.write_text("half")
        raise OSError(ENOSPC, os.strerror(ENOSPC))


def test_what_was_there_stays_until_all_is_written(tmp_path: Path) -> None:
    target = tmp_path / "trades.csv"
    target.write_text("before")
    with written_whole(target) as draft:
        draft.write_text("after")
        assert (target.read_text(), draft.suffix) == ("before", ".csv")
    assert (target.read_text(), os.listdir(tmp_path)) == ("after", ["trades.csv"])


def test_a_full_disk_is_told_with_the_file_and_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "trades.csv"
    target.write_text("before")
    with pytest.raises(CliError) as caught:
        write_until_full(target)
    assert (str(caught.value), caught.value.code) == (
        f"{target}: cannot be written: No space left on device", ExitCode.FAILED,
    )  # fmt: skip
    assert (target.read_text(), os.listdir(tmp_path)) == ("before", ["trades.csv"])


def test_what_is_no_file_is_written_to_as_it_is() -> None:
    with written_whole(Path(os.devnull)) as draft:
        assert draft == Path(os.devnull)
    assert Path(os.devnull).is_char_device()
