"""A hub with six exchanges that answer what a test says, and the window on top of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from cryptoprices.core.board import Board
from cryptoprices.core.errors import Reason
from cryptoprices.core.market import Pair, Quote, Round, Standing, Ticker
from cryptoprices.core.snapshot import LastKnown
from cryptoprices.core.source import Exchange, Source
from cryptoprices.qt.hub import Hub
from cryptoprices.ui.main_window import MainWindow
from cryptoprices.ui.theme import ThemeKeeper

BTC, ETH, SHIB = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SHIB", "USD")
BTC_USDT = Pair("BTC", "USDT")
NAMES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance")
THIN = "\u202f"


def source(name: str, title: str = "", attribution: str = "") -> Source:
    """A source as far as a view asks for it."""

    class Plain(Source):
        base_url = f"https://{name}.invalid"
        quote_currencies = frozenset({"USD"})

    Plain.name, Plain.title, Plain.attribution = name, title or name.capitalize(), attribution
    return Plain()


class Rig:
    """clock: the fake clock. price(pair) as all exchanges say it is in `prices`."""

    def __init__(self, clock, pairs: Sequence[Pair] = (BTC, ETH, SHIB), last_known: Mapping[Pair, str] = {}) -> None:
        self.time = clock
        known = {
            pair: LastKnown(Decimal(p), clock.wall_ms - 240_000, Decimal("1.84")) for pair, p in last_known.items()
        }
        board = Board(NAMES, last_known=known, lists=lambda name, pair: name != "binance" or pair.quote == "USDT")
        self.hub = Hub(board, clock.clock, pairs)
        self.poll_number = 0

    def name_exchanges(self, **changes: Exchange) -> None:
        """Give the hub its exchanges, as the second stage does."""
        plain = {name: Exchange(s := source(name), s.base_url, s.stream_url) for name in NAMES}
        self.hub.exchanges = {**plain, **changes}

    def quote(self, name: str, pair: Pair, price: str, change: str | None = None) -> Quote:
        """One exchange's answer as of now."""
        p = Decimal(price)
        ticker = Ticker(
            pair,
            p,
            change_24h_pct=None if change is None else Decimal(change),
            high_24h=p * Decimal("1.01"),
            low_24h=p * Decimal("0.99"),
        )
        return Quote(name, ticker, self.time.boot_s, self.time.wall_ms)

    def poll(self, prices: Mapping[Pair, str], changes: Mapping[Pair, str] = {}, **own: str) -> None:
        """A poll in which all USD exchanges answer alike, but those in `own` say that of Bitcoin."""
        quotes = [
            self.quote(name, pair, own.get(name, price) if pair == BTC else price, changes.get(pair))
            for name in NAMES[:5]
            for pair, price in prices.items()
        ]
        self.take(*quotes, standings=[Standing(name) for name in NAMES])

    def take(self, *quotes: Quote, standings: Sequence[Standing] = (), last: bool = True) -> None:
        """A round."""
        self.poll_number += 1
        self.hub.apply(Round(self.poll_number, self.time.boot_s, quotes, tuple(standings), last))

    def fail(self, reason: Reason, again_in_s: float = 12.0, names: Sequence[str] = NAMES) -> None:
        """A poll in which these exchanges fail."""
        again = self.time.boot_s + again_in_s
        self.take(standings=[Standing(n, reason, f"{n} said <b>no</b>", 1, again) for n in names])
        self.hub.set_schedule(False, again, False)

    def window(
        self, qtbot, theme: str = "dark", filled: bool = True, demo: bool = False, state: Mapping[str, object] = {}
    ) -> MainWindow:
        """The window, shown, with all panels, as it was left in `state`."""
        keeper = ThemeKeeper(theme)
        window = MainWindow(self.hub, keeper, demo)
        keeper.setParent(window)
        qtbot.addWidget(window, before_close_func=MainWindow.close_for_good)
        window.restore_geometry_state(state)
        if filled:
            window.docks.fill()
        window.show()
        qtbot.waitExposed(window)
        return window
