"""What is sent and when: the venue's streams, step by step, as the faults leave them. No sockets, no clock.

Between two steps nothing happens but what a fault has put off. All that is due at one moment goes out in the order it
was told, streams in order of their names, so the same seed and the same streams give the same frames in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from finantrade.domain.units import Millis
from finantrade.simulator.faults.fault import Fault, Frame, Moment
from finantrade.simulator.venue import Venue
from finantrade.wire.subscriptions import Stream

PUT_OFF = 4_096
"""Frames that faults may put off; beyond that they are sent at once."""


class Player:
    """Plays a venue from a moment on."""

    def __init__(self, venue: Venue, faults: Sequence[Fault], start: Millis) -> None:
        self._venue = venue
        self._faults = faults
        self._step_at = (start // venue.step_ms + 1) * venue.step_ms
        self._put_off: list[tuple[Millis, int, Frame]] = []
        self._count = 0

    @property
    def due(self) -> Millis:
        """When something happens next."""
        return min(self._step_at, self._put_off[0][0]) if self._put_off else self._step_at

    def moment(self, now: Millis) -> Moment:
        """Return the step that a time is in."""
        bar = now // self._venue.timeframe * self._venue.timeframe
        return Moment(now, bar, self._venue.timeframe, self._venue.step_ms)

    def turn(self, streams: Iterable[Stream]) -> Iterator[Frame]:
        """Yield the frames of the moment that is ``due``, of those streams, and go on to the next."""
        now = self.due
        if now == self._step_at:
            self._step_at += self._venue.step_ms
            for stream in sorted(streams):
                yield from self._step(stream, now)
        while self._put_off and self._put_off[0][0] <= now:
            yield heappop(self._put_off)[2]

    def _step(self, stream: Stream, now: Millis) -> Iterator[Frame]:
        moment = self.moment(now)
        for told in self._venue.told(stream, now):
            for frame in self._spoiled(Frame(stream, moment, now, told)):
                if frame.due <= now or len(self._put_off) >= PUT_OFF:
                    yield replace(frame, due=now)
                else:
                    self._count += 1
                    heappush(self._put_off, (frame.due, self._count, frame))

    def _spoiled(self, frame: Frame) -> Sequence[Frame]:
        frames: Sequence[Frame] = (frame,)
        for fault in self._faults:
            frames = [spoiled for one in frames for spoiled in fault.frames(one)]
        return frames
