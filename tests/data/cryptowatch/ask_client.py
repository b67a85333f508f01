"""What cryptowatch-client 0.1.4 finds. Its address is an argument of its own, and ours."""

import json
import sys

from cryptowatch_client import Client

client = Client(origin=sys.argv[1], timeout=30)
market = {"exchange": "kraken", "pair": "btcusd"}
answers = {
    "root": client.get_allowance(),
    "assets": client.get_assets(),
    "asset": client.get_assets(asset="btc"),
    "pairs": client.get_pairs(),
    "pair": client.get_pairs(pair="btcusd"),
    "exchanges": client.get_exchanges(),
    "exchange": client.get_exchanges(exchange="kraken"),
    "markets": client.get_markets(),
    "of kraken": client.get_markets(exchange="kraken"),
    "market": client.get_markets(**market),
    "price": client.get_markets_price(**market),
    "summary": client.get_markets_summary(**market),
    "book": client.get_markets_orderbook(**market),
    "chart": client.get_markets_ohlc(**market, periods="60,3600"),
    "trades": client.get_markets_trades(**market),
    "prices": client.get_markets_prices(),
    "summaries": client.get_markets_summaries(),
}
print(json.dumps({name: [answer.status_code, answer.json()] for name, answer in answers.items()}))
