"""What pycwatch finds, the package (1.1.4) or its lib (2.1.2): where it asks cannot be set, so the address is replaced.

Arguments: the module's name, the new address.
"""

import importlib
import json
import sys

package, base = sys.argv[1:]
endpoints = importlib.import_module(f"{package}.endpoints").Endpoint
for name, address in vars(endpoints).items():
    if isinstance(address, str) and address.startswith("https://api.cryptowat.ch"):
        setattr(endpoints, name, address.replace("https://api.cryptowat.ch", base))
client = importlib.import_module(f"{package}.client").CryptoWatchClient()


def failure(ask):
    try:
        ask()
    except Exception as error:  # noqa: BLE001  # of which kind is what is asked
        return type(error).__name__
    return None


summary = client.get_market_summary("kraken", "btcusd").result
found = {
    "indexes": client.get_info().result.indexes,
    "assets": [[each.id_, each.symbol, each.route] for each in client.list_assets().result],
    "asset": client.get_asset("btc").result.sid,
    "pairs": [[each.id_, each.symbol, each.base.id_] for each in client.list_pairs().result],
    "pair": client.get_pair("btcusd").result.id_,
    "exchanges": [[each.id_, each.symbol, each.active] for each in client.list_exchanges().result],
    "exchange": client.get_exchange("kraken").result.routes.markets,
    "markets": [[each.id_, each.exchange, each.pair] for each in client.list_markets(limit=100).result],
    "more": client.list_markets(limit=2).cursor.has_more,
    "of kraken": [each.pair for each in client.list_exchange_markets("kraken").result],
    "market": client.get_market("kraken", "btcusd").result.routes.price,
    "price": str(client.get_market_price("kraken", "btcusd").result.price),
    "prices": {name: str(price) for name, price in client.get_all_market_prices().result.items()},
    "summary": [str(summary.price.last), str(summary.price.high), str(summary.volume)],
    "summaries": sorted(client.get_all_market_summaries().result),
    "chart": {
        name: [[each.close_time, float(each.close_price), float(each.volume)] for each in rows[-2:]]
        for name, rows in client.get_ohlcv("kraken", "btcusd", periods=["1m", "1h"]).result.items()
    },
    "all periods": len(client.get_ohlcv("kraken", "btcusd").result),
    "no market": failure(lambda: client.get_market_price("kraken", "aaabbb")),
    "book": failure(lambda: client.get_market_order_book("kraken", "btcusd")),
    "allowance": client.list_assets().allowance.remaining,
}
print(json.dumps(found))
