"""The day's reference rates, asked for over the network."""

from cryptoprices.core.errors import SourceError
from cryptoprices.core.reference import Reference
from cryptoprices.net.http import Http
from cryptoprices.net.verdict import http_date, judged
from cryptoprices.sources import fx

TITLE = "Frankfurter"


def ask_rates(http: Http, rest_url: str, maker: str) -> Reference | SourceError:
    """The newest rates, or why there are none. Blocks, at most as long as Http allows: for a worker thread.

    maker: who they are from, as it is shown.
    """
    try:
        answer = http.get(rest_url + fx.latest_path())
        if error := judged(TITLE, answer, None):
            return error
        rates = fx.parse_latest(answer.body)
    except SourceError as error:
        return error
    made_s = http_date(answer.headers.get("date", ""))
    return Reference.of(rates, answer.sent_boot_s, answer.received_ms if made_s is None else made_s * 1000, maker)
