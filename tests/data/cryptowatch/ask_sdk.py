"""What the official SDK, cryptowatch-sdk 0.1.0, finds. Its addresses are in its own file, ~/.cw/credentials.yml."""

import json
import os
import queue
import sys

import cryptowatch

WAIT_S = 60
heard = queue.Queue()


def level(name):
    """The first that is heard of this subject."""
    while True:
        subject, message = heard.get(timeout=WAIT_S)
        if subject == name:
            return message.marketUpdate


def failure(ask):
    try:
        ask()
    except cryptowatch.errors.CryptowatchError as error:
        return [type(error).__name__, str(error)]
    return None


found = {
    "assets": [[asset.id, asset.symbol, asset.route] for asset in cryptowatch.assets.list().assets],
    "pairs": [[pair.id, pair.symbol, pair.base.id] for pair in cryptowatch.instruments.list().instruments],
    "exchanges": [[each.id, each.symbol, each.active] for each in cryptowatch.exchanges.list().exchanges],
    "markets": [[each.id, each.exchange, each.pair] for each in cryptowatch.markets.list(limit=100).markets],
    "of kraken": [each.pair for each in cryptowatch.markets.list("kraken").markets],
    "bitcoin": [each.id for each in cryptowatch.assets.get("BTC").asset.markets["base"]],
    "pair": cryptowatch.instruments.get("BTCUSD").instrument.id,
    "exchange": cryptowatch.exchanges.get("KRAKEN").exchange.name,
    "key": cryptowatch.markets.get("KRAKEN:BTCUSD")._allowance.account,
}
summary = cryptowatch.markets.get("KRAKEN:BTCUSD").market
found["summary"] = [summary.price.last, summary.price.high, summary.price.low, summary.price.change, summary.volume]
book = cryptowatch.markets.get("kraken:btcusd", orderbook=True)
found["book"] = [book.asks, book.bids]
chart = cryptowatch.markets.get("kraken:btcusd", ohlc=True, periods=["1m", "1h", "1w_monday"])
found["chart"] = {"60": chart.of_1m[-2:], "3600": chart.of_1h[-2:], "604800_Monday": chart.of_1w_monday[-2:]}
found["all periods"] = len(
    [name for name in vars(cryptowatch.markets.get("kraken:btcusd", ohlc=True)) if "of_" in name]
)
found["no market"] = failure(lambda: cryptowatch.markets.get("kraken:aaabbb"))
found["no trades"] = failure(lambda: cryptowatch.markets.get("kraken:btcusd", trades=True))
key, cryptowatch.api_key = cryptowatch.api_key, "123"
found["wrong key"] = failure(cryptowatch.markets.list)
cryptowatch.api_key = key

cryptowatch.stream.subscriptions = [f"markets:{number}:ohlc" for number in (87, 65, 74, 68, 579)] + [
    "markets:87:book:spread",
    "exchanges:4:ohlc",
    "assets:60:book:spread",
]
cryptowatch.stream.on_intervals_update = lambda message: heard.put(("ohlc", message))
cryptowatch.stream.on_orderbook_spread_update = lambda message: heard.put(("spread", message))
cryptowatch.stream.connect()
update = level("spread")
while update.market.marketId != 87:
    update = level("spread")
found["spread"] = [update.market.exchangeId, update.orderBookSpreadUpdate.bid.priceStr]
print("streaming", flush=True)
sys.stdin.readline()  # the price has changed
while True:
    update = level("ohlc")
    last = {each.periodName: each.ohlc.closeStr for each in update.intervalsUpdate.intervals}
    if update.market.marketId == 87 and last.get("3600") == "24100.5":
        break
found["candles"] = len(last)
cryptowatch.stream.disconnect()
print(json.dumps(found), flush=True)
os._exit(0)  # its own thread takes up to twenty seconds to see that it has been disconnected
