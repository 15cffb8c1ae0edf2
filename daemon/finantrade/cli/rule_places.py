"""Where in a file a parameter stands that was found fault with; of a rule, at which line and column of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from finantrade.config_file import Finding
from finantrade.config_layers import parse_path
from finantrade.yaml_source import position

_OF_RULE = re.compile(r"(?P<parameter>[A-Za-z][\w.-]*): column (?P<column>[0-9]+): (?P<text>.*)")


def finding(given: Mapping[str, str], where: str, text: str) -> Finding:
    """Return what is wrong with the parameters at ``where``, found at the nearest place that was given.

    A parameter that its own struct found fault with is named at the head of the text, a rule with its column.
    """
    of_rule = _OF_RULE.fullmatch(text)
    path = ".".join(part for part in (where, text.partition(":")[0]) if part)
    place = _nearest(given, path)
    if of_rule is None:
        return Finding("parameter", place, where, text)
    exactly = _exactly(place, path, int(of_rule["column"])) if path in given else None
    told = of_rule["text"] if exactly else text.partition(": ")[2]
    return Finding("parameter", exactly or place, path, told)


def _nearest(given: Mapping[str, str], path: str) -> str:
    while path and path not in given:
        path = path.rpartition(".")[0]
    return given[path]


def _exactly(place: str, path: str, column: int) -> str | None:
    name, _, line = place.rpartition(":")
    file = Path(name)
    if not line.isdigit() or not file.is_file():
        return None
    found = position(file.read_bytes(), parse_path(path), column)
    return found and f"{name}:{found[0]}:{found[1]}"
