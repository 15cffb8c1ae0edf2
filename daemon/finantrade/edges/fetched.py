"""What has become of a fetch so far: by series, what was refused, and how much of it all has been seen to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from finantrade.domain.units import Millis
from finantrade.market.candles import Gap
from finantrade.market.fetch_plan import Lacking, step_of
from finantrade.market.findings import Fault
from finantrade.market.importing import Imported
from finantrade.market.place import Place


class Fetched(msgspec.Struct, kw_only=True):
    """One series: the rows that it lacked before, what was taken, and the holes that are left.

    ``nowhere`` are rows of which the venue has told that it has none; those of ``gaps`` are asked for again next time.
    """

    place: Place
    lacked: int
    files: int = 0
    answers: int = 0
    added: int = 0
    completed: int = 0
    revised: int = 0
    findings: dict[str, int] = {}
    gaps: tuple[Gap, ...] = ()
    nowhere: int = 0

    @property
    def missing(self) -> int:
        """Rows that are still lacking."""
        return sum(gap.bars for gap in self.gaps)

    def note(self, done: Imported) -> None:
        """Add what became of a file or an answer; holes are looked for at the end."""
        self.added += done.added
        self.completed += done.completed
        self.revised += done.revised
        for one in done.findings:
            if one.fault is not Fault.MISSING:
                self.findings[one.fault] = self.findings.get(one.fault, 0) + one.rows


class Refused(msgspec.Struct, frozen=True):
    """A file or an answer of which nothing was taken, and why."""

    what: str
    error: Exception


class Results:
    """Everything that is told at the end; on the way ``told`` hears how many rows have been seen to."""

    def __init__(self, lacking: Iterable[Lacking], told: Callable[[int], None]) -> None:
        self.series = {
            one.place: Fetched(place=one.place, lacked=one.rows, gaps=one.gaps, nowhere=one.nowhere) for one in lacking
        }
        self.refused: list[Refused] = []
        self._seen: Counter[Place] = Counter()
        self._told = told

    def file(self, done: Iterable[Imported], length: Millis) -> None:
        """Note a file that covers so much time."""
        for one in done:
            self.series[one.place].files += 1
            self.series[one.place].note(one)
            self._see(one.place, length // step_of(one.place))

    def answer(self, done: Imported, rows: int) -> None:
        """Note an answer where so many rows were expected."""
        self.series[done.place].answers += 1
        self.series[done.place].note(done)
        self._see(done.place, rows)

    def refuse(self, what: str, error: Exception) -> None:
        """Note what was not taken."""
        self.refused.append(Refused(what, error))

    def left(self, lacking: Iterable[Lacking]) -> None:
        """Note what is left of the holes of series that have been seen to."""
        for one in lacking:
            self.series[one.place].gaps, self.series[one.place].nowhere = one.gaps, one.nowhere
            self._see(one.place, self.series[one.place].lacked)

    def has_any(self, symbol: str) -> bool:
        """Whether there was anything of a symbol."""
        return any(one.files or one.answers for one in self.series.values() if one.place.symbol == symbol)

    def _see(self, place: Place, rows: int) -> None:
        self._seen[place] = min(self._seen[place] + rows, self.series[place].lacked)
        self._told(self._seen.total())
