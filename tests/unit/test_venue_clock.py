"""The venue's time: small errors are run off, it never goes back, and a step is said."""

from __future__ import annotations

from itertools import pairwise

import pytest

from finantrade.runtime.clock import VenueClock


class Wall:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.passed = 100.0

    def __call__(self) -> float:
        return self.passed


@pytest.mark.parametrize("rate", [1.0, 60.0])
def test_the_first_word_of_the_venue_is_taken_as_it_is(rate: float) -> None:
    wall = Wall()
    clock = VenueClock(rate, monotonic=wall)
    assert clock.set_to(5_000_000) == 0
    wall.passed += 2
    assert clock.now() == 5_000_000 + round(2_000 * rate)


@pytest.mark.parametrize("error", [400, -400])
def test_a_small_error_is_run_off_and_time_never_goes_back(error: int) -> None:
    wall = Wall()
    clock = VenueClock(monotonic=wall)
    clock.set_to(1_000_000)
    assert clock.set_to(1_000_000 + error) == 0
    seen = [clock.now()]
    for _ in range(1_000):
        wall.passed += 0.1
        seen.append(clock.now())
    assert all(before < after for before, after in pairwise(seen))
    assert seen[10] == pytest.approx(1_001_000 + 10 * (1 if error > 0 else -1), abs=1)
    assert seen[-1] == pytest.approx(1_100_000 + error, abs=1)


def test_a_step_is_made_at_once_and_said() -> None:
    wall = Wall()
    clock = VenueClock(monotonic=wall)
    clock.set_to(1_000_000)
    assert clock.set_to(1_003_000) == 3_000
    assert clock.now() == 1_003_000
    assert clock.set_to(1_003_001) == 0


def test_our_own_time_is_trusted_where_it_is_known() -> None:
    clock = VenueClock(known=True, monotonic=Wall())
    assert clock.set_to(clock.now() + 5_000) == pytest.approx(5_000, abs=1)


def test_how_far_a_venue_is_off_is_said_of_one_that_has_our_time() -> None:
    real, simulated = VenueClock(known=True), VenueClock(rate=60.0)
    for clock in (real, simulated):
        clock.set_to(clock.now() + 5_000)
    assert real.offset_ms() == pytest.approx(5_000, abs=100)
    assert simulated.offset_ms() is None


def test_what_is_stamped_never_goes_back() -> None:
    clock = VenueClock(monotonic=Wall())
    clock.set_to(1_000)
    assert (clock.stamp(None, 900), clock.stamp(900, 1_200)) == (1_000, 1_200)
