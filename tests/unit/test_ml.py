"""The strategy that trades a model's probability: what it says, what it passes over, and that it needs a model."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.commands import Said
from tests.told import shown

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO
from finantrade.domain.orders import Signal
from finantrade.strategies.ml import Ml, MlParams
from finantrade.strategies.params import ParamsError, build_params


class Sum:
    """As probable as the first of its features says, by what the second is of a hundred."""

    features = ("rsi_14", "close")

    def probability(self, values: tuple[float, ...], /) -> float:
        return values[0] * (values[1] / 100.0)

    def probabilities(self, rows: NDArray[np.float64], /) -> NDArray[np.float64]:
        return rows[:, 0] * (rows[:, 1] / 100.0)


def made(**params: Any) -> Ml:
    return Ml("BTC", MlParams(model="sum", **params), Sum())


def asked(strategy: Ml, at: int, probability: float, qty: int) -> Signal | None:
    row = FeatureRow("BTC", at, "", (100.0, 2.0, probability), ready=True)
    return strategy.on_row(row, Position("s", "BTC", Decimal(qty), ZERO, ZERO))


CASES = {
    "between the limits it is kept": ({}, [0.5, 0.6, 0.55, 0.49], [0, 0, 1, 1], ["", "+1 94/", "+1 94/", "+0"]),
    "no shorts unless asked": ({}, [0.1, 0.4], [0, 0], ["", ""]),
    "shorts are the mirror image": (
        {"allow_short": True, "stop_atr": 1.0},
        [0.41, 0.4, 0.45, 0.51],
        [0, 0, -1, -1],
        ["", "-1 102/", "-1 102/", "+0"],
    ),
    "from one side to the other": ({"allow_short": True}, [0.7, 0.3], [0, 1], ["+1 94/", "-1 106/"]),
    "after a stop it waits for the probability to have been low": (
        {},
        [0.7, 0.7, 0.7, 0.7, 0.4, 0.7],
        [0, 1, 0, 0, 0, 0],
        ["+1 94/", "+1 94/", "+0", "+0", "+0", "+1 94/"],
    ),
    "what cannot be told changes nothing": (
        {},
        [float("nan"), 0.7, float("nan"), 0.4],
        [0, 0, 1, 1],
        ["", "+1 94/", "+1 94/", "+0"],
    ),
    "a stop that cannot be had": ({"stop_atr": 50.0}, [0.7], [0], [""]),
}


@pytest.mark.parametrize(("params", "probabilities", "held", "expected"), CASES.values(), ids=CASES.keys())
def test_what_it_says(params: dict[str, Any], probabilities: list[float], held: list[int], expected: list[str]) -> None:
    strategy = made(**params)
    assert strategy.features() == ("close", "atr_14", "rsi_14")
    wishes = [asked(strategy, at, one, qty) for at, (one, qty) in enumerate(zip(probabilities, held, strict=True))]
    assert [shown(wish) if wish else "" for wish in wishes] == expected


@pytest.mark.parametrize("seed", range(20))
def test_what_it_passes_over_would_have_said_nothing_new(seed: int) -> None:
    """Positions follow the wish a row later, and are stopped out now and then."""
    rng = np.random.default_rng(seed)
    chances = np.clip(0.5 + np.cumsum(rng.normal(0, 0.02, 400)) % 0.4 - 0.2, 0, 1)
    rows = np.column_stack([np.full(400, 100.0), np.full(400, 2.0), chances])
    walked, jumped = made(allow_short=True), made(allow_short=True)
    jumped.foresee(rows)
    wish, qty, passed, at = None, 0, 0, 0
    while at < 400:
        free = jumped.indifferent(at, Position("s", "BTC", Decimal(qty), ZERO, ZERO), wish)
        for row in range(at, at + free):
            assert asked(walked, row, chances[row], qty) == wish
        jumped.pass_over(free, Position("s", "BTC", Decimal(qty), ZERO, ZERO))
        passed, at = passed + free, at + free
        assert walked.snapshot() == jumped.snapshot()
        if at < 400:
            wish = asked(jumped, at, chances[at], qty)
            assert asked(walked, at, chances[at], qty) == wish
            qty = 0 if rng.random() < 0.05 else int(wish.target) if wish else 0
            at += 1
    assert passed > 100


def test_it_goes_on_from_its_bytes() -> None:
    chances = [0.5, 0.7, 0.55, 0.3, 0.6, 0.9, 0.2, 0.4, 0.8]
    held = [0, 0, 1, 1, -1, -1, 1, 0, -1]
    whole = made(allow_short=True)
    expected = [asked(whole, at, one, qty) for at, (one, qty) in enumerate(zip(chances, held, strict=True))]
    for cut in range(len(chances)):
        before, after = made(allow_short=True), made(allow_short=True)
        for at in range(cut):
            asked(before, at, chances[at], held[at])
        after.restore(before.snapshot())
        assert [asked(after, at, chances[at], held[at]) for at in range(cut, len(chances))] == expected[cut:]


def test_without_a_model_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ParamsError, match=r"^model: expected the model 'x' to be handed in, found none"):
        Ml("BTC", MlParams(model="x"))
    code, out, err = Said(capsys)("backtest", "-c", "config/demo.yml", "-s", "ml", "--param", "model=x")
    assert (code, out) == (78, "")
    assert "expected the model 'x' to be handed in, found none: this version loads no models" in err


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ({}, "params.model: missing parameter"),
        ({"model": "x", "enter_from": 0.55, "leave_below": 0.6}, "expected leave_below <= enter_from"),
        ({"model": "x", "enter_from": 0.5}, "enter_from above 0.5"),
    ],
)
def test_bad_parameters(raw: dict[str, Any], text: str) -> None:
    with pytest.raises(ParamsError, match=text):
        build_params(Ml, raw, "params")
