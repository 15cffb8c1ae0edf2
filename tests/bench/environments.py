"""Where the rivals live: one virtual environment each below ``.cache/bench``, from pins outside the project's lock.

An environment is ready when its stamp, a hash of its pins, its Python and its place, is the present one. Where it could
not be built a file beside it says why; both are what the rows of the rivals are told from.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tests.bench.data import CACHE

ENVIRONMENTS = CACHE / "environments"
HINT = "not built: make bench-setup"


@dataclass(frozen=True)
class Environment:
    """What is installed, and the versions of Python that it runs on."""

    name: str
    pins: tuple[str, ...]
    pythons: tuple[str, ...] = ("3.11", "3.12", "3.13", "3.14")

    @property
    def home(self) -> Path:
        return ENVIRONMENTS / self.name

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.home / ".stamp"

    @property
    def reason(self) -> Path:
        """The file that says why it could not be built."""
        return ENVIRONMENTS / f"{self.name}.failed"

    def key(self) -> str:
        """Hash what the environment is made from."""
        return hashlib.sha256("\n".join((*self.pins, *self.pythons, str(self.home))).encode()).hexdigest()

    def ready(self) -> bool:
        """Whether it has been built from the present pins."""
        return self.python.exists() and self.stamp.exists() and self.stamp.read_text(encoding="utf-8") == self.key()

    def trouble(self) -> str:
        """Say why it cannot be used; empty where it can."""
        if self.ready():
            return ""
        if self.reason.exists():
            return f"cannot be built: {self.reason.read_text(encoding='utf-8').strip()}"
        return HINT


NAUTILUS_2 = Environment(
    "nautilus-2", ("nautilus_trader==2.0.0rc7", "numpy==2.4.6", "pandas==3.1.1", "pyarrow==26.0.1"), ("3.13",)
)
NAUTILUS_1 = Environment(
    "nautilus-1",
    ("nautilus_trader==1.221.0", "numpy==2.4.6", "pandas==2.3.3", "pyarrow==26.0.1"),
    ("3.11", "3.12", "3.13"),
)
BASANA = Environment("basana", ("basana==1.11", "numpy==2.4.6"))
BACKTESTING = Environment(
    "backtesting", ("backtesting==0.6.6", "backtrader==1.9.78.123", "numba==0.68.1", "numpy==2.4.6", "pandas==3.1.1")
)
FREQTRADE = Environment("freqtrade", ("freqtrade==2026.9", "pyarrow==26.0.1"))
TALIPP = Environment("talipp", ("talipp==2.7.0", "numpy==2.4.6"))
ALL = (NAUTILUS_2, NAUTILUS_1, BASANA, BACKTESTING, FREQTRADE, TALIPP)
