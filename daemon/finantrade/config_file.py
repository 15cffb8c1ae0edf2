"""From files, environment and overrides to one checked ``Config``, or every reason why not.

1. Layers: the files in order, then ``FINANTRADE__RISK__DAILY_LOSS=0.05``, then overrides; a later one wins.
2. Everything that does not fit the structs is collected, with ``file:line``, key path and the nearest known key.
3. Files of features are found from where they are named: beside the configuration file, else where one is.
4. If all fits, the parts are checked against each other. Only then is there a configuration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import reduce
from os import PathLike
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from finantrade import yaml_source
from finantrade.config import Config
from finantrade.config_checks import conflicts, notes
from finantrade.config_layers import LayerError, Located, anchor, locate, merge, parse_path, places, plain, put
from finantrade.conversion import Path, dotted, misfits
from finantrade.yaml_source import YamlError

ENV_PREFIX = "FINANTRADE__"
FEATURE_FILES: Path = ("features", "files")
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Finding(NamedTuple):
    """One thing wrong: the rule's name, where it was given, the key path, and the sentence."""

    rule: str
    place: str
    path: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.path, self.text) if part)


class ConfigError(ValueError):
    """The configuration is refused whole; its text has one line a finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


class LoadedConfig(NamedTuple):
    """A checked configuration, its canonical JSON text with the hash of that, and notes for the person.

    ``layers`` is what it was made of, every value with the place it was given at.
    """

    config: Config
    text: str
    hash: str
    notes: tuple[str, ...]
    layers: Located

    def places(self) -> dict[str, str]:
        """Return where every value was given, ``file:line`` by dotted path; that of the whole has an empty path."""
        return {dotted(path): place for path, place in places(self.layers)}


def load_config(
    paths: Sequence[str | PathLike[str]],
    overrides: Mapping[str, Any] = NOTHING,
    env: Mapping[str, str] = NOTHING,
) -> LoadedConfig:
    """Read and check a configuration. ``overrides`` maps dotted paths to values. Raises ConfigError."""
    return _loaded(_override(_environment(_files(paths), env), overrides, "override"))


def overridden(loaded: LoadedConfig, overrides: Mapping[str, Any], place: str) -> LoadedConfig:
    """Return a configuration with values laid over it that were given at ``place``. Raises ConfigError."""
    return _loaded(_override(loaded.layers, overrides, place))


def parse_value(text: str, name: str) -> object:
    """Read text from a command line as a file would: ``0.05``, ``true``, ``[BTCUSDT]``. Raises ConfigError."""
    try:
        return plain(yaml_source.read(text.encode(), name)) if text.strip() else None
    except YamlError as error:
        raise ConfigError([Finding("syntax", name, "", error.text)]) from None


def canonical(config: Config) -> str:
    """Return the configuration as JSON, defaults included, keys sorted: equal configurations give equal text."""
    return msgspec.json.encode(config, order="sorted").decode()


def config_hash(config: Config) -> str:
    """Return the SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(config).encode()).hexdigest()


def show(config: Config) -> str:
    """Return the configuration as YAML, defaults included; loading it gives an equal configuration."""
    return yaml_source.write(msgspec.to_builtins(config))


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a configuration file, for editors and other programs."""
    # Decimals are written as numbers too; msgspec's schema would have an editor underline every one of them.
    return json.loads(json.dumps(msgspec.json.schema(Config)), object_hook=_number_or_text)


def _loaded(layers: Located) -> LoadedConfig:
    tree = anchor(layers, FEATURE_FILES, FilePath.cwd())
    config = _convert(tree)
    return LoadedConfig(config, canonical(config), config_hash(config), tuple(notes(config)), tree)


def _files(paths: Sequence[str | PathLike[str]]) -> Located:
    trees: list[Located] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            trees.append(_file(FilePath(path)))
        except ConfigError as error:
            findings += error.findings
    if findings:
        raise ConfigError(findings)
    return reduce(merge, trees, Located({}, "configuration")) if len(trees) != 1 else trees[0]


def _file(path: FilePath) -> Located:
    try:
        with path.open("rb") as file:
            tree = yaml_source.read(file.read(yaml_source.MAX_BYTES + 1), str(path))
    except OSError as error:
        raise ConfigError([Finding("unreadable", str(path), "", f"cannot be read: {error.strerror}")]) from None
    except YamlError as error:
        raise ConfigError([Finding("syntax", f"{path}:{error.line}", "", error.text)]) from None
    if not isinstance(tree.value, dict):
        raise ConfigError([Finding("wrong_value", tree.place, "", "expected a mapping at the top of the file")])
    return anchor(tree, FEATURE_FILES, path.resolve().parent)


def _environment(tree: Located, env: Mapping[str, str]) -> Located:
    for name in sorted(name for name in env if name.startswith(ENV_PREFIX)):
        dots = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
        tree = _put(tree, dots, parse_value(env[name], name), name)
    return tree


def _override(tree: Located, overrides: Mapping[str, Any], place: str) -> Located:
    for dots, value in overrides.items():
        tree = _put(tree, dots, value, place)
    return tree


def _put(tree: Located, dots: str, value: object, place: str) -> Located:
    try:
        return put(tree, parse_path(dots), locate(value, place))
    except LayerError as error:
        raise ConfigError([Finding("no_such_place", place, dots, str(error))]) from None


def _convert(tree: Located) -> Config:
    raw = plain(tree)
    known = dict(places(tree))
    findings = [Finding(fault, _place(known, path), dotted(path), text) for path, fault, text in misfits(Config, raw)]
    if findings:
        raise ConfigError(findings)
    config = msgspec.convert(raw, Config)
    findings = [Finding(check, _place(known, path), dotted(path), text) for check, path, text in conflicts(config)]
    if findings:
        raise ConfigError(findings)
    return config


def _number_or_text(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": ["number", "string"]} if schema.get("format") == "decimal" else schema


def _place(known: Mapping[Path, str], path: Path) -> str:
    while path not in known:
        path = path[:-1]
    return known[path]
