"""The pages of the strategies cannot drift from the strategies: parameters, figures, examples, and who has a page."""

from __future__ import annotations

import re

import pytest
import yaml
from tests.strategy_pages import FOLDER, PAGES, PORTED, ROOT, command_of, figures_of, parameters_of

from finantrade.edges.strategy_files import load_strategy
from finantrade.strategies.factory import Post, make
from finantrade.strategies.registry import STRATEGIES

INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_strategy_has_its_page() -> None:
    assert set(PAGES) == set(STRATEGIES) - {"rule"}
    assert all(f"[`{name}`](" in INDEX for name in STRATEGIES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_is_to_be_known(name: str) -> None:
    page = PAGES[name]
    assert page.startswith(f"# `{name}`\n")
    assert all(f"**{part}.**" in page for part in ("Idea", "From", "Where it fails"))
    assert name == "ml" or f"-s {name}" in command_of(page)


@pytest.mark.parametrize("name", PAGES)
def test_the_parameters_of_a_page_are_those_of_the_class(name: str) -> None:
    assert parameters_of(name) in PAGES[name], f"\n{parameters_of(name)}"


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(set(PAGES) - {"ml"}))
def test_the_figures_of_a_page_are_true(name: str) -> None:
    found = figures_of(command_of(PAGES[name]))
    assert found in PAGES[name], f"\n{found}"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_figures_of_the_ported_strategy_are_true() -> None:
    page = PORTED.read_text(encoding="utf-8")
    found = figures_of(command_of(page))
    assert found in page, f"\n{found}"


def test_the_ported_strategy_is_shown_whole() -> None:
    shown = PORTED.read_text(encoding="utf-8")
    source = (ROOT / "docs" / "examples" / "from_freqtrade.py").read_text(encoding="utf-8")
    assert source[source.index("class TrendDipParams") :] in shown


@pytest.mark.parametrize("page", ["strategies/ensemble.md", "strategies/recipes.md", "from_freqtrade.md"])
def test_the_configurations_that_are_shown_can_be_made(page: str) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        found = yaml.safe_load(block)
        for one in found["strategies"] if isinstance(found, dict) else found:
            cls = load_strategy(one["name"], str(ROOT / one["file"]) if "file" in one else None)
            assert make(cls, Post(("BTC",), {"BTC": {}}), one["params"], page).features()
    assert blocks


def test_every_recipe_is_in_the_examples() -> None:
    page = (FOLDER / "recipes.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", page)) - {"CooldownPeriod", "StoplossGuard", "MaxDrawdown"}:
        load_strategy(name, str(ROOT / "docs" / "examples" / "recipes.py"))
