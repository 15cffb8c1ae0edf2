"""The exchange without sockets: what it answers and what it tells at a moment, as its faults leave it.

Everything that decides is here, so that a test which needs no sockets can have the same exchange in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from finantrade.domain.units import Millis
from finantrade.simulator.answers import Answer, Asked
from finantrade.simulator.faults.fault import Fault, Frame
from finantrade.simulator.player import Player
from finantrade.simulator.rest import Rest
from finantrade.simulator.venue import Venue
from finantrade.wire.subscriptions import Stream

SWITCHED = 101
"""The status of an answer after which a websocket follows."""


class Desk:
    """An exchange that begins at ``start``. ``weight_limit`` is the budget of a minute, if not the real one."""

    def __init__(self, venue: Venue, faults: Sequence[Fault], start: Millis, weight_limit: int | None = None) -> None:
        self.asked = 0
        self._venue = venue
        self._faults = faults
        self._rest = Rest(venue, self._keeps, weight_limit)
        self._player = Player(venue, faults, start)

    @property
    def due(self) -> Millis:
        """When something is told next."""
        return self._player.due

    def listens(self) -> bool:
        """Whether connections are taken at the moment that is due; if not, those there are are cut."""
        moment = self._player.moment(self.due)
        return all(fault.listens(moment) for fault in self._faults)

    def hangs_up(self) -> bool:
        """Whether all websockets are cut at the moment that is due."""
        moment = self._player.moment(self.due)
        return any(fault.hangs_up(moment) for fault in self._faults)

    def turn(self, streams: Iterable[Stream]) -> Iterator[Frame]:
        """Yield what is told in these streams at the moment that is due, and go on to the next."""
        return self._player.turn(streams)

    def serves(self, stream: Stream) -> bool:
        """Whether there is such a stream."""
        return self._venue.serves(stream)

    def answer(self, path: str, query: Mapping[str, str], now: Millis, *, switches: bool = False) -> Answer:
        """Answer a request, or (``switches``) one for a websocket, which is ``SWITCHED`` if no fault strikes."""
        asked = Asked(self.asked, path, query, self._time(now))
        self.asked += 1
        answer = Answer(SWITCHED, b"") if switches else self._rest.answer(asked)
        for fault in self._faults:
            answer = fault.answer(asked, answer)
        return answer

    def _time(self, now: Millis) -> Millis:
        for fault in self._faults:
            now = fault.time(now)
        return now

    def _keeps(self, symbol: str, bar: Millis) -> bool:
        return all(fault.keeps(symbol, bar) for fault in self._faults)
