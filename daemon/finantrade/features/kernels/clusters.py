"""Where positions would be liquidated, bar by bar: the estimate of ``market.liquidation_map``, with its assumptions.

1. Sizes stand in steps of a 400th of log price (``CLUSTER_STEPS``), in a ring by the number of the step. What lies
   ``CLUSTER_ROOM`` steps or more from the price is forgotten; a leverage of 5, the furthest, begins 87 steps away.
2. Where the newest open interest has grown since the one seen before, positions were opened at the close of the last
   bar that had ended by its time; a share of them has each leverage. Levels that bars since have reached are not set.
3. Where it has fallen by a share, all sizes shrink by it; with time they decay by half each ``CLUSTER_HALF_LIFE``. Both
   only change the scale that sizes are measured in.
4. A step is emptied by the first bar that reaches into it: a level may go a step earlier than on the map.
5. A cluster is a step with ``CLUSTER_SHARE`` or more of the size of the largest on its side; the nearest is told. Its
   weight is its size over all open interest, both in quote units, 1 at most.

Open interest is seen as it stands at closes: what grew and fell again between two of them is not seen. Nor is a bar
without any; after a day of these the map begins anew. One side is kept at a time: longs below the price, or shorts
above it.
"""

from __future__ import annotations

import math

from finantrade.domain.units import DAY
from finantrade.features.declaration import State

CLUSTER_STEPS = 400.0
CLUSTER_ROOM = 128
CLUSTER_BARS = 128
"""Bars that are remembered, to know the close at the time of a figure that comes later; older is taken for these."""
CLUSTER_HALF_LIFE = 3 * DAY
LOG_OF_2 = 0.6931471805599453
CLUSTER_SHARE = 0.5
CLUSTER_FAINT = 1e-100
# Where the state has what: scale, close time, bars seen, time and contracts of open interest, the step of the price.
AT_SCALE = 0
AT_TIME = 1
AT_BARS = 2
AT_STAMP = 3
AT_CONTRACTS = 4
AT_STEP = 5
AT_CLOSE_TIMES = 6
AT_CLOSES = AT_CLOSE_TIMES + CLUSTER_BARS
AT_REACHED = AT_CLOSES + CLUSTER_BARS
AT_SIZES = AT_REACHED + CLUSTER_BARS
CLUSTER_STATE = AT_SIZES + CLUSTER_ROOM
"""Floats that one side takes."""


def cluster_below(
    state: State, at: int, close_time: int, low: float, close: float, contracts: float, stamp: float
) -> float:
    """The nearest cluster of longs: twice the number of its step, and its weight. State: ``CLUSTER_STATE``."""
    return cluster_near(state, at, close_time, low, close, contracts, stamp, 1)


def cluster_above(
    state: State, at: int, close_time: int, high: float, close: float, contracts: float, stamp: float
) -> float:
    """The nearest cluster of shorts: twice the number of its step, and its weight. State: ``CLUSTER_STATE``."""
    return cluster_near(state, at, close_time, high, close, contracts, stamp, -1)


def cluster_distance(state: State, at: int, close: float, cluster: float) -> float:
    """How far the middle of a cluster is from the close, as a fraction of that."""
    return math.exp((cluster // 2.0 + 0.5) / CLUSTER_STEPS) / close - 1.0 if close > 0.0 else math.nan


def cluster_weight(state: State, at: int, cluster: float) -> float:
    """The weight of a cluster."""
    return cluster - 2.0 * (cluster // 2.0)


def cluster_near(
    state: State, at: int, close_time: int, reached: float, close: float, contracts: float, stamp: float, side: int
) -> float:
    """Take in a bar, ``reached`` being its low for longs (side 1), its high for shorts (-1); return the cluster."""
    if not (close > 0.0 and reached > 0.0 and contracts > 0.0):
        return math.nan
    if state[at + AT_BARS] == 0.0 or close_time - state[at + AT_TIME] > DAY:
        forget_sizes(state, at)
    else:
        state[at + AT_SCALE] *= math.exp(-LOG_OF_2 * (close_time - state[at + AT_TIME]) / CLUSTER_HALF_LIFE)
    remember_bar(state, at, close_time, reached, close)
    empty_steps(state, at, price_step(reached), price_step(close), side)
    if stamp > state[at + AT_STAMP]:
        take_interest(state, at, contracts, stamp, side)
    if state[at + AT_SCALE] < CLUSTER_FAINT:
        rescale_sizes(state, at)
    return nearest_step(state, at, contracts * close, side)


def price_step(price: float) -> int:
    """The number of the step that a price lies in."""
    return int(math.log(price) * CLUSTER_STEPS // 1.0)


def forget_sizes(state: State, at: int) -> None:
    """Forget everything."""
    for i in range(at, at + CLUSTER_STATE):
        state[i] = 0.0
    state[at + AT_SCALE] = 1.0


def remember_bar(state: State, at: int, close_time: int, reached: float, close: float) -> None:
    """Keep a bar among the last."""
    place = at + int(state[at + AT_BARS]) % CLUSTER_BARS
    state[place + AT_CLOSE_TIMES] = close_time + 0.0
    state[place + AT_CLOSES] = close
    state[place + AT_REACHED] = reached
    state[at + AT_BARS] += 1.0
    state[at + AT_TIME] = close_time + 0.0


def empty_steps(state: State, at: int, reached: int, here: int, side: int) -> None:
    """Follow the price from step to step, and empty what the bar has reached."""
    sizes = at + AT_SIZES
    before = int(state[at + AT_STEP])
    state[at + AT_STEP] = here + 0.0
    moved = side * (here - before)
    for i in range(-moved if -moved < CLUSTER_ROOM else CLUSTER_ROOM):
        # It has come through these steps; at the far end their slots are those of new ones.
        state[sizes + (before - side * i) % CLUSTER_ROOM] = 0.0
    for i in range(moved if moved < CLUSTER_ROOM else CLUSTER_ROOM):
        # It has left these behind; their slots are those of steps that are now between.
        state[sizes + (before + side * (1 + i)) % CLUSTER_ROOM] = 0.0
    steps = side * (here - reached) + 1
    for i in range(steps if steps < CLUSTER_ROOM else CLUSTER_ROOM):
        state[sizes + (here - side * i) % CLUSTER_ROOM] = 0.0


def take_interest(state: State, at: int, contracts: float, stamp: float, side: int) -> None:
    """Let sizes grow or shrink with open interest; ignored where no bar had ended by its time."""
    bars = int(state[at + AT_BARS])
    count = bars if bars < CLUSTER_BARS else CLUSTER_BARS
    furthest = 0.0
    for back in range(1, count + 1):
        place = at + (bars - back) % CLUSTER_BARS
        if state[place + AT_CLOSE_TIMES] + 1.0 <= stamp or (back == CLUSTER_BARS and bars > CLUSTER_BARS):
            before = state[at + AT_CONTRACTS]
            state[at + AT_STAMP] = stamp
            state[at + AT_CONTRACTS] = contracts
            if contracts < before:
                kept = contracts / before
                state[at + AT_SCALE] *= kept if kept > 1e-12 else 1e-12
            elif before > 0.0:
                open_positions(state, at, state[place + AT_CLOSES], contracts - before, furthest, side)
            return
        if furthest == 0.0 or side * (state[place + AT_REACHED] - furthest) < 0.0:
            furthest = state[place + AT_REACHED]


def open_positions(state: State, at: int, price: float, grown: float, furthest: float, side: int) -> None:
    """Set the levels of positions that were opened; ``furthest`` is what bars since have reached, 0 where none."""
    size = grown * price / state[at + AT_SCALE]
    stand_at(state, at, price * (1.0 - side * (1.0 / 5.0 - 0.004)), 0.25 * size, furthest, side)
    stand_at(state, at, price * (1.0 - side * (1.0 / 10.0 - 0.004)), 0.30 * size, furthest, side)
    stand_at(state, at, price * (1.0 - side * (1.0 / 25.0 - 0.004)), 0.25 * size, furthest, side)
    stand_at(state, at, price * (1.0 - side * (1.0 / 50.0 - 0.005)), 0.15 * size, furthest, side)
    stand_at(state, at, price * (1.0 - side * (1.0 / 100.0 - 0.005)), 0.05 * size, furthest, side)


def stand_at(state: State, at: int, price: float, size: float, furthest: float, side: int) -> None:
    """Add a size at a price, unless bars have reached its step or it is out of reach."""
    step = price_step(price)
    away = side * (int(state[at + AT_STEP]) - step)
    if 0 <= away < CLUSTER_ROOM and (furthest == 0.0 or side * (price_step(furthest) - step) > 0):
        state[at + AT_SIZES + step % CLUSTER_ROOM] += size


def rescale_sizes(state: State, at: int) -> None:
    """Measure sizes in 1 again."""
    for i in range(at + AT_SIZES, at + AT_SIZES + CLUSTER_ROOM):
        state[i] *= state[at + AT_SCALE]
    state[at + AT_SCALE] = 1.0


def nearest_step(state: State, at: int, whole: float, side: int) -> float:
    """The nearest step with a cluster, and its weight in a whole; missing where nothing stands."""
    sizes = at + AT_SIZES
    here = int(state[at + AT_STEP])
    largest = 0.0
    for i in range(sizes, sizes + CLUSTER_ROOM):
        largest = state[i] if state[i] > largest else largest
    if largest <= 0.0:
        return math.nan
    for away in range(CLUSTER_ROOM):
        size = state[sizes + (here - side * away) % CLUSTER_ROOM]
        if size >= CLUSTER_SHARE * largest:
            weight = size * state[at + AT_SCALE] / whole
            return 2.0 * (here - side * away) + (weight if weight < 1.0 else 1.0)
    return math.nan
