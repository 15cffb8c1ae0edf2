"""Directories of ours: made for us alone, and not used where somebody else could write to them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from finantrade.directories import NotOurs, expect_ours, make_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_all_that_is_missing_is_made_for_us_alone(tmp_path: Path) -> None:
    before, umask = mode(tmp_path), os.umask(0)
    try:
        made = make_private(tmp_path / "a" / "b")
    finally:
        os.umask(umask)
    assert (mode(made), mode(made.parent), mode(tmp_path)) == (0o700, 0o700, before)


def test_one_that_others_read_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(expect_ours(make_private(tmp_path))) == 0o755


@pytest.mark.parametrize("bits", [0o770, 0o707, 0o1777])
def test_one_that_others_write_to_is_not_ours(tmp_path: Path, bits: int) -> None:
    tmp_path.chmod(bits)
    with pytest.raises(NotOurs, match=f"expected nobody else to write to {tmp_path}, found mode {bits:04o}: `chmod"):
        expect_ours(tmp_path)
