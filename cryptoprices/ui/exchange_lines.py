"""What a row of the Exchanges panel says: price, distance from the others, age, and why one is left out."""

from decimal import Decimal
from typing import NamedTuple

from cryptoprices.core.formatting import (
    THIN,
    UNKNOWN,
    age_text,
    change_text,
    exact_text,
    made_of_text,
    plural,
    price_text,
)
from cryptoprices.core.market import Pair, Standing
from cryptoprices.core.order_book import Book
from cryptoprices.core.plain import plain
from cryptoprices.core.snapshot import PairPrice, QuoteView, State
from cryptoprices.core.stablecoins import STAND_IN
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.reasons import exchange_title, trouble_text, wait_text

_LEFT_OUT = {
    State.OUTLIER: ("left out", "Left out: too far from what the other exchanges say."),
    State.FROZEN: ("frozen", "Left out: its price stands still while the others move."),
    State.CHECKING: ("checking", "It contradicts the others; this poll or the next one decides."),
    State.STALE: ("too old", "Left out: its last answer is too old."),
    State.EXPIRED: ("too old", "Left out: its last answer is too old."),
}
_DELISTED = (
    "Delisted? Three answers in a row had no price of this pair, or no trade in 24 hours; it counts again once it has."
)
_BESIDE_AGE = 24  # characters that have room beside the age; a longer reason would lose the time at its end


class Line(NamedTuple):
    """One exchange's row. colour: a field of the theme for what is not as it should be, "" where all is well.

    span: columns that `price` takes: where it is a sentence it needs the next ones too. told: the tooltip's lines.
    """

    name: str
    price: str
    versus: str = ""
    age: str = ""
    colour: str = ""
    span: int = 1
    told: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The texts of the columns."""
        return self.name, self.price, self.versus, self.age


def switched_off(name: str, hub: Hub) -> Line:
    """The row of an exchange that the person does not want asked."""
    title = plain(hub.switched_off[name].source.title)
    return Line(title, "off", colour="muted", span=2, told=(title, "Switched off: it is not asked."))


def asking_text(name: str, hub: Hub) -> str:
    """How an exchange is asked: "6/30 this minute · next in 14 s"."""
    standing, now = hub.snapshot.standings.get(name), hub.clock.boot_s()
    parts = []
    if standing is not None:
        if standing.budget:
            parts.append(f"{standing.used}/{standing.budget} this minute")
        if standing.benched:
            parts.append("benched")
        times = [t for t in (standing.next_ask_boot_s, hub.next_poll_boot_s) if t is not None]
        if standing.reason is not None and standing.next_ask_boot_s is None:
            parts.append("not asked until you say so")
        elif not hub.paused and max(times, default=now) > now:
            parts.append(f"next in {wait_text(max(times) - now)}")
    return " · ".join(parts)


def streaming_text(name: str, hub: Hub) -> str:
    """What its stream does: "streaming 2 pairs", why it does not, "" where nothing is to be said."""
    flow = hub.snapshot.flows.get(name)
    if flow is None:
        return ""
    if flow.pairs:
        return f"streaming {plural(len(flow.pairs), 'pair')}"
    wait_s = 0.0 if flow.next_try_boot_s is None else flow.next_try_boot_s - hub.clock.boot_s()
    again = f"; again in {wait_text(wait_s)}" if flow.text and wait_s > 0 else ""
    return f"{flow.text.rstrip('.')}{again}" if again else flow.text


def describe(name: str, view: PairPrice, stand_in: PairPrice | None, hub: Hub) -> Line:
    """One exchange's row as of now. stand_in: the same coin in USDT, for exchanges that have no other market for it."""
    exchange = hub.exchanges.get(name)
    title = exchange_title(name, hub)
    told = [title]
    if exchange is not None:
        told.append(f"custom address: {exchange.rest_url}" if exchange.custom_address else exchange.rest_url)
        told.append(exchange.source.attribution)
    if exchange is not None and exchange.custom_address:
        title += "*"
    standing = hub.snapshot.standings.get(name)
    quote = _of(name, view)
    substitute = None if quote or stand_in is None else _of(name, stand_in)
    shown = quote or substitute
    age = age_text(shown.age_s) if shown else ""
    if shown:
        told.append(f"Price {exact_text(shown.quote.price)} {shown.quote.pair.quote}")
        told.append(made_of_text(shown.quote.made_of) if shown.quote.made_of else "")
    told.append(standing.text if standing else "")
    if standing is not None and standing.reason is not None:
        words = trouble_text(standing, hub.clock.boot_s())
        if quote is not None and quote.quote.via == "stream" and name in view.counted:  # its price is current
            word = words.split(",", maxsplit=1)[0]
            return Line(title, _digits(quote.quote.price), word, age, "warn", told=tuple(told))
        age = age if len(words) <= _BESIDE_AGE else ""
        return Line(title, words, age=age, colour="warn", span=2 if age else 3, told=tuple(told))
    if quote is not None:
        converted = quote.quote.made_of is not None  # has more digits than anybody said
        price = price_text(quote.quote.price) if converted else _digits(quote.quote.price)
        versus = change_text(quote.deviation_pct)
        if quote.illiquid is not None:
            told.append(f"Illiquid: {_book_text(quote.illiquid)}; its last trade may be long ago.")
        if quote.state not in _LEFT_OUT:
            colour = "" if name in view.counted and quote.illiquid is None else "warn"
            versus = "disagrees" if view.state is State.DISAGREE else "illiquid" if quote.illiquid else versus
            return Line(title, price, versus, age, colour, told=tuple(told))
        word, why = _LEFT_OUT[quote.state]
        told += [why, "" if quote.deviation_pct is None else f"{versus} from the median"]
        return Line(title, price, word, age, "warn", told=tuple(told))
    if substitute is not None:
        told.append("Its price is in USDT, which is not the US dollar: shown, but not counted.")
        return Line(title, _digits(substitute.quote.price), STAND_IN, age, "muted", told=tuple(told))
    word, why, colour = _silence(name, view.pair, standing, hub)
    return Line(title, word, colour=colour, span=2, told=(*told, why))


def _of(name: str, view: PairPrice) -> QuoteView | None:
    return next((quote for quote in view.quotes if quote.quote.exchange == name), None)


def _book_text(book: Book) -> str:
    """What is wrong with an order book: "bid 105 above ask 100", "14.2 % between bid 93 and ask 107"."""
    bid, ask = (_digits(side) if side else "" for side in book)
    if not bid or not ask:
        return "nobody asks" if bid else "nobody bids" if ask else "nobody bids or asks"
    spread_pct = book.spread_pct or 0
    if spread_pct < 0:
        return f"bid {bid} above ask {ask}"
    return f"{spread_pct:.1f}{THIN}% between bid {bid} and ask {ask}"


def _digits(price: Decimal) -> str:
    """The exchange's own digits without the noughts that some fill up with."""
    return exact_text(price.normalize())


def _silence(name: str, pair: Pair, standing: Standing | None, hub: Hub) -> tuple[str, str, str]:
    """Why an exchange without trouble has no price of the pair: in a word, for the tooltip, and the colour."""
    exchange = hub.exchanges.get(name)
    standing = standing or Standing(name)
    asked_for = {pair, Pair(pair.base, STAND_IN)} if pair.quote == "USD" else {pair}
    if standing.delisted & asked_for:
        return "delisted?", _DELISTED, "warn"
    if exchange is not None and exchange.only_missing:
        return "not needed", "", "muted"
    if not hub.snapshot.lists(name, pair) or pair in standing.refused:
        return "not listed", "", "muted"
    return "asking…" if hub.polling else UNKNOWN, "", "muted"
