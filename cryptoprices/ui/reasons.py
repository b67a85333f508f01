"""Why something is not as it should be, in few plain words."""

from collections.abc import Iterable

from cryptoprices.core.errors import Reason
from cryptoprices.core.formatting import THIN, age_text
from cryptoprices.core.market import Standing
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice
from cryptoprices.qt.hub import Hub

SHORT = {
    Reason.TIMEOUT: "too slow",
    Reason.UNREACHABLE: "no answer",
    Reason.NAME_LOOKUP: "not found",
    Reason.SERVER: "out of order",
    Reason.LIMITED: "limited",
    Reason.BLOCKED: "refused",
    Reason.MOVED: "interface changed",
    Reason.SIGN_IN: "sign-in page?",
    Reason.BAD_PAYLOAD: "strange answer",
    Reason.UNKNOWN_PAIR: "not listed",
    Reason.INTERNAL: "fault in this app",
}

_TOLD = (Reason.LIMITED, Reason.BLOCKED, Reason.MOVED, Reason.SIGN_IN)  # what the exchange or the network itself says
_OUT_OF_REACH = (Reason.TIMEOUT, Reason.UNREACHABLE, Reason.NAME_LOOKUP)


def exchange_title(name: str, hub: Hub) -> str:
    """What a person calls the exchange: "Kraken"."""
    exchange = hub.exchanges.get(name)
    return plain(exchange.source.title if exchange else name.capitalize())


def wait_text(seconds: float) -> str:
    """How long to wait, rounded up so that it ends at 1: "12 s", "4 min"."""
    whole = int(-(-seconds // 1))
    return age_text(whole) if whole > 0 else f"0{THIN}s"


def trouble_word(standing: Standing) -> str:
    """Why it gives nothing, "" while it answers. A region that is not served is all that waits until somebody asks."""
    if standing.reason is Reason.BLOCKED and standing.next_ask_boot_s is None:
        return "not offered in your region"
    return SHORT[standing.reason] if standing.reason else ""


def trouble_text(standing: Standing, now_boot_s: float) -> str:
    """ "limited, again in 30 s"; of one that is only waited for, for long, "benched, again in 5 min"."""
    word = "benched" if standing.benched and standing.reason not in _TOLD else trouble_word(standing)
    next_ask = standing.next_ask_boot_s
    if standing.paused_until_boot_s is not None:
        next_ask = max(standing.paused_until_boot_s, next_ask or 0.0)
    if next_ask is None or next_ask <= now_boot_s:
        return word
    return f"{word}, again in {wait_text(next_ask - now_boot_s)}"


def troubles(standings: Iterable[Standing]) -> list[Standing]:
    """Those that failed when last asked."""
    return [standing for standing in standings if standing.reason is not None]


def why_no_price(view: PairPrice, hub: Hub) -> str:
    """Why a pair has never had a price, in a few words; the Exchanges panel tells the rest."""
    standings = hub.snapshot.standings
    if hub.polling or not (standings or hub.paused):
        return "asking the exchanges…"
    if hub.paused and not standings:
        return "paused, nothing asked yet"
    if not view.left_out:
        others = [name for name, each in hub.exchanges.items() if each.only_missing and each.source.lists(view.pair)]
        return "no exchange lists it" if standings.keys() >= set(others) else "asking the others…"
    failed = troubles(standings[left.exchange] for left in view.left_out if left.exchange in standings)
    if not failed:
        return "no exchange gave a price"
    if all(standing.reason in _OUT_OF_REACH for standing in failed):
        return "no exchange can be reached"
    standing = next(standing for standing in failed if standing.reason not in _OUT_OF_REACH)
    return f"{exchange_title(standing.exchange, hub)}: {trouble_word(standing)}"
