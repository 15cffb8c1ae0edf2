"""YAML text to data that knows its lines, and back. The one module that touches the YAML library.

A configuration needs less than YAML offers, and what it does not need is refused rather than half understood:

- scalars follow the core schema of YAML 1.2: ``no`` is text, ``1e-8`` is a number, ``12:30`` and dates are text;
- no aliases, anchors, tags or several documents in a file, no duplicate or non-text keys;
- bounded: 1 MB of text, 32 levels, numbers that fit 64 bits.

Source: https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, cast

import yaml

from finantrade.config_layers import Located
from finantrade.conversion import Path

MAX_BYTES = 1_000_000
MAX_DEPTH = 32

_CORE: tuple[tuple[str, re.Pattern[str], list[str]], ...] = (
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
        list("-+.0123456789"),
    ),
)


class YamlError(ValueError):
    """The text is not the YAML that is read here; ``line`` counts from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


def read(text: bytes, name: str) -> Located:
    """Return the data of one YAML document, its places ``name:line``. Raises YamlError for what is refused above."""
    if len(text) > MAX_BYTES:
        raise YamlError(1, f"expected at most {MAX_BYTES:,} bytes, found more")
    node = _compose(text)
    return Located({}, name) if node is None else _located(node, node, name)


def write(data: object) -> str:
    """Return YAML that ``read`` gives back unchanged, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def position(text: bytes, path: Path, column: int) -> tuple[int, int] | None:
    """Return line and column in the file of a column in the text value at ``path``, all from 1.

    None where no text stands there as it is read: the value is elsewhere, or quoted with escapes.
    """
    source = text.decode("utf-8")
    node = _at(_compose(text), path)
    if not isinstance(node, yaml.ScalarNode):
        return None
    start: Any = node.start_mark
    raw, value = source[start.index : node.end_mark.index], cast("str", node.value)
    # A folded or literal text begins below its sign, a quoted one behind its quote.
    begins = raw.find("\n") + 1 if raw[:1] in ">|" else int(raw[:1] in "\"'")
    # Line breaks and indentation are told otherwise than they stand; all else is the same, character by character.
    stands = [at for at, sign in enumerate(raw) if at >= begins and not sign.isspace()]
    told = [sign for sign in value if not sign.isspace()]
    if [raw[at] for at in stands[: len(told)]] != told:
        return None
    before = sum(not sign.isspace() for sign in value[: column - 1])
    at = start.index + (stands[before] if before < len(told) else stands[len(told) - 1] + 1)
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def _at(node: yaml.Node | None, path: Path) -> yaml.Node | None:
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
            node = next((value for key, value in pairs if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = cast("list[yaml.Node]", node.value)[step]
        else:
            return None
    return node


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  the library's own shape: filled below, once
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = cast("Any", self).peek_event()
        # An alias event has an anchor and no tag, every other event that can start a node has both attributes.
        if event.anchor is not None:
            raise YamlError(_line(event.start_mark), "anchors and aliases are not read here; write the value out")
        if event.tag is not None:
            raise YamlError(_line(event.start_mark), f"tags are not read here, found {event.tag!r}")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise YamlError(_line(event.start_mark), f"nested more than {MAX_DEPTH} levels deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  as above


for _tag, _pattern, _first in _CORE:
    cast("Any", _Loader).add_implicit_resolver(_tag, _pattern, _first)
    cast("Any", _Dumper).add_implicit_resolver(_tag, _pattern, _first)


def _compose(text: bytes) -> yaml.Node | None:
    try:
        loader = _Loader(text.decode("utf-8"))
        return loader.get_single_node()
    except UnicodeDecodeError as error:
        raise YamlError(text.count(b"\n", 0, error.start) + 1, "expected UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(_line(mark), f"not YAML: {said}") from None
    except yaml.reader.ReaderError as error:
        line = text.decode("utf-8").count("\n", 0, error.position) + 1
        raise YamlError(line, "control characters are not allowed") from None


def _located(node: yaml.Node, at: yaml.Node, name: str) -> Located:
    # ``at`` is the key where there is one: that is the line a person looks for.
    place = f"{name}:{_line(at.start_mark)}"
    if isinstance(node, yaml.MappingNode):
        return Located(_mapping(node, name), place)
    if isinstance(node, yaml.SequenceNode):
        return Located([_located(item, item, name) for item in cast("list[yaml.Node]", node.value)], place)
    return Located(_scalar(cast("yaml.ScalarNode", node)), place)


def _mapping(node: yaml.MappingNode, name: str) -> dict[str, Located]:
    data: dict[str, Located] = {}
    for key_node, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            raise YamlError(_line(key_node.start_mark), "expected a text key; put quotes round a number used as one")
        if key in data:
            raise YamlError(_line(key_node.start_mark), f"duplicate key {key!r}, first given at {data[key].place}")
        data[key] = _located(value, key_node, name)
    return data


def _scalar(node: yaml.ScalarNode) -> object:
    text = cast("str", node.value)
    match node.tag.removeprefix("tag:yaml.org,2002:"):
        case "str":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case kind:
            return _number(text, kind, node)


def _number(text: str, kind: str, node: yaml.ScalarNode) -> int | float:
    # The length is checked first: Python refuses to read very long integers at all.
    value = int(text) if kind == "int" and len(text) <= 20 else float(text)
    if not isfinite(value) or (kind == "int" and not -(2**63) <= value < 2**63):
        raise YamlError(_line(node.start_mark), f"number out of range: {text[:40]}")
    return value


def _line(mark: Any) -> int:
    return 1 if mark is None else int(mark.line) + 1
