"""Reference rates, those of today and those of a time past, asked for over the network."""

from datetime import UTC, datetime, timedelta

from cryptoprices.clock import Clock
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError
from cryptoprices.core.ranges import FIRST_PRICES_MS
from cryptoprices.core.reference import Reference
from cryptoprices.net.http import Http
from cryptoprices.net.verdict import judged, made_ms
from cryptoprices.sources import fx

_HOLIDAYS = timedelta(days=10)  # the longest time between two working days, and some more


def ask_rates(http: Http, rest_url: str, maker: str) -> Reference | SourceError:
    """The newest rates, or why there are none. Blocks, at most as long as Http allows: for a worker thread.

    maker: who they are from, as it is shown.
    """
    try:
        answer = http.get(rest_url + fx.latest_path())
        if error := judged(fx.TITLE, answer, None):
            return error
        rates = fx.parse_latest(answer.body)
    except SourceError as error:
        return error
    return Reference.of(rates, answer.sent_boot_s, made_ms(answer), maker)


def ask_rate_series(http: Http, rest_url: str, code: str, since_ms: int, until_ms: int) -> list[Rates] | SourceError:
    """The rates of one currency from the last working day before since_ms on, oldest first, or why there are none.

    Empty where the service has not got the currency. Blocks, at most as long as Http allows.
    """
    since, until = (datetime.fromtimestamp(unix_ms / 1000, UTC).date() for unix_ms in (since_ms, until_ms))
    try:
        answer = http.get(rest_url + fx.series_path(since - _HOLIDAYS, until, [code]))
        if answer.status == 404:
            return []
        return judged(fx.TITLE, answer, None) or fx.parse_series(answer.body)
    except SourceError as error:
        return error


def ask_all_rates(http: Http, rest_url: str, clock: Clock, code: str) -> list[Rates] | SourceError:
    """The same since there are prices of coins."""
    return ask_rate_series(http, rest_url, code, FIRST_PRICES_MS, clock.wall_ms())
