"""What the pages of the strategies state: parameters as the classes have them, figures as the bundled data gives."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from finantrade.backtesting import backtest
from finantrade.cli.configuration import Choice, ready
from finantrade.config import Config
from finantrade.market.datasets import load
from finantrade.strategies.description import ParameterDescription, describe
from finantrade.strategies.registry import STRATEGIES
from finantrade_research.metrics import Metrics, measure
from finantrade_research.timerange import parse_timerange

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "strategies"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md")) if path.stem in STRATEGIES}
PORTED = ROOT / "docs" / "from_freqtrade.md"
SPANS = {
    "all": None,
    "without costs": None,
    "Oct – Dec 2017": "20171001-20180101",
    "2018": "20180101-20190101",
    "Jan – Sep 2019": "20190101-20191001",
}
FREE = {"maker_fee_bps": 0.0, "taker_fee_bps": 0.0, "slippage_bps": 0.0}


def parameters_of(name: str) -> str:
    """Return the table of a strategy's parameters."""
    rows = [f"| `{one.name}` | {_default(one)} | {one.what} |" for one in describe(name, STRATEGIES[name]).parameters]
    return "\n".join(["| parameter | default | |", "|---|---|---|", *rows])


def command_of(page: str) -> str:
    """Return the backtest that a page shows."""
    return next(line for line in page.splitlines() if line.startswith("finantrade backtest"))


def figures_of(command: str) -> str:
    """Run a backtest over all spans, and return the table of what it came to."""
    columns = [_figures(command, name, span) for name, span in SPANS.items()]
    head = [f"| | {' | '.join(SPANS)} |", f"|---|{'---:|' * len(SPANS)}"]
    return "\n".join(head + [f"| {row} | {' | '.join(column[row] for column in columns)} |" for row in columns[0]])


def _figures(command: str, name: str, span: str | None) -> dict[str, str]:
    config = _configured(command)
    if name == "without costs":
        config = msgspec.structs.replace(config, execution=msgspec.structs.replace(config.execution, **FREE))
    start, end = parse_timerange(span) if span else (None, None)
    dataset = load(config.feed.dataset, None, config.symbols, config.timeframe, config.feed.context)
    candles = [one.between(start or 0, end or 2**62) for one in dataset.candles.values()]
    return _rows(measure(backtest(config, dataset=dataset, start=start, end=end), candles))


def _configured(command: str) -> Config:
    words = shlex.split(command)[2:]
    given = [(words[at], words[at + 1]) for at in range(0, len(words), 2)]
    files = [ROOT / value for option, value in given if option == "-c"]
    params = tuple(value for option, value in given if option == "--param")
    return ready(files, Choice(strategy=dict(given).get("-s"), params=params)).config


def _rows(metrics: Metrics) -> dict[str, str]:
    return {
        "return": f"{100 * metrics.total_return:.1f} %",
        "maximum drawdown": f"{100 * metrics.max_drawdown:.1f} %",
        "trades": f"{metrics.trades:,}",
        "won": f"{100 * metrics.win_rate:.0f} %",
        "profit factor": f"{metrics.profit_factor:.2f}",
        "time in the market": f"{100 * metrics.exposure:.0f} %",
        "fees": f"{metrics.fees:,.0f}",
        "the market itself": f"{100 * metrics.market_change:.1f} %",
    }


def _default(one: ParameterDescription) -> str:
    if one.required:
        return "needed"
    return "none" if one.default is None else str(one.default).lower()
