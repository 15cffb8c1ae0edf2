"""Where a venue is: its base addresses, named as the class attributes of python-binance that hold them."""

from __future__ import annotations

import msgspec


class Addresses(msgspec.Struct, frozen=True):
    """REST and websocket addresses of the spot and the USD-M futures market, and of the Fear & Greed index."""

    API_URL: str = "https://api.binance.com/api"
    FUTURES_URL: str = "https://fapi.binance.com/fapi"
    FUTURES_DATA_URL: str = "https://fapi.binance.com/futures/data"
    STREAM_URL: str = "wss://stream.binance.com:9443/"
    FSTREAM_URL: str = "wss://fstream.binance.com/"
    fear_greed: str = "https://api.alternative.me/fng/"


def simulated_at(base: str) -> Addresses:
    """Return the addresses of a simulated exchange at a base such as ``http://127.0.0.1:8090``."""
    http = base.rstrip("/")
    ws = http.replace("http", "ws", 1)
    return Addresses(
        API_URL=f"{http}/api",
        FUTURES_URL=f"{http}/fapi",
        FUTURES_DATA_URL=f"{http}/futures/data",
        STREAM_URL=f"{ws}/spot/",
        FSTREAM_URL=f"{ws}/",
        fear_greed=f"{http}/fng/",
    )
