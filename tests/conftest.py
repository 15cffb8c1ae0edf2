"""What every test shares: how many seeds, where compiled kernels are kept, a state directory of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# Set before anything imports numba: one warm cache for all tests, and none written beside the sources.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".cache" / "numba"))

# A shell that runs the tests in the background has them ignore Ctrl-C, and every daemon that they start inherits it.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Seeds(StrEnum):
    SMALL = "small"
    FULL = "full"


SEEDS = Seeds(os.environ.get("SEEDS", Seeds.SMALL))

settings.register_profile(Seeds.SMALL, max_examples=25, deadline=None, print_blob=True)
settings.register_profile(Seeds.FULL, max_examples=500, deadline=None, print_blob=True)
settings.load_profile(SEEDS)


@pytest.fixture(scope="session")
def seeds() -> Callable[[int, int], range]:
    """Give ``seeds(few, many)``: the seeds to try, few in ``make test`` and many in ``make test-long``."""
    return lambda few, many: range(many if SEEDS is Seeds.FULL else few)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """Give an empty state directory that is this test's alone."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    return state
