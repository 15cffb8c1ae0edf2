"""The sources as syntax trees, and how a breach is reported: one line each, ``file:line: what``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (ROOT / "daemon", ROOT / "research")


@dataclass(frozen=True)
class Module:
    """One Python file; ``name`` as it is imported, a package by its own name."""

    name: str
    path: Path
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @property
    def part(self) -> str:
        return part_of(self.name)

    def at(self, node: ast.AST | int, what: str) -> str:
        """Say what is wrong at a node or line."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 1)
        return f"{self.path.relative_to(ROOT)}:{line}: {what}"


Rule = Callable[[Module], Iterable[str]]


def words(text: str) -> frozenset[str]:
    """Make a set of a line of words, for tables that a person reads."""
    return frozenset(text.split())


def part_of(name: str) -> str:
    """Return the first name below the import package: ``domain`` of ``finantrade.domain.units``; empty for the root."""
    return "".join(name.split(".")[1:2])


@cache
def product() -> tuple[Module, ...]:
    """Return every module of the two import packages, in order of name."""
    found = [_module(path, folder) for folder in PACKAGES for path in folder.rglob("*.py")]
    return tuple(sorted(found, key=lambda module: module.name))


def everything() -> tuple[Module, ...]:
    """Return the product, its tools and its tests."""
    others = [_module(path, ROOT) for folder in ("tools", "tests") for path in (ROOT / folder).rglob("*.py")]
    return (*product(), *others)


def planted(text: str, name: str = "finantrade.domain.planted") -> Module:
    """Make a module of a snippet, for showing that a rule finds what it is there to find."""
    return Module(name, ROOT / "daemon" / (name.replace(".", "/") + ".py"), text)


def check(rule: Rule, modules: Iterable[Module]) -> None:
    """Fail with every breach of a rule at once."""
    breaches = dict.fromkeys(breach for module in modules for breach in rule(module))
    assert not breaches, "\n" + "\n".join(breaches)


def imports(module: Module, known: frozenset[str], nodes: Iterable[ast.AST] | None = None) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything imported, a submodule where ``known`` has one of that name."""
    for node in module.nodes if nodes is None else nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in known else base


def _base(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    above = module.name.split(".")[: None if module.is_package else -1]
    package = above[: len(above) - node.level + 1]
    return ".".join([*package, node.module] if node.module else package)


def _module(path: Path, folder: Path) -> Module:
    names = path.relative_to(folder).with_suffix("").parts
    is_package = names[-1] == "__init__"
    name = ".".join(names[:-1] if is_package else names)
    return Module(name, path, path.read_text(encoding="utf-8"), is_package)
