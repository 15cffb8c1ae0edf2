"""The REST interface: paths of the spot and the USD-M futures market, and of the Fear & Greed index, to answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from finantrade.domain.market import Quote
from finantrade.domain.units import DAY, Millis
from finantrade.simulator.answers import HTML, Answer, Asked, Refusal, limit_of, needed
from finantrade.simulator.history import History, Keeps
from finantrade.simulator.recording import Recording
from finantrade.simulator.venue import Venue
from finantrade.simulator.weights import FUTURES_A_MINUTE, SPOT_A_MINUTE, Budget, Overspent, weight_of
from finantrade.wire.derivatives import CROWDS, PremiumIndex, PresentInterest
from finantrade.wire.payloads import plain, write
from finantrade.wire.rules import ExchangeInfo, RateLimit, ServerTime, SymbolRules
from finantrade.wire.sentiment import answer_of
from finantrade.wire.trades import AggTrade, BookTicker

Handler = Callable[[Asked], Any]

FUTURES, SPOT, STATISTICS, MOOD = "/fapi/v1/", "/api/v3/", "/futures/data/", "/fng/"
QUOTES = ("USDT", "USDC", "USD")
MOST_DAYS = 3_650
"""Of the Fear & Greed index, at once."""
SIMULATED = "simulated exchange: prices are replayed; what is not recorded beside candles is invented"
NOT_FOUND = b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"


class Rest:
    """Answers requests. It knows no sockets; ``keeps`` says which bars it has."""

    def __init__(self, venue: Venue, keeps: Keeps, weight_limit: int | None = None) -> None:
        self._venue = venue
        self._history = {
            symbol: History(recording, venue.figures[symbol], keeps) for symbol, recording in venue.recordings.items()
        }
        self._futures = Budget(weight_limit or FUTURES_A_MINUTE)
        self._spot = Budget(weight_limit or SPOT_A_MINUTE)
        self._handlers = self._table()

    def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        handler = self._handlers.get(asked.path)
        if handler is None:
            return Answer(404, NOT_FOUND, HTML)
        budget = self._spot if asked.path.startswith(SPOT) else self._futures
        headers: Mapping[str, str] = {}
        try:
            headers = budget.spend(weight_of(asked.path, asked.query), asked.now)
            return Answer(200, write(handler(asked)), headers=headers)
        except Overspent as overspent:
            return overspent.refusal.answer(overspent.headers)
        except Refusal as refusal:
            return refusal.answer(headers)

    def _table(self) -> dict[str, Handler]:
        both: dict[str, Handler] = {
            "ping": lambda asked: {},
            "time": lambda asked: ServerTime(server_time=asked.now),
            "klines": lambda asked: self._of(asked).klines(asked.query, asked.now),
            "aggTrades": self._trades,
            "ticker/bookTicker": self._books,
        }
        futures: dict[str, Handler] = {
            "exchangeInfo": lambda asked: self._info(asked, futures=True),
            "premiumIndex": self._premium_index,
            "fundingRate": lambda asked: self._of(asked).funding(asked.query, asked.now),
            "fundingInfo": lambda asked: [],
            "openInterest": self._interest,
            "markPriceKlines": lambda asked: self._of(asked).mark_klines(asked.query, asked.now),
            "premiumIndexKlines": lambda asked: self._of(asked).premium_klines(asked.query, asked.now),
        }
        statistics: dict[str, Handler] = {
            "openInterestHist": lambda asked: self._of(asked).interest(asked.query, asked.now),
            "takerlongshortRatio": lambda asked: self._of(asked).takers(asked.query, asked.now),
        }
        statistics |= dict.fromkeys(CROWDS, self._ratios)
        spot: dict[str, Handler] = {"exchangeInfo": lambda asked: self._info(asked, futures=False)}
        parts = ((FUTURES, both | futures), (SPOT, both | spot), (STATISTICS, statistics))
        table = {base + name: handler for base, handlers in parts for name, handler in handlers.items()}
        return table | {MOOD: self._mood}

    def _of(self, asked: Asked) -> History:
        return self._history[self._symbol(asked)]

    def _symbol(self, asked: Asked) -> str:
        symbol = needed(asked.query, "symbol")
        if symbol not in self._history:
            raise Refusal(-1121, "Invalid symbol.")
        return symbol

    def _symbols(self, asked: Asked) -> list[str]:
        return [self._symbol(asked)] if "symbol" in asked.query else list(self._history)

    def _trades(self, asked: Asked) -> list[AggTrade]:
        event = self._venue.trade(self._symbol(asked), asked.now)
        if event is None:
            return []
        return [
            AggTrade(
                id=event.id,
                price=event.price,
                qty=event.qty,
                first_trade=event.id,
                last_trade=event.id,
                time=event.traded_at,
                seller_took=event.seller_took,
            )
        ]

    def _books(self, asked: Asked) -> Any:
        quotes = [self._venue.figures[symbol].quote(asked.now) for symbol in self._symbols(asked)]
        rows = [book_of(one, futures=asked.path.startswith(FUTURES)) for one in quotes if one is not None]
        return rows[0] if "symbol" in asked.query and rows else rows

    def _premium_index(self, asked: Asked) -> PremiumIndex | list[PremiumIndex]:
        rows = [row for symbol in self._symbols(asked) if (row := self._premium_row(symbol, asked.now)) is not None]
        return rows[0] if "symbol" in asked.query and rows else rows

    def _premium_row(self, symbol: str, now: Millis) -> PremiumIndex | None:
        mark, estimate = self._venue.figures[symbol].mark(now), self._venue.figures[symbol].estimate(now)
        return mark and PremiumIndex(
            symbol=symbol,
            mark_price=mark.mark,
            index_price=mark.index,
            estimated_settle_price=mark.index,
            last_funding_rate=estimate.rate,
            interest_rate=0.0001,
            next_funding_time=estimate.settles_at,
            time=now,
        )

    def _interest(self, asked: Asked) -> PresentInterest:
        symbol = self._symbol(asked)
        interest = self._venue.figures[symbol].interest(asked.now)
        if interest is None:
            raise Refusal(-4108, "Symbol is on delivering or delivered or settling or closed or pre-trading.")
        return PresentInterest(symbol=symbol, open_interest=interest.qty, time=asked.now)

    def _ratios(self, asked: Asked) -> Any:
        return self._of(asked).ratios(asked.path.removeprefix(STATISTICS), asked.query, asked.now)

    def _mood(self, asked: Asked) -> Any:
        days = limit_of(asked.query, 1, MOST_DAYS)
        # One more day than is asked for: a recorded one is not known when it begins.
        found = list(self._venue.moods(max(asked.now - (days + 1) * DAY, 0), asked.now))
        return answer_of(found[-days:])

    def _info(self, asked: Asked, *, futures: bool) -> dict[str, Any]:
        info = ExchangeInfo(
            server_time=asked.now,
            rate_limits=(
                RateLimit(
                    rate_limit_type="REQUEST_WEIGHT",
                    interval="MINUTE",
                    interval_num=1,
                    limit=(self._futures if futures else self._spot).a_minute,
                ),
            ),
            symbols=tuple(rules_of(recording, futures=futures) for recording in self._venue.recordings.values()),
        )
        said = {"timezone": "UTC", "simulated": SIMULATED, "recorded": self._venue.beside.labels}
        return said | plain(info)


def book_of(quote: Quote, *, futures: bool) -> dict[str, Any]:
    """Return best bid and ask as a market answers them: only futures say when."""
    book = BookTicker(
        symbol=quote.symbol,
        bid_price=quote.bid,
        bid_qty=quote.bid_qty,
        ask_price=quote.ask,
        ask_qty=quote.ask_qty,
        time=quote.time,
    )
    return {name: value for name, value in plain(book).items() if futures or name != "time"}


def rules_of(recording: Recording, *, futures: bool) -> SymbolRules:
    """Return trading rules that fit the recorded numbers; a coin is split from its quote at the usual names."""
    quote = next((name for name in QUOTES if recording.symbol.endswith(name)), recording.symbol[-3:])
    step = f"{10.0**-recording.digits:.{recording.digits}f}"
    lot = f"{10.0**-recording.qty_digits:.{recording.qty_digits}f}"
    smallest = {"filterType": "MIN_NOTIONAL", "notional": "5"}
    if not futures:
        smallest = {"filterType": "NOTIONAL", "minNotional": "5.00000000"}
    return SymbolRules(
        symbol=recording.symbol,
        status="TRADING",
        contract_type="PERPETUAL" if futures else "",
        base_asset=recording.symbol.removesuffix(quote),
        quote_asset=quote,
        filters=(
            {"filterType": "PRICE_FILTER", "minPrice": step, "maxPrice": "1000000", "tickSize": step},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "1000000", "stepSize": lot},
            smallest,
        ),
    )
