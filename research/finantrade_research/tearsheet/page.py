"""A kept run as one HTML page: style and drawings stand in it, it loads nothing and runs nothing.

It follows the reader's preference for light or dark, and is light on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import isnan
from pathlib import Path

from finantrade.cli.figures import count, day, number, percent, stamp
from finantrade_research.definitions import DEFINITIONS
from finantrade_research.luck_tables import interval_rows, luck_rows
from finantrade_research.months import Year
from finantrade_research.report import Report
from finantrade_research.report_tables import MONTHS, summary
from finantrade_research.tearsheet import charts
from finantrade_research.tearsheet.run import Sheet

STYLE = Path(__file__).with_name("style.css")
DEEPEST = 0.75
"""How strong the colour of the best and the worst month is."""
OWN, BESIDE = '<i class="i-own"></i>strategy', '<i class="i-beside"></i>buy and hold'
MEANINGS = {one.label: one.meaning for one in DEFINITIONS.values()}


def page(sheet: Sheet) -> str:
    """Return the whole document."""
    title = f"{_strategies(sheet.report)} on {', '.join(sheet.run.symbols)}"
    body = "\n".join(_body(sheet, title))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(sheet: Sheet, title: str) -> Iterator[str]:
    report = sheet.report
    yield _header(sheet, title)
    yield _key(report)
    yield _section("Equity", _scrolling(charts.equity(sheet)), OWN, BESIDE, report.quote)
    yield _section("Drawdown", _scrolling(charts.drawdown(sheet)), "below the highest close of a day so far")
    yield _section("Returns by month", _heat(report.months), "per cent, UTC")
    yield _pair(
        _section("Rolling Sharpe ratio", charts.rolling_sharpe(sheet), "90 days"),
        _section("Exposure", charts.exposure(sheet), "share of each week held: long above, short below"),
    )
    gains, losses = '<i class="i-gain"></i>gain', '<i class="i-loss"></i>loss'
    closed = f"{count(report.metrics.trades)} closed, profit over what was entered for"
    yield _section("Trades", _scrolling(charts.trades(sheet)), closed, gains, losses)
    yield _pair(
        _section("Return by hour of the day", charts.hours(sheet), "mean, basis points, UTC"),
        _section("What it cost", charts.costs(sheet), report.quote, "slippage is in the prices"),
    )
    yield _section("How much is luck", _table(("", "", ""), luck_rows(report.luck), "luck"))
    heads = ("Nine of ten resampled histories", "measured", "from", "to")
    yield _section("Intervals", _table(heads, interval_rows(report.luck), ""), "stationary bootstrap")
    yield _section("Figures", _figures(report), "years of 365 days")
    yield _footer(sheet)


def _header(sheet: Sheet, title: str) -> str:
    report, run = sheet.report, sheet.run
    span = f"{day(run.first_open)} to {day(run.last_open)}"
    about = f"{span}, bars of {report.timeframe}, {report.data.name}: {report.data.title}"
    said = "synthetic data, not a market" if report.data.synthetic else ""
    badges = [said, *(one for one in run.caveats if one != "synthetic"), *run.tags]
    shown = "".join(f'<span class="badge">{escape(one)}</span>' for one in badges if one)
    note = f"<p>{escape(run.note)}</p>" if run.note else ""
    return f"<header><h1>{escape(title)}</h1><p>{escape(about)}</p>{note}{shown}</header>"


def _key(report: Report) -> str:
    own, held, luck = report.metrics, report.buy_and_hold, report.luck
    cells = [
        ("Total return", percent(own.total_return), f"held: {percent(held.total_return)}"),
        ("CAGR", percent(own.cagr), f"held: {percent(held.cagr)}"),
        ("Sharpe ratio", number(own.sharpe), f"held: {number(held.sharpe)}"),
        ("Max. drawdown", percent(own.max_drawdown), f"held: {percent(held.max_drawdown)}"),
        ("Calmar ratio", number(own.calmar), f"held: {number(held.calmar)}"),
        ("Profit factor", number(own.profit_factor), f"win rate {percent(own.win_rate)}"),
        ("Exposure", percent(own.exposure), f"{count(own.trades)} trades"),
        ("Deflated Sharpe", percent(luck.trials.dsr), f"trials: {count(luck.trials.tried)}"),
    ]
    rows = (f"<div><dt>{name}</dt><dd>{value}<small>{beside}</small></dd></div>" for name, value, beside in cells)
    return f'<dl class="key">{"".join(rows)}</dl>'


def _section(title: str, content: str, *beside: str) -> str:
    notes = "".join(f'<small class="legend">{one}</small>' for one in beside)
    return f"<section><h2>{title}{notes}</h2>{content}</section>"


def _scrolling(drawing: str) -> str:
    return f'<div class="scroll wide">{drawing}</div>'


def _pair(left: str, right: str) -> str:
    return f'<div class="pair">{left}{right}</div>'


def _heat(years: Sequence[Year]) -> str:
    every = [abs(one) for year in years for one in year.months if not isnan(one)]
    strongest = max(every, default=0.0) or 1.0
    head = "".join(f"<th>{name}</th>" for name in ("", *MONTHS, "year"))
    rows = "".join(
        f"<tr><th>{one.year}</th>{''.join(_month(value, strongest) for value in one.months)}"
        f'<td class="year">{number(one.total * 100, 1)}</td></tr>'
        for one in years
    )
    return f'<div class="scroll"><table class="heat"><tr>{head}</tr>{rows}</table></div>'


def _month(value: float, strongest: float) -> str:
    if isnan(value):
        return "<td></td>"
    colour = "var(--heat-gain)" if value >= 0 else "var(--heat-loss)"
    style = f"background:rgba({colour},{abs(value) / strongest * DEEPEST:.2f})"
    return f'<td style="{style}">{number(value * 100, 1)}</td>'


def _figures(report: Report) -> str:
    rows = "".join(
        f'<tr title="{escape(MEANINGS.get(label, ""))}"><td>{escape(label)}</td><td>{own}</td><td>{held}</td></tr>'
        for label, own, held in summary(report)
    )
    head = "<tr><th></th><th>strategy</th><th>buy and hold</th></tr>"
    return f'<div class="figures"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows)
    above = f"<tr>{head}</tr>" if any(heads) else ""
    return f'<div class="scroll"><table class="{name}">{above}{body}</table></div>'


def _footer(sheet: Sheet) -> str:
    report, run = sheet.report, sheet.run
    return (
        f"<footer><p>Paper trading over recorded data: no order was sent to a market. Run {run.id}, kept "
        f"{stamp(run.made // 60_000 * 60_000)} UTC, finantrade {escape(report.finantrade)}.</p>"
        f"<p>Chain head {report.head} (equal heads are equal decisions), configuration {report.config_hash}.</p>"
        f"<p>{escape('; '.join(_assumptions(report)))}</p></footer>"
    )


def _assumptions(report: Report) -> Iterator[str]:
    execution = report.config["execution"]
    yield f"fees {execution['maker_fee_bps']:g} bps maker, {execution['taker_fee_bps']:g} bps taker"
    yield f"slippage {execution['slippage_bps']:g} bps"
    yield from (f"assumed: {one}" for one in report.assumptions)
    yield from (f"absent: {one}" for one in report.coverage.absent)


def _strategies(report: Report) -> str:
    return ", ".join(dict.fromkeys(one["name"] for one in report.strategies))
