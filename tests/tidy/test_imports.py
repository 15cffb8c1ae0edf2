"""The import law, and no module that nobody reaches.

Each part of the daemon stands on a floor and may import from its own floor and those below.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import pytest
from tests.tidy.source import ROOT, Module, check, imports, part_of, planted, product, words

FLOORS = (
    words("domain"),
    words("wire market config directories engine features models risk execution strategies"),
    words("actors"),
    words("wiring"),
    words("journal runtime backtesting edges api"),
    words("cli"),
    frozenset({""}),  # the root: what `import finantrade` offers
)
FLOOR = {part: height for height, parts in enumerate(FLOORS) for part in parts}
# Narrower than its floor: the journal is read by tools that must not load the core.
ONLY = {"journal": words("domain config directories journal")}
# Reading the configuration takes several modules; they are one part.
CONFIG = words("config config_checks config_file config_layers conversion yaml_source")


@cache
def known() -> frozenset[str]:
    return frozenset(module.name for module in product())


def place(name: str) -> str:
    return "config" if part_of(name) in CONFIG else part_of(name)


def import_law(module: Module) -> Iterator[str]:
    part = place(module.name)
    if part not in FLOOR:
        yield module.at(1, f"expected one of {sorted(FLOOR)}, found the part {part!r}, which has no floor in the law")
        return
    for line, name in imports(module, known()):
        if name.split(".")[0] != "finantrade":
            continue
        target = place(name)
        allowed = ONLY.get(part) or {other for other in FLOOR if FLOOR[other] <= FLOOR[part]}
        if target not in allowed:
            yield module.at(line, f"{part or 'finantrade'} may import {sorted(allowed)}, found {name}")


def no_research(module: Module) -> Iterator[str]:
    names = [*imports(module, known()), *dynamic_imports(module)]
    for line, name in names:
        if name.split(".")[0] == "finantrade_research":
            yield module.at(line, f"finantrade never imports finantrade_research, found {name}")


def dynamic_imports(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        match node:
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name
            case _:
                pass


def daemon() -> Iterable[Module]:
    return (module for module in product() if module.name.split(".")[0] == "finantrade")


def test_a_part_imports_from_its_own_floor_and_below() -> None:
    check(import_law, daemon())


def test_the_daemon_never_imports_research() -> None:
    check(no_research, daemon())


def test_every_module_of_the_configuration_exists() -> None:
    gone = CONFIG - {part_of(name) for name in known()}
    assert not gone, f"no longer there: {sorted(gone)}"


def test_no_module_imports_itself_through_others() -> None:
    graph = {module.name: loaded(module) for module in product()}
    circles = {circle for name in graph if (circle := circle_through(name, graph))}
    assert not circles, "\n" + "\n".join(sorted(" -> ".join(circle) for circle in circles))


def test_every_module_is_reached_from_an_entry_point() -> None:
    reached = reach(entry_points(), {module.name: mentioned(module) for module in product()})
    dead = [module.at(1, "reached from no entry point") for module in product() if module.name not in reached]
    assert not dead, "\n" + "\n".join(dead)


def loaded(module: Module) -> frozenset[str]:
    """What importing the module imports: neither what stands in functions nor what only types need."""
    return frozenset(name for _, name in imports(module, known(), top_level(module.tree.body)) if name in known())


def top_level(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        match statement:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case ast.If() | ast.Try() | ast.ClassDef():
                yield from top_level(statement.body)
            case _:
                yield statement


def circle_through(name: str, graph: dict[str, frozenset[str]]) -> tuple[str, ...] | None:
    """The shortest way from a module back to itself, if it is the smallest name on it (so that each shows once)."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    for way in ways:
        for following in sorted(graph[way[-1]]):
            if following == name and len(way) > 1:
                return (*way, name) if min(way) == name else None
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None


def mentioned(module: Module) -> frozenset[str]:
    """Every module that this one imports or names in a string, as lazy registries and ``python -m`` do."""
    strings = (node.value for node in module.nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    names = {name for _, name in imports(module, known())} | {text.split(":")[0] for text in strings}
    return frozenset(names & known())


def entry_points() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    named = {target.split(":")[0] for group in groups for target in group.values()}
    missing = named - known()
    assert not missing, f"pyproject.toml names entry points in modules that do not exist: {sorted(missing)}"
    scripts = {module.name for module in product() if 'if __name__ == "__main__":' in module.text}
    return frozenset(named | scripts | {name for name in known() if "." not in name or name.endswith(".__main__")})


def reach(roots: frozenset[str], graph: dict[str, frozenset[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in graph and name not in reached:
            reached.add(name)
            waiting += [*graph[name], name.rpartition(".")[0]]
    return frozenset(reached)


@pytest.mark.parametrize(
    ("rule", "name", "text", "breach"),
    [
        (import_law, "finantrade.domain.planted", "from finantrade.engine import actor", "domain may import"),
        (
            import_law,
            "finantrade.features.planted",
            "import finantrade.actors.ledger",
            "found finantrade.actors.ledger",
        ),
        (import_law, "finantrade.risk.planted", "def f() -> None:\n    import finantrade.cli", ":2: risk may import"),
        (import_law, "finantrade.journal.planted", "import finantrade.engine.chain", "journal may import"),
        (import_law, "finantrade.elsewhere.planted", "", "'elsewhere', which has no floor"),
        (no_research, "finantrade.cli.planted", "from finantrade_research import x", "never imports"),
        (no_research, "finantrade.cli.planted", "import_module('finantrade_research.job')", "never imports"),
    ],
)
def test_a_planted_breach_is_found(rule: Callable[[Module], Iterator[str]], name: str, text: str, breach: str) -> None:
    found = list(rule(planted(text, name)))
    assert len(found) == 1
    assert breach in found[0]


def test_a_planted_circle_and_a_planted_dead_module_are_found() -> None:
    graph = {name: frozenset(targets) for name, targets in {"a": "b", "b": "c", "c": "b", "d": "a"}.items()}
    assert [circle_through(name, graph) for name in "abcd"] == [None, ("b", "c", "b"), None, None]
    assert reach(frozenset("a"), graph) == frozenset("abc")
