"""Everything that is measured, and what it is to reach: the list to read and to add to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tests.bench.cross import Cross
from tests.bench.data import DECADE, WHOLE, YEAR, bars_file
from tests.bench.figures import Figure, Group
from tests.bench.harness import Job, ours
from tests.bench.indicators import Indicators
from tests.bench.table import Table
from tests.edges.test_setup import load

from finantrade.api.page import page_folder


@dataclass(frozen=True)
class Scale:
    """How much work each measurement does."""

    bars: int = DECADE
    feature_bars: int = 100_000
    committed: int = 200_000
    paced: int = 10_000
    unpaced: int = 200_000
    frames: int = 30_000
    bursts: int = 20
    rows: int = WHOLE
    stay_s: float = 60.0
    watched_s: float = 20.0
    rounds: int = 5


FULL = Scale()
QUICK = Scale(
    bars=YEAR,
    feature_bars=YEAR,
    committed=20_000,
    paced=2_000,
    unpaced=20_000,
    frames=5_000,
    bursts=3,
    rows=YEAR,
    stay_s=0.0,
    watched_s=2.0,
    rounds=1,
)


class Measured(Protocol):
    """What can be run and printed."""

    def run(self, rounds: int) -> Table: ...


def cross(scale: Scale) -> Cross:
    return Cross(scale.bars)


def rule(scale: Scale) -> Group:
    return Group(
        "rule",
        f"replay through all actors, a rule over 25 features with stops, {scale.bars:,} bars",
        [Job("rule", ours("ours.replay", bars_file(scale.bars), "rule"))],
        [
            Figure("rule", "bars_per_s", "throughput", "bars/s", most=True, target=200_000),
            Figure("rule", "set_up_s", "set-up, kernels cached", "s"),
            Figure("rule", "fills", "fills", ""),
            Figure("rule", "stops", "of them stops", ""),
            Figure("rule", "peak_rss_mb", "peak memory", "MB"),
        ],
    )


def features(scale: Scale) -> Group:
    bars = scale.feature_bars
    return Group(
        "features",
        f"updating features, {bars:,} bars",
        [
            *(Job(name, ours("ours.features", name, bars)) for name in ("all", "full", "pair")),
            Job("symbols", ours("ours.features", "all", "symbols")),
            Job("cold", ours("ours.features", "all", "cold"), once=True),
        ],
        [
            Figure("all", "incremental_us", "all features, bar by bar", "µs/bar", target=3.0),
            Figure("all", "batch_us", "all features, in a block", "µs/bar", target=1.5),
            Figure("all", "state_kb", "all features, state of a symbol", "kB", target=200.0),
            Figure("symbols", "burst_ms", "all features, a bar of each of 500 symbols, median", "ms", target=5.0),
            Figure("symbols", "memory_kb", "all features, memory of a symbol among 500", "kB", target=200.0),
            Figure("all", "start_s", "all features, kernel from its cache", "s", target=1.0),
            Figure("cold", "start_s", "all features, compiled anew", "s", target=20.0),
            Figure("cold", "processor_s", "the same, processor time", "s"),
            Figure("full", "incremental_us", "25 features, bar by bar", "µs/bar", target=1.0),
            Figure("full", "batch_us", "25 features, in a block", "µs/bar", target=0.2),
            Figure("full", "start_s", "25 features, kernel from its cache", "s"),
            Figure("pair", "incremental_us", "ema_12 and ema_26, bar by bar", "µs/bar"),
            Figure("pair", "batch_us", "ema_12 and ema_26, in a block", "µs/bar"),
        ],
    )


def indicators(scale: Scale) -> Indicators:
    return Indicators(YEAR)


def facts(scale: Scale) -> Group:
    return Group(
        "facts",
        f"replay order: every message made and looked at, {scale.bars:,} bars a symbol",
        [Job("facts", ours("ours.facts", scale.bars))],
        [
            Figure("facts", "twelve_columns_us", "one symbol, twelve columns", "µs/bar"),
            Figure("facts", "six_columns_us", "one symbol, six columns", "µs/bar"),
            Figure("facts", "two_symbols_us", "two symbols on one grid", "µs/bar"),
            Figure("facts", "two_timeframes_us", "two timeframes, merged", "µs/bar"),
            Figure("facts", "resume_ms", "continue near the end", "ms"),
        ],
    )


def journal(scale: Scale) -> Group:
    jobs = {"bulk": scale.committed, "paced": scale.paced // 2, "compressing": scale.paced // 2}
    return Group(
        "journal",
        "commits with synchronous=FULL",
        [Job(name, ours("ours.journal", name, messages)) for name, messages in jobs.items()],
        [
            Figure("bulk", "flush_ms", "one flush of this disk, median", "ms"),
            Figure("bulk", "messages_per_s", "batches of 20, as fast as they go", "messages/s", most=True),
            Figure("paced", "p50_ms", "1 000 commits/s, p50", "ms"),
            Figure("paced", "p99_ms", "1 000 commits/s, p99", "ms"),
            Figure("paced", "max_ms", "1 000 commits/s, longest", "ms"),
            Figure("compressing", "p99_ms", "the same while a segment is compressed, p99", "ms"),
            Figure("compressing", "max_ms", "the same while a segment is compressed, longest", "ms"),
        ],
    )


def live(scale: Scale) -> Group:
    file = bars_file(scale.bars)
    return Group(
        "live",
        "the daemon end to end: inbox, group commit (FULL), decision, broadcast, the API polled",
        [
            Job("unpaced", ours("ours.live", file, "unpaced", scale.unpaced)),
            Job("paced", ours("ours.live", file, "paced", scale.paced)),
        ],
        [
            Figure("paced", "flush_ms", "one flush of this disk, median", "ms"),
            Figure("unpaced", "messages_per_s", "sustained", "messages/s", most=True, target=20_000),
            Figure("unpaced", "lane_block_ms", "sustained: longest hold by the lane", "ms", target=5.0),
            Figure("unpaced", "loop_late_ms", "sustained: longest block of the loop", "ms", target=5.0),
            Figure("unpaced", "slowest_poll_ms", "sustained: slowest answer of the API", "ms"),
            Figure("paced", "messages_per_s", "at 1 000/s: pace", "messages/s", most=True),
            Figure("paced", "p50_ms", "at 1 000/s: inbox to published, p50", "ms"),
            Figure("paced", "p99_ms", "at 1 000/s: inbox to published, p99", "ms", target=10.0),
            Figure("paced", "max_ms", "at 1 000/s: inbox to published, longest", "ms"),
            Figure("paced", "lane_block_ms", "at 1 000/s: longest hold by the lane", "ms", target=5.0),
            Figure("paced", "loop_late_ms", "at 1 000/s: longest block of the loop", "ms", target=5.0),
            Figure("paced", "slowest_poll_ms", "at 1 000/s: slowest answer of the API", "ms"),
        ],
    )


def data(scale: Scale) -> Group:
    return Group(
        "data",
        f"market data at rest: {scale.rows:,} candles of one minute, twelve columns of text",
        [Job(name, ours("ours.data", name, scale.rows)) for name in ("read", "store")],
        [
            Figure("read", "read_s", "CSV into normalised, validated bars", "s"),
            Figure("read", "pandas_s", "the same file by a bare pandas.read_csv (pyarrow engine)", "s"),
            Figure("read", "ratio", "of the two, in one process, in turn", "×", target=1.5),
            Figure("store", "write_s", "into an empty store", "s"),
            Figure("store", "again_s", "the same rows once more", "s"),
            Figure("store", "read_rows_per_s", "six columns from the store, warm", "rows/s", most=True, target=1e7),
            Figure("store", "verified_rows_per_s", "all columns, hashes and figures compared", "rows/s", most=True),
            Figure("store", "resample_rows_per_s", "resampled to 15m", "rows/s", most=True),
        ],
    )


def stream(scale: Scale) -> Group:
    file, paced = bars_file(scale.bars), scale.paced
    return Group(
        "stream",
        "the same at 1 000 messages/s, with websockets on its stream",
        [
            Job("one", ours("ours.live", file, "paced", paced, 1)),
            Job("fifty", ours("ours.live", file, "paced", paced, 49, 1)),
        ],
        [
            Figure("one", "p99_ms", "one page: inbox to published, p99", "ms", target=10.0),
            Figure("one", "max_ms", "one page: inbox to published, longest", "ms"),
            Figure("one", "loop_late_ms", "one page: longest block of the loop", "ms", target=5.0),
            Figure("one", "quietest_mb", "one page: heard", "MB", most=True),
            Figure("fifty", "p99_ms", "fifty, one never reads: inbox to published, p99", "ms", target=10.0),
            Figure("fifty", "max_ms", "fifty, one never reads: inbox to published, longest", "ms"),
            Figure("fifty", "loop_late_ms", "fifty, one never reads: longest block of the loop", "ms"),
            Figure("fifty", "cut_off_s", "fifty, one never reads: it is cut off after", "s"),
            Figure("fifty", "quietest_mb", "fifty, one never reads: the quietest of the others heard", "MB", most=True),
        ],
    )


def wire(scale: Scale) -> Group:
    jobs = ("decode", "make", "client", "decoded", "aiohttp")
    return Group(
        "wire",
        f"kline frames of a combined stream, {scale.frames:,}",
        [
            *(Job(name, ours("ours.wire", name, scale.frames)) for name in jobs),
            Job("edge", ours("ours.edge", "both", scale.frames)),
        ],
        [
            Figure("decode", "bytes_us", "decode, from bytes", "µs", target=5.0),
            Figure("decode", "text_us", "decode, from text", "µs", target=5.0),
            Figure("decode", "dict_us", "decode, from a parsed object", "µs", target=5.0),
            Figure("decode", "bare_us", "decode, from the bytes of a bare event", "µs"),
            Figure("decode", "parse_us", "parse alone, orjson", "µs"),
            Figure("client", "messages_per_s", "python-binance, bare", "messages/s", most=True),
            Figure("decoded", "messages_per_s", "python-binance, decoded", "messages/s", most=True, target=10_000),
            Figure("client", "cpu_us", "python-binance, bare: processor time", "µs"),
            Figure("decoded", "cpu_us", "python-binance, decoded: processor time", "µs"),
            Figure("edge", "fed_per_s", "feed edge to inbox", "messages/s", most=True, target=10_000),
            Figure("edge", "ratio", "the same, of python-binance's bare rate in the same run", "×", most=True),
            Figure("edge", "fed_cpu_us", "feed edge to inbox: processor time", "µs"),
            Figure("aiohttp", "messages_per_s", "aiohttp's client, decoded", "messages/s", most=True),
            Figure("aiohttp", "cpu_us", "aiohttp's client, decoded: processor time", "µs"),
            Figure("make", "made_per_s", "the simulated exchange makes", "frames/s", most=True),
        ],
    )


def burst(scale: Scale) -> Group:
    sizes = (50, 100, 200, 500)
    targets = {500: 100.0}
    return Group(
        "burst",
        "bars of many symbols close at one instant: socket, decoder, inbox, journal, features, strategy, risk",
        [Job(str(size), ours("ours.burst", size, scale.bursts)) for size in sizes],
        [
            figure
            for size in sizes
            for figure in (
                Figure(str(size), "decided_ms", f"{size} symbols: last close sent to all decided, median", "ms",
                       target=targets.get(size)),
                Figure(str(size), "lane_ms", f"{size} symbols: last close received to all decided, median", "ms"),
                Figure(str(size), "barrier_ms", f"{size} symbols: the first close waits for the last, median", "ms"),
                Figure(str(size), "cpu_ms", f"{size} symbols: processor time of all of it, median", "ms"),
                Figure(str(size), "longest_ms", f"{size} symbols: last close sent to all decided, longest", "ms"),
            )
        ],
    )  # fmt: skip


def start(scale: Scale) -> Group:
    staying = [Job("stay", ours("ours.start", scale.stay_s), once=True)] if scale.stay_s else []
    memory = Figure("stay", "rss_mb", f"memory {scale.stay_s:g} s after ready", "MB", target=250.0)
    return Group(
        "start",
        "finantrade run -c config/demo.yml, caches warm",
        [Job("start", ours("ours.start")), *staying],
        [
            Figure("start", "ready_s", "process start to healthy", "s", target=3.0),
            Figure("start", "rss_mb", "memory when ready", "MB"),
            *([memory] if staying else []),
        ],
    )


def page(scale: Scale) -> Group:
    browser = load("browser")
    trouble = "" if browser.browser() and page_folder() else f"no page or no browser: {browser.missing()}"
    rates = {"demo": 3_600, "fast": 36_000}
    return Group(
        "page",
        "the Live page in a browser, from the daemon, with a thousand bars in view",
        [Job(name, ours("ours.page", rate, scale.watched_s), trouble) for name, rate in rates.items()],
        [
            Figure("demo", "usable_s", "opened until a command can be given", "s", target=1.5),
            Figure("demo", "scripts_kb", "JavaScript, gzipped", "kB", target=300.0),
            Figure("demo", "frames_per_s", "at the demo's 2 bars/s a symbol", "frames/s", most=True, target=60.0),
            Figure("demo", "longest_frame_ms", "the same, longest frame", "ms"),
            Figure("fast", "frames_per_s", "at 20 bars/s a symbol", "frames/s", most=True, target=60.0),
            Figure("fast", "longest_frame_ms", "the same, longest frame", "ms"),
            Figure("demo", "shifted", "layout shift while it is open", "", target=0.0),
            Figure("fast", "shifted", "the same at 20 bars/s a symbol", "", target=0.0),
        ],
    )


GROUPS: Mapping[str, Callable[[Scale], Measured]] = {
    "cross": cross,
    "rule": rule,
    "features": features,
    "indicators": indicators,
    "facts": facts,
    "journal": journal,
    "live": live,
    "stream": stream,
    "wire": wire,
    "burst": burst,
    "data": data,
    "start": start,
    "page": page,
}
