"""``finantrade doctor`` without a network: each thing it looks at, as it should be and as it should not."""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from tests import journals
from tests.answering import Daemon
from tests.commands import Said
from tests.journals import PLATFORM, filled
from tests.series import START, candle_rows, entry, rows_of

from finantrade.cli.checkup import disk
from finantrade.cli.checkup import venue as venue_check
from finantrade.cli.configuration import ready
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.market.flow_simulator import VENUE as INVENTED
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.manifest import MANIFEST
from finantrade.market.store.writing import write
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import feature_sets

QUARTER = 15 * MINUTE
ALL = [
    "configuration", "time zone", "state directory", "disk of the state", "disk of the store", "write speed", "session",
    "platform", "kernel cache", "token", "port", "store", "data set", "venue",
]  # fmt: skip
SETTINGS: dict[str, Any] = {
    "name": "examined",
    "timeframe": "15m",
    "symbols": ["BTCUSDT"],
    "instruments": {"BTCUSDT": {"tick": 0.1, "lot": 0.001}},
    "strategies": [{"name": "ema_cross"}],
    "feed": {"dataset": "synthetic-15m"},
    "journal": {"min_free_disk_mb": 0},
    "api": {"port": 0},
}

Examine = Callable[..., dict[str, dict[str, str]]]


@pytest.fixture
def examine(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Give ``examine(code, **changes)``: what is found of a configuration in an empty place, by check."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FINANTRADE_TOKEN", raising=False)

    def examined(code: int = 0, *arguments: object, **changes: object) -> dict[str, dict[str, str]]:
        Path("examined.yml").write_text(yaml.safe_dump(SETTINGS | changes))
        document = said.document("doctor", "-c", "examined.yml", *arguments, code=code)
        assert document["ok"] is (code == 0)
        return {one["check"]: one for one in document["checks"]}

    return examined


def verdicts(found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: one["verdict"] for name, one in found.items() if one["verdict"] != "ok"}


def test_where_all_is_well_nothing_is_left_behind(examine: Examine, said: Said) -> None:
    found = examine()
    assert list(found) == ALL
    assert verdicts(found) == {}
    assert all(set(one) == {"check", "verdict", "found", "expected", "help"} for one in found.values())
    assert "none is needed" in found["venue"]["found"]
    assert os.listdir() == ["examined.yml"]
    code, out, err = said("doctor", "-c", "examined.yml")
    assert (code, err) == (0, "")
    for name in ALL:
        assert name in out


def test_a_configuration_that_is_refused_does_not_hide_the_rest(
    examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venue_check, "PATIENCE_S", 0.0)
    found = examine(1, timeframe="7m")
    assert found["configuration"]["verdict"] == "fail"
    assert "examined.yml" in found["configuration"]["found"]
    assert {"write speed", "store", "venue"} < found.keys()


def test_a_time_zone_is_named_and_does_not_matter(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda form: {"%Z": "CEST"}[form])
    assert examine()["time zone"]["found"] == "CEST here; all times are UTC, so it does not matter"


# Disk and state


@pytest.mark.parametrize(("share", "code", "verdict"), [(0.75, 0, "warn"), (1.5, 1, "fail")])
def test_a_disk_that_fills_up_is_told(examine: Examine, tmp_path: Path, share: float, code: int, verdict: str) -> None:
    floor = share * shutil.disk_usage(tmp_path).free / 1e6
    found = examine(code, journal={"min_free_disk_mb": floor})
    assert verdicts(found) == {"disk of the state": verdict, "disk of the store": verdict}
    assert "MB free on the disk of" in found["disk of the state"]["expected"]
    assert "journal.min_free_disk_mb" in found["disk of the state"]["help"]


@pytest.mark.parametrize(("measured", "verdict"), [((49.0, 11.0), {}), ((51.0, 11.0), "warn"), ((1.0, 9.0), "warn")])
def test_a_slow_disk_is_told(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, measured: tuple[float, float], verdict: Any
) -> None:
    monkeypatch.setattr(disk, "_measured", lambda directory: measured)
    assert verdicts(examine()) == ({"write speed": verdict} if verdict else {})


def test_what_cannot_be_written_to_fails(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    found = examine(1)["write speed"]
    assert (found["verdict"], found["found"]) == ("fail", "Read-only file system")
    assert "`--state`" in found["help"]


@pytest.mark.parametrize("below", ["", "examined", "examined/0001"])
def test_a_state_that_others_may_write_to_fails(examine: Examine, tmp_path: Path, below: str) -> None:
    filled(tmp_path / "state" / "examined" / "0001").close()
    for each in ("", "examined", "examined/0001"):
        (tmp_path / "state" / each).chmod(0o777 if each == below else 0o700)
    found = examine(1)["state directory"]
    assert (found["verdict"], found["found"][:9]) == ("fail", "mode 0777")
    assert str(Path("state") / below) in found["expected"]


# Session, platform, kernels


def test_the_platform_is_compared_with_the_newest_journal(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "PLATFORM", msgspec.structs.replace(current_fingerprint(), numba="0.1"))
    filled(tmp_path / "state" / "examined" / "0001").close()
    found = examine()
    assert verdicts(found) == {"platform": "warn"}
    assert found["platform"]["found"] == f"numba: 0.1 against {current_fingerprint().numba}"
    monkeypatch.setattr(journals, "PLATFORM", current_fingerprint())
    filled(tmp_path / "state" / "examined" / "0002").close()
    found = examine()
    assert verdicts(found) == {}
    assert "0002 has 20 inputs up to 1970-01-01 00:20" in found["session"]["found"]


def test_a_session_of_another_name_is_not_looked_at(examine: Examine, tmp_path: Path) -> None:
    assert current_fingerprint() != PLATFORM
    filled(tmp_path / "state" / "another" / "0001").close()
    assert examine()["session"]["found"] == "none yet in state"


def test_a_journal_without_a_segment_is_no_fault(examine: Examine, tmp_path: Path) -> None:
    filled(tmp_path / "state" / "examined" / "0001", ()).close()
    assert examine()["session"]["found"].endswith("has nothing in it yet")


def test_a_journal_that_cannot_be_read_fails(examine: Examine, tmp_path: Path) -> None:
    place = tmp_path / "state" / "examined" / "0001"
    place.mkdir(parents=True, mode=0o700)
    place.parent.chmod(0o700)
    (tmp_path / "state").chmod(0o700)
    (place / journals.FILE).write_bytes(b"no journal at all" * 100)
    assert verdicts(examine(1)) == {"session": "fail"}


def test_kernels_are_warm_once_they_are_compiled(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine()
    config = ready([Path("examined.yml")]).config
    for one in feature_sets(config, seat_strategies(config)).values():
        assert one.program
    assert examine()["kernel cache"]["found"] == f"{os.environ['NUMBA_CACHE_DIR']}, warm"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    assert "cold: the next start compiles" in examine()["kernel cache"]["found"]


def test_kernels_that_cannot_be_kept_are_told(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "kernels"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(shared))
    found = examine()
    assert verdicts(found) == {"kernel cache": "warn"}
    assert "NUMBA_CACHE_DIR" in found["kernel cache"]["help"]
    shared.chmod(0o700)
    monkeypatch.setattr("os.access", lambda place, mode: Path(place) != shared)
    assert examine()["kernel cache"]["expected"] == f"to be able to write in {shared}"
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert "HOME in the environment" in examine()["kernel cache"]["expected"]


# Token and port

PROXIED = {"port": 0, "tls_terminated_by_proxy": True, "allowed_hosts": ["paper.example"]}


@pytest.mark.parametrize(
    ("token", "api", "verdict"),
    [
        ("", {"port": 0}, None),
        ("", PROXIED, "fail"),
        ("changeme", {"port": 0}, "warn"),
        ("changeme", PROXIED, "fail"),
        ("a" * 64, PROXIED, "fail"),
        ("8f14e45fceea167a5a36dedd4bea2543", PROXIED, None),
    ],
)
def test_a_token_is_judged_and_never_told(
    examine: Examine, monkeypatch: pytest.MonkeyPatch, token: str, api: dict[str, Any], verdict: str | None
) -> None:
    monkeypatch.setenv("FINANTRADE_TOKEN", token)
    found = examine(int(verdict == "fail"), api=api)
    assert verdicts(found) == ({"token": verdict} if verdict else {})
    assert not token or token not in str(found)


def test_a_free_port_and_a_taken_one(examine: Examine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        assert examine(api={"port": port})["port"]["found"] == f"{port} of 127.0.0.1 is free"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = examine(1, api={"port": silent.getsockname()[1]})
        assert verdicts(found) == {"port": "fail"}
        assert "another process listening there" in found["port"]["found"]


def test_a_port_of_ours_names_its_session(examine: Examine, daemon: Daemon) -> None:
    api = {"port": daemon.server_port}
    daemon.will_say({"name": "examined", "session": "0007"})
    assert "serves the session examined/0007" in examine(api=api)["port"]["found"]
    daemon.will_say({"name": "another", "session": "0001"})
    assert verdicts(examine(1, api=api)) == {"port": "fail"}
    daemon.will_say({"error": {"message": "expected a token, found none"}}, status=401)
    found = examine(api=api)["port"]
    assert (found["verdict"], "expected a token" in found["found"]) == ("warn", True)


# The store


def place_of(kind: Kind, interval: str) -> Place:
    return Place("binance", "usdm", kind, "BTCUSDT", interval)


def stored(**feed: object) -> dict[str, object]:
    return {"feed": {"dataset": "store:binance/usdm", **feed}}


def test_a_replay_needs_its_candles(examine: Examine) -> None:
    found = examine(1, **stored(context=["funding", "sentiment"]))
    assert verdicts(found) == {"candles BTCUSDT": "fail", "funding BTCUSDT": "warn", "sentiment": "warn"}
    assert "`finantrade data import`" in found["candles BTCUSDT"]["help"]


def test_what_the_store_covers_is_told_by_series(examine: Examine, tmp_path: Path) -> None:
    root, bars = tmp_path / "elsewhere", candle_rows(4 * 96)
    write(root, place_of(Kind.CANDLES, "15m"), bars, entry())
    write(root, place_of(Kind.CANDLES, "1h"), candle_rows(4, HOUR), entry())
    settled = [START + nth * 8 * HOUR for nth in range(12)]
    write(root, place_of(Kind.FUNDING, "irregular"), rows_of(Kind.FUNDING, settled, rate=[1e-4] * 12), entry())
    times = [START + nth * 5 * MINUTE for nth in range(288)]
    interest = rows_of(Kind.OPEN_INTEREST, times, 5 * MINUTE, amount=[1.0] * 288)
    write(root, place_of(Kind.OPEN_INTEREST, "5m"), interest, entry())
    mood = rows_of(Kind.SENTIMENT, [START, START + DAY], DAY, "BTC", value=[50, 60])
    write(root, Place("alternative.me", "crypto", Kind.SENTIMENT, "BTC", "1d"), mood, entry())
    found = examine(0, "--store", root, **stored(context=["funding", "open_interest", "liquidations", "sentiment"]))
    assert verdicts(found) == {"open_interest BTCUSDT": "warn", "liquidations BTCUSDT": "warn"}
    assert found["store"]["found"] == f"5 series in {root}"
    assert found["candles BTCUSDT"]["found"] == (
        "384 rows (100.00 %) from 2024-01-01 to 2024-01-04 in binance/usdm/candles/BTCUSDT/15m"
    )
    assert "12 rows (100.00 %)" in found["funding BTCUSDT"]["found"]
    # A day of four: the rest of the candles' span is a gap.
    assert "288 rows (25.0" in found["open_interest BTCUSDT"]["found"]
    assert "`finantrade data inspect binance/usdm/open_interest" in found["open_interest BTCUSDT"]["help"]


def test_what_a_replay_would_not_take_covers_nothing_and_what_is_invented_is_named(
    examine: Examine, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    write(root, place_of(Kind.CANDLES, "15m"), candle_rows(96), entry())
    sums = rows_of(Kind.LIQUIDATIONS, [START], DAY, longs=[1.0], shorts=[2.0])
    write(root, place_of(Kind.LIQUIDATIONS, "1d"), sums, entry())
    invented = rows_of(Kind.FUNDING, [START + nth * 8 * HOUR for nth in range(3)], rate=[1e-4] * 3)
    write(root, Place(INVENTED, "usdm", Kind.FUNDING, "BTCUSDT", "irregular"), invented, entry(), synthetic=True)
    found = examine(0, **stored(context=["funding", "liquidations"]))
    assert verdicts(found) == {"liquidations BTCUSDT": "warn"}
    assert found["funding BTCUSDT"]["found"].startswith("SYNTHETIC, 3 rows (100.00 %)")


def test_a_live_feed_needs_nothing_stored(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venue_check, "PATIENCE_S", 0.0)
    found = examine(1, feed={"binance": {}, "context": ["funding"]})
    assert verdicts(found) == {"venue": "fail"}
    assert found["candles BTCUSDT"]["found"] == "none stored; what is needed is asked of the venue"


def test_a_broken_series_fails(examine: Examine, tmp_path: Path) -> None:
    place = place_of(Kind.CANDLES, "15m")
    write(tmp_path / "store", place, candle_rows(96), entry())
    month = next((tmp_path / "store" / place.path).glob("*.parquet"))
    month.unlink()
    assert verdicts(examine(1, **stored())) == {"candles BTCUSDT": "fail"}
    (tmp_path / "store" / place.path / MANIFEST).write_text("{")
    found = examine(1, **stored())
    assert verdicts(found) == {"store": "fail", "candles BTCUSDT": "fail"}
    assert "1 broken: " in found["store"]["found"]


@pytest.mark.parametrize("dataset", ["nothing", "store:binance"])
def test_a_data_set_that_is_not_there_fails(examine: Examine, dataset: str) -> None:
    assert verdicts(examine(1, feed={"dataset": dataset})) == {"data set": "fail"}


# A venue that says nothing


def test_a_venue_that_is_silent_is_given_up(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venue_check, "PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = examine(1, "--simulated", f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert found["venue"]["found"] == "no answer within 0.2 s"
    assert "`finantrade simulate`" in found["venue"]["help"]
