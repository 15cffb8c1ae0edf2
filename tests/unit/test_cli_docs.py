"""docs/cli.md cannot drift from the command line: commands, options, examples, exit codes and keys of JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from finantrade.cli import main
from finantrade.cli.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = {title: body for title, _, body in (part.partition("\n") for part in re.split(r"^## ", TEXT, flags=re.M))}
SHARED = SECTIONS["Options that several commands share"]
COMMANDS = main.LazyCommands()
EXAMPLES = [line for line in TEXT.splitlines() if line.startswith("finantrade ") and "COMMAND" not in line]


def leaves(group: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command.commands, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


LEAVES = dict(leaves(COMMANDS))


def options(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts if name.startswith("-")} - {"--help", "-h"}


def mentioned(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text))


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_an_example(name: str) -> None:
    assert any(line == f"finantrade {name}" or line.startswith(f"finantrade {name} ") for line in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_understood(example: str) -> None:
    _, *arguments = shlex.split(re.split(r" [|>] ", example)[0])
    name = " ".join(arguments[:1] if arguments[0] in LEAVES else arguments[:2])
    LEAVES[name].make_context(name, arguments[len(name.split()) :])


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_documented(name: str) -> None:
    section = SECTIONS[name.split(maxsplit=1)[0]]
    assert options(LEAVES[name]) <= mentioned(section) | mentioned(SHARED)


@pytest.mark.parametrize("top", COMMANDS)
def test_every_documented_option_is_one(top: str) -> None:
    known = {option for name, command in LEAVES.items() if name.split()[0] == top for option in options(command)}
    prose = re.sub(r"```.*?```", "", SECTIONS[top], flags=re.S)
    assert mentioned(" ".join(re.findall(r"`([^`]*)`", prose))) <= known


def test_shared_options_are_those_of_several_commands() -> None:
    for row in re.findall(r"^\| (`-.*?) \|", SHARED, flags=re.M):
        for option in mentioned(row):
            assert sum(option in options(command) for command in LEAVES.values()) > 1, option


@pytest.mark.parametrize("page", ["cli.md", "operate.md"])
def test_the_exit_codes_are_listed(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in text


@pytest.mark.parametrize(
    "arguments",
    [
        "data list",
        f"config show -c {ROOT}/config/demo.yml",
        f"config check -c {ROOT}/config/demo.yml",
        "graph --offline",
        "journal list --state /nowhere",
        "runs list --runs /nowhere",
    ],
)
def test_the_keys_of_json_are_documented(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*arguments.split(), "--json"]) == 0
    section = SECTIONS[arguments.split(maxsplit=1)[0]]
    for key in json.loads(capsys.readouterr().out):
        assert f"`{key}`" in section
