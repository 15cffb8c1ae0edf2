"""The session as pages see it: a chronicle, told by the journal at first and by the lane from then on."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from importlib.metadata import version

import anyio.to_thread
import structlog

from finantrade.api.broadcast import OUTLET_CAPACITY, Broadcast
from finantrade.api.chronicle import BARS, Chronicle
from finantrade.api.schema import Meta, SymbolMeta
from finantrade.config import Config, InstrumentConfig
from finantrade.domain.units import timeframe_ms
from finantrade.edges.events import Event
from finantrade.journal.errors import JournalError
from finantrade.runtime.history import recount
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.status import Status

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.api")


class Replica:
    """Keeps the chronicle of one running session true."""

    def __init__(self, runner: LiveRunner, status: Callable[[], Status], meta: Meta) -> None:
        self._runner = runner
        self._status = status
        self.chronicle = self._begun(meta)
        self.broadcast = Broadcast(self.chronicle, runner.outlet("pages", OUTLET_CAPACITY), self.refill)

    async def run(self) -> None:
        """Work until the lane has ended."""
        await self.refill()
        await self.broadcast.run()

    async def refill(self) -> None:
        """Tell the chronicle anew, from the journal. What the lane says meanwhile waits in the outlet.

        A journal that cannot be read leaves pages without their past, and trading alone.
        """
        told = self._begun(self.chronicle.meta)
        bars = BARS * len(self._runner.session.config.symbols)
        tell = partial(recount, self._runner.session.directory, bars, told.note)
        try:
            await anyio.to_thread.run_sync(tell, abandon_on_cancel=True)
        except (JournalError, OSError) as error:
            log.warning(Event.PAST_UNREADABLE, error=str(error))
        else:
            self.chronicle.take_over(told)

    def _begun(self, meta: Meta) -> Chronicle:
        return Chronicle(meta, self._status, lambda: self._runner.glimpses)


def meta_of(config: Config, *, session: str, data: str, synthetic_data: bool, rate: float, page: str) -> Meta:
    """Return what pages are told of a session once."""
    strategies = {symbol: one.name for one in config.strategies for symbol in one.symbols or config.symbols}
    return Meta(
        software=version("finantrade"),
        page=page,
        name=config.name,
        session=session,
        timeframe=config.timeframe,
        timeframe_ms=timeframe_ms(config.timeframe),
        quote=config.account.quote,
        symbols=tuple(_symbol(symbol, strategies.get(symbol), config.instruments[symbol]) for symbol in config.symbols),
        data=data,
        synthetic_data=synthetic_data,
        rate=rate,
    )


def _symbol(symbol: str, strategy: str | None, instrument: InstrumentConfig) -> SymbolMeta:
    return SymbolMeta(symbol, strategy, _decimals(instrument.tick), _decimals(instrument.lot))


def _decimals(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
