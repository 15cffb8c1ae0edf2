"""Payloads as Binance documents them, for every decoder: what a venue really writes, keys we do not use included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.market import Bar, BarArrived, BarForming, Quote, TradePrice
from finantrade.domain.orders import Side
from finantrade.domain.units import HOUR
from finantrade.wire import derivatives, rules, sentiment, trades
from finantrade.wire.frames import facts_of
from finantrade.wire.klines import bars_of, premiums_of

NOW = 1_638_747_720_500
"""After the first candle of the rows below has closed, and before the second has."""


@dataclass(frozen=True)
class Case:
    """A payload as text, how it is read, and what comes out."""

    text: str
    read: Callable[[object], Any]
    expected: Any


KLINE = (
    '{"e":"kline","E":1638747660000,"s":"BTCUSDT","k":{"t":1638747660000,"T":1638747719999,"s":"BTCUSDT","i":"1m",'
    '"f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0009","v":"1000","n":100,"x":false,"q":"1.0000",'
    '"V":"500","Q":"0.500","B":"123456"}}'
)
BAR = Bar("BTCUSDT", 1638747660000, 1638747719999, 0.001, 0.0025, 0.0009, 0.002, 1000.0, 1.0, 100.0, 500.0, 0.5)
MARK = (
    '{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15000000","ap":"11794.15","i":"11784.62659091",'
    '"P":"11784.25641265","r":"0.00038167","T":1562306400000}'
)
MARKS = (
    MarkPrice("BTCUSDT", 1562305380000, 11794.15, 11784.62659091),
    FundingEstimate("BTCUSDT", 1562305380000, 0.00038167, 1562306400000),
)
ROWS = (
    '[[1638747660000,"0.0010","0.0025","0.0009","0.0020","1000",1638747719999,"1.0000",100,"500","0.500","0"],'
    '[1638747720000,"0.0020","0.0021","0.0020","0.0021","1",1638747779999,"0.0020",1,"0","0","0"]]'
)
INFO = (
    '{"exchangeFilters":[],"rateLimits":[{"interval":"MINUTE","intervalNum":1,"limit":2400,"rateLimitType":'
    '"REQUEST_WEIGHT"},{"interval":"MINUTE","intervalNum":1,"limit":1200,"rateLimitType":"ORDERS"}],"serverTime":'
    '1565613908500,"assets":[{"asset":"BTC","marginAvailable":true,"autoAssetExchange":"-0.10"}],"symbols":[{"symbol":'
    '"BLZUSDT","pair":"BLZUSDT","contractType":"PERPETUAL","deliveryDate":4133404800000,"onboardDate":1598252400000,'
    '"status":"TRADING","maintMarginPercent":"2.5000","baseAsset":"BLZ","quoteAsset":"USDT","marginAsset":"USDT",'
    '"pricePrecision":5,"quantityPrecision":0,"underlyingSubType":["STORAGE"],"filters":[{"filterType":"PRICE_FILTER",'
    '"maxPrice":"300","minPrice":"0.0001","tickSize":"0.00010"},{"filterType":"LOT_SIZE","maxQty":"10000000","minQty":'
    '"1","stepSize":"1"},{"filterType":"MIN_NOTIONAL","notional":"5.0"},{"filterType":"PERCENT_PRICE","multiplierUp":'
    '"1.1500","multiplierDown":"0.8500","multiplierDecimal":4}],"OrderType":["LIMIT"],"timeInForce":["GTC","IOC"]}]}'
)
RATIO = (
    '[{"symbol":"BTCUSDT","longShortRatio":"1.8105","longAccount":"0.6442","shortAccount":"0.3558",'
    '"timestamp":"1583139600000"},{"symbol":"BTCUSDT","longShortRatio":"0.5576","longAccount":"0.3580",'
    '"shortAccount":"0.6420","timestamp":"1583139900000"}]'
)

STREAMS: Mapping[str, Case] = {
    "kline, forming": Case(KLINE, facts_of, (BarForming(1638747660000, BAR),)),
    "kline, closed": Case(KLINE.replace("false", "true"), facts_of, (BarArrived(BAR),)),
    "kline in a combined stream": Case(
        f'{{"stream":"btcusdt@kline_1m","data":{KLINE}}}', facts_of, (BarForming(1638747660000, BAR),)
    ),
    "kline of a continuous contract": Case(
        KLINE.replace('"kline"', '"continuous_kline"')
        .replace('"s":"BTCUSDT","k"', '"ps":"BTCUSDT","ct":"PERPETUAL","k"')
        .replace('"s":"BTCUSDT",', ""),
        facts_of,
        (BarForming(1638747660000, BAR),),
    ),
    "mark price": Case(MARK, facts_of, MARKS),
    "mark price of a contract that expires": Case(
        MARK.replace('"0.00038167","T":1562306400000', '"","T":0'), facts_of, MARKS[:1]
    ),
    "mark prices of all symbols": Case(f'{{"stream":"!markPrice@arr@1s","data":[{MARK}]}}', facts_of, MARKS),
    "mark prices of all symbols, bare": Case(f"[{MARK}]", facts_of, MARKS),
    "liquidation": Case(
        '{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014",'
        '"p":"9910","ap":"9911.5","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}',
        facts_of,
        (Liquidation("BTCUSDT", 1568014460893, Side.SELL, 9911.5, 0.014),),
    ),
    "book ticker, futures": Case(
        '{"e":"bookTicker","u":400900217,"E":1568014460893,"T":1568014460891,"s":"BNBUSDT","b":"25.35190000",'
        '"B":"31.21000000","a":"25.36520000","A":"40.66000000"}',
        facts_of,
        (Quote("BNBUSDT", 1568014460891, 25.3519, 31.21, 25.3652, 40.66),),
    ),
    "book ticker, spot": Case(
        '{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}',
        lambda payload: facts_of(payload, received=7),
        (Quote("BNBUSDT", 7, 25.3519, 31.21, 25.3652, 40.66),),
    ),
    "book ticker, spot, combined": Case(
        '{"stream":"bnbusdt@bookTicker","data":{"u":4,"s":"BNBUSDT","b":"0","B":"0","a":"25.3","A":"40.66"}}',
        lambda payload: facts_of(payload, received=7),
        (Quote("BNBUSDT", 7, 0.0, 0.0, 25.3, 40.66),),
    ),
    "aggregate trade": Case(
        '{"e":"aggTrade","E":123456789,"s":"BTCUSDT","a":5933014,"p":"0.001","q":"100","f":100,"l":105,"T":123456785,'
        '"m":true}',
        facts_of,
        (TradePrice("BTCUSDT", 123456785, 0.001),),
    ),
    "trade": Case(
        '{"e":"trade","E":123456789,"T":123456785,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","X":"MARKET","m":true}',
        facts_of,
        (TradePrice("BNBBTC", 123456785, 0.001),),
    ),
    "change of the order book": Case(
        '{"e":"depthUpdate","E":123456789,"T":123456788,"s":"BTCUSDT","U":157,"u":160,"pu":149,"b":[["0.0024","10"]],'
        '"a":[["0.0026","100"]]}',
        facts_of,
        (),
    ),
    "order book": Case('{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[]}', facts_of, ()),
    "answer to a subscription": Case('{"result":null,"id":3}', facts_of, ()),
    "list of subscriptions": Case('{"result":["btcusdt@aggTrade"],"id":"a"}', facts_of, ()),
}

REST: Mapping[str, Case] = {
    "klines": Case(ROWS, lambda payload: bars_of(payload, "BTCUSDT", NOW), (BAR,)),
    "premiumIndexKlines": Case(
        '[[1638747660000,"-0.00042931","0.00023641","-0.00059406","-0.00043659","0",1638747719999,"0",12,"0","0","0"]]',
        lambda payload: premiums_of(payload, "BTCUSDT", NOW),
        (Premium("BTCUSDT", 1638747719999, -0.00043659),),
    ),
    "premiumIndex": Case(
        '{"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.80495970","estimatedSettlePrice":'
        '"11781.16138815","lastFundingRate":"0.00038246","interestRate":"0.00010000","nextFundingTime":1597392000000,'
        '"time":1597370495002}',
        derivatives.marks_of,
        (
            MarkPrice("BTCUSDT", 1597370495002, 11793.63104562, 11781.8049597),
            FundingEstimate("BTCUSDT", 1597370495002, 0.00038246, 1597392000000),
        ),
    ),
    "fundingRate": Case(
        '[{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000007,"markPrice":"34287.54619963"},'
        '{"symbol":"BTCUSDT","fundingRate":"0.00010000","fundingTime":1570636800000,"markPrice":"34287.5"},'
        '{"symbol":"ETHUSDT","fundingRate":"0.00010000","fundingTime":1570636799998,"markPrice":"1900"}]',
        derivatives.funding_of,
        (
            FundingRate("BTCUSDT", 1570608000000, -0.0375, None, 34287.54619963),
            FundingRate("ETHUSDT", 1570636800000, 0.0001, None, 1900.0),
            FundingRate("BTCUSDT", 1570636800000, 0.0001, 8 * HOUR, 34287.5),
        ),
    ),
    "fundingInfo": Case(
        '[{"symbol":"BLZUSDT","adjustedFundingRateCap":"0.02500000","adjustedFundingRateFloor":"-0.02500000",'
        '"fundingIntervalHours":4,"disclaimer":false}]',
        derivatives.funding_intervals_of,
        {"BLZUSDT": 4 * HOUR},
    ),
    "openInterest": Case(
        '{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}',
        lambda payload: derivatives.open_interest_of(payload).qty,
        10659.509,
    ),
    "openInterestHist": Case(
        '[{"symbol":"BTCUSDT","sumOpenInterest":"20403.63700000","sumOpenInterestValue":"150570784.07809979",'
        '"CMCCirculatingSupply":"165880.538","timestamp":"1583127900000"}]',
        derivatives.past_interest_of,
        (OpenInterest("BTCUSDT", 1583127900000, 20403.637, 150570784.07809979),),
    ),
    "topLongShortAccountRatio": Case(
        RATIO,
        lambda payload: derivatives.ratios_of(payload, Crowd.TOP_ACCOUNTS),
        (
            LongShortRatio("BTCUSDT", 1583139600000, Crowd.TOP_ACCOUNTS, 1.8105),
            LongShortRatio("BTCUSDT", 1583139900000, Crowd.TOP_ACCOUNTS, 0.5576),
        ),
    ),
    "takerlongshortRatio": Case(
        '[{"buySellRatio":"1.5586","buyVol":"387.3300","sellVol":"248.5030","timestamp":1585614900000}]',
        lambda payload: derivatives.takers_of(payload, "BTCUSDT"),
        (TakerRatio("BTCUSDT", 1585614900000, 1.5586, 387.33, 248.503),),
    ),
    "time": Case('{"serverTime":1499827319559}', rules.server_time_of, 1499827319559),
    "exchangeInfo": Case(
        INFO,
        lambda payload: {name: str(one.tick) for name, one in rules.listings_of(payload).items()},
        {"BLZUSDT": "0.0001"},
    ),
    "limits in exchangeInfo": Case(INFO, rules.weight_per_minute, 2400),
    "aggTrades": Case(
        '[{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":true,"M":true}]',
        lambda payload: trades.trades_of(payload, "BNBBTC"),
        (TradePrice("BNBBTC", 1498793709153, 0.01633102),),
    ),
    "ticker/bookTicker": Case(
        '{"symbol":"LTCBTC","bidPrice":"4.00000000","bidQty":"431.00000000","askPrice":"4.00000200","askQty":"9.0"}',
        lambda payload: trades.quotes_of(payload, received=5),
        (Quote("LTCBTC", 5, 4.0, 431.0, 4.000002, 9.0),),
    ),
    "Fear & Greed index": Case(
        '{"name":"Fear and Greed Index","data":[{"value":"40","value_classification":"Fear","timestamp":"1551157200",'
        '"time_until_update":"68499"},{"value":"47","value_classification":"Neutral","timestamp":"1551070800"}],'
        '"metadata":{"error":null}}',
        sentiment.sentiment_of,
        (
            Sentiment("fear_greed", 1551070800000, 47.0),
            Sentiment("fear_greed", 1551157200000, 40.0),
        ),
    ),
}
CASES = {**STREAMS, **REST}
