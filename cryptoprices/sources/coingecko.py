"""CoinGecko's prices of any coin, averages over many exchanges. Format: https://docs.coingecko.com/reference/coins-markets

Public answers are kept there for 60 s. Its volume is in the quote currency, so the volume in the coin stays unknown.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated

from msgspec import Meta, Raw, Struct

from cryptoprices.core import numbers
from cryptoprices.core.coins import COINGECKO_IDS
from cryptoprices.core.errors import BadPayload, Reason, SourceError, UnknownPair
from cryptoprices.core.market import Pair, Ticker
from cryptoprices.core.payload import NULL, Rows, decoder, error_body, literal, wanted
from cryptoprices.core.plain import plain
from cryptoprices.core.source import Answer, Ask, Source, pages

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
NONE_OF_THEM = "CoinGecko knows none of these coins."


class Row(Struct, rename={"symbol": "id"}):
    """{"id": "bitcoin", "current_price": 70187, "high_24h": 70215, "price_change_percentage_24h": 3.12502, …}"""

    symbol: str
    current_price: Raw
    high_24h: Raw = NULL
    low_24h: Raw = NULL
    price_change_percentage_24h: Raw = NULL
    last_updated: Annotated[datetime, Meta(tz=True)] | None = None

    def ticker(self, pair: Pair) -> Ticker:
        """Everything is a number or null."""
        return numbers.ticker(
            pair,
            literal(self.current_price) or "",
            high=literal(self.high_24h),
            low=literal(self.low_24h),
            change_pct=numbers.signed(literal(self.price_change_percentage_24h), "price_change_percentage_24h"),
            time_ms=(self.last_updated - EPOCH) // MILLISECOND if self.last_updated else None,
        )


class Status(Struct):
    """{"error_code": 429, "error_message": "You've exceeded the Rate Limit. …"}"""

    error_code: int
    error_message: str = ""


class Failure(Struct):
    """{"status": {…}} or {"error": "coin not found"}"""

    status: Status | None = None
    error: str = ""


class CoinGecko(Source):
    """One question a currency; a single coin has a shorter answer of its own."""

    name = "coingecko"
    title = "CoinGecko"
    rank = 8
    base_url = "https://api.coingecko.com"
    interval_s = 60
    only_missing = True
    budget_per_min = 10  # without a key an address has 5 to 15, which it shares with whoever else is behind it
    quote_currencies = frozenset({"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "BTC", "ETH"})
    attribution = "Data by CoinGecko"
    _rows = Rows(Row)
    _simple = decoder(dict[str, dict[str, Raw]])
    _failure = decoder(Failure)

    def lists(self, pair: Pair) -> bool:
        """Only coins whose id is known: symbols are ambiguous there."""
        return super().lists(pair) and pair.base in COINGECKO_IDS

    def asks(self, pairs: Sequence[Pair]) -> list[Ask]:
        """A question a currency, and a further one for every hundred coins."""
        found = []
        for currency, group in groupby(sorted(pairs, key=quote_of), key=quote_of):
            for page in pages(list(group)):
                ids = ",".join(COINGECKO_IDS[pair.base] for pair in page)
                found.append(Ask(f"/api/v3/coins/markets?vs_currency={currency.lower()}&ids={ids}", page))
        return found

    def ask_alone(self, pair: Pair) -> Ask:
        """The price alone, which is there for a coin that the list of markets refuses."""
        path = f"/api/v3/simple/price?ids={COINGECKO_IDS[pair.base]}&vs_currencies={pair.quote.lower()}"
        return Ask(path, (pair,))

    def parse_tickers(self, body: bytes, pairs: Collection[Pair]) -> Iterable[Ticker | BadPayload]:
        """Rows by their coin's id; or {"ethereum": {"usd": 1498.64}}. Coins that it does not know it leaves out."""
        ids = {COINGECKO_IDS[pair.base]: pair for pair in pairs}
        if body.lstrip().startswith(b"["):
            rows = self._rows.decode(body)
            if not rows:
                raise UnknownPair(NONE_OF_THEM)
            return wanted(rows, ids)
        coins = self._simple.decode(body)
        if coins.keys() <= ids.keys() and not any(coins.values()):
            raise UnknownPair(NONE_OF_THEM)
        prices = [(pair, coins.get(COINGECKO_IDS[pair.base], {}).get(pair.quote.lower())) for pair in pairs]
        return [numbers.ticker(pair, literal(price) or "") for pair, price in prices if price is not None]

    def refusal(self, answer: Answer) -> SourceError | None:
        """`status.error_code`, https://docs.coingecko.com/docs/common-errors-rate-limit, or `error`."""
        failure = error_body(self._failure, answer.body)
        if failure is None:
            return None
        if failure.error == "coin not found":
            return UnknownPair(failure.error)
        if failure.status is None or failure.status.error_code == 0:
            return SourceError(Reason.SERVER, plain(failure.error)) if failure.error and answer.status == 200 else None
        said = plain(failure.status.error_message)
        if failure.status.error_code == 429:
            return SourceError(Reason.LIMITED, said, retry_after_s=60)
        return SourceError(Reason.SERVER, said) if answer.status == 200 else None


def quote_of(pair: Pair) -> str:
    """The currency, by which questions are grouped."""
    return pair.quote
