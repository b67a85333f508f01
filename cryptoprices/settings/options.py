"""Every setting, one line each. The names are part of the contract with people and programs outside.

`declared(...)` is the table that the file, the command and the checks read.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cryptoprices.core.currency import CURRENCIES, RATES_URL
from cryptoprices.core.market import Pair
from cryptoprices.settings.declare import Setting

if TYPE_CHECKING:  # its module loads what the first frame has no time for
    from cryptoprices.core.source import Source


def _pairs(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Pairs, each once, in the person's order. Raises ValueError for what is no pair, and for none at all."""
    if not texts:
        raise ValueError("needs at least one pair, like BTC/USD")
    return tuple(dict.fromkeys(str(Pair.parse(text)) for text in texts))


def _pair(text: str) -> str:
    return str(Pair.parse(text))


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code not in CURRENCIES:
        raise ValueError(f"{text!r} is not a currency that prices can be shown in; there are {', '.join(CURRENCIES)}")
    return code


def _address(text: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in schemes and parts.hostname and (parts.port or True)
    except ValueError:  # a port that is no number, a broken IPv6 address
        good = False
    if not good:
        raise ValueError(f"{text!r} is not an address; write {schemes[0]}://host")
    return text.rstrip("/")


def _rest(text: str) -> str:
    return _address(text, ("https", "http"))


def _stream(text: str) -> str:
    return text and _address(text, ("wss", "ws"))


def _proxy(text: str) -> str:
    if text in ("system", "none"):
        return text
    try:
        return _address(text, ("http", "https", "socks5", "socks5h", "socks4", "socks4a"))
    except ValueError:
        raise ValueError(f'{text!r} is not a proxy; write "system", "none" or http://host:port') from None


POLL_INTERVAL_S = Setting(
    "poll.interval_seconds", 20, "Time between two polls.", low=5, high=3600, unit="s", at_once=True
)
WATCHLIST: Setting[tuple[str, ...]] = Setting(
    "watchlist", ("BTC/USD", "ETH/USD"), "The pairs that are watched, in your order.", check=_pairs, at_once=True
)
EXCHANGE_ORDER: Setting[tuple[str, ...]] = Setting(
    "exchanges.order", (), "Exchanges in your order; the others follow.", at_once=True
)
STREAM_ENABLED = Setting("stream.enabled", True, "Whether prices are streamed between two polls.", at_once=True)
PROXY = Setting("network.proxy", "system", 'Proxy for all requests: "system", "none" or an address.', check=_proxy)
THEME = Setting("theme", "system", "Colours of the window.", choices=("system", "light", "dark"), at_once=True)
TRAY_PAIR = Setting(
    "tray.pair", "BTC/USD", "The pair whose price is in the tray while it is watched.", check=_pair, at_once=True
)
RAW_DAYS = Setting("history.raw_days", 7, "How long every price is kept.", low=1, high=366, unit="days")
MINUTE_DAYS = Setting("history.minute_days", 90, "How long minutes are kept.", low=1, high=3660, unit="days")
HOUR_DAYS = Setting("history.hour_days", 730, "How long hours are kept; days stay.", low=7, high=36600, unit="days")
CURRENCY = Setting(
    "currency", "USD", "Currency that prices in dollars are shown in, like EUR or JPY.", check=_currency, at_once=True
)
FX_REST_URL = Setting("fx.rest_url", RATES_URL, "Address of the exchange rates' service.", check=_rest)
API_ENABLED = Setting("api.enabled", False, "Whether the window serves the local API.", at_once=True)
API_PORT = Setting(
    "api.port", 8020, "Port of the local API; `serve` takes it when it starts.", low=1, high=65535, at_once=True
)
DEMO_SEED = Setting("demo.seed", 0, "Number of a simulated market; 0 makes a new one.", low=0, high=2**31 - 1)

OPTIONS: tuple[Setting[Any], ...] = (
    POLL_INTERVAL_S, WATCHLIST, EXCHANGE_ORDER, STREAM_ENABLED, PROXY, THEME, TRAY_PAIR, DEMO_SEED,
    RAW_DAYS, MINUTE_DAYS, HOUR_DAYS, CURRENCY, FX_REST_URL, API_ENABLED, API_PORT,
)  # fmt: skip


class ExchangeOptions(NamedTuple):
    """The settings of one exchange. enabled: True, False or "missing" (asked for pairs that no other lists)."""

    name: str
    enabled: Setting[bool | str]
    rest_url: Setting[str]
    stream_url: Setting[str]


def exchange_options(
    name: str, enabled: bool | str = True, rest_url: str = "", stream_url: str = ""
) -> ExchangeOptions:
    """The family `exchanges.<name>.*`, declared once. Without the built-in addresses it serves for checking only."""
    key = f"exchanges.{name}."
    choices: tuple[bool | str, ...] = (True, False, "missing")
    return ExchangeOptions(
        name,
        Setting(
            key + "enabled",
            enabled,
            'Whether it is asked; "missing": only for what no other lists.',
            choices=choices,
            at_once=True,
        ),
        Setting(key + "rest_url", rest_url, "Its address; a path in it is kept.", check=_rest, at_once=True),
        Setting(
            key + "stream_url",
            stream_url,
            "Address of its stream, used as it stands.",
            check=_stream,
            at_once=True,
        ),
    )


def options_of(source: "Source") -> ExchangeOptions:
    """The family with this source's built-in values."""
    enabled = "missing" if source.only_missing else source.on_by_default
    return exchange_options(source.name, enabled, source.base_url, source.stream_url)


def declared(exchanges: Iterable[ExchangeOptions]) -> Mapping[str, Setting[Any]]:
    """Key -> setting, of everything that exists, with these exchanges."""
    families = tuple(exchanges)
    names = tuple(family.name for family in families)
    order = EXCHANGE_ORDER._replace(check=lambda value: _known(value, names))
    table = {setting.key: order if setting.key == order.key else setting for setting in OPTIONS}
    return table | {setting.key: setting for family in families for setting in family[1:]}


def _known(chosen: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    for name in chosen:
        if name not in names:
            raise ValueError(f"{name!r} is not an exchange; there are {', '.join(names)}")
    return tuple(dict.fromkeys(chosen))
