"""Which exchanges a run asks, and where."""

from cryptoprices.core.source import Source
from cryptoprices.net import station
from cryptoprices.settings.options import EXCHANGE_ORDER
from cryptoprices.settings.values import Settings
from cryptoprices.sources.discovery import discover


def names(settings: Settings) -> list[str]:
    return [exchange.source.name for exchange in station.roster(settings, discover())[0]]


def test_those_that_are_on_in_the_persons_order():
    assert names(Settings())[:4] == ["kraken", "coinbase", "bitstamp", "gemini"]
    assert "okx" not in names(Settings())
    chosen = Settings(
        {EXCHANGE_ORDER.key: ("okx", "gemini"), "exchanges.okx.enabled": True, "exchanges.kraken.enabled": False}
    )
    assert names(chosen)[:3] == ["okx", "gemini", "coinbase"]
    assert "kraken" not in names(chosen)


def test_coingecko_is_asked_for_what_is_missing_unless_told_otherwise():
    def only_missing(settings: Settings) -> bool:
        return next(e.only_missing for e in station.roster(settings, discover())[0] if e.source.name == "coingecko")

    assert only_missing(Settings())
    assert not only_missing(Settings({"exchanges.coingecko.enabled": True}))


def test_an_address_of_ones_own_is_used_and_known_as_such(fake_clock):
    settings = Settings({"exchanges.kraken.rest_url": "http://127.0.0.1:9000/kraken"})
    kraken, coinbase, *_ = station.roster(settings, discover())[0]
    assert (kraken.rest_url, kraken.custom_address) == ("http://127.0.0.1:9000/kraken", True)
    assert (coinbase.rest_url, coinbase.custom_address) == (coinbase.source.base_url, False)
    fetcher = station.build(settings, discover(), fake_clock.clock)
    assert fetcher.exchanges[0].rest_url == kraken.rest_url
    fetcher.close()


def test_a_demo_asks_nobody_else(fake_clock):
    settings = Settings({"exchanges.kraken.rest_url": "http://127.0.0.1:9/"})
    demo = {"kraken": "http://127.0.0.1:1/kraken", "okx": "http://127.0.0.1:1/okx"}
    fetcher = station.build(settings, discover(), fake_clock.clock, demo_addresses=demo)
    assert [(exchange.source.name, exchange.rest_url) for exchange in fetcher.exchanges] == [("kraken", demo["kraken"])]
    assert isinstance(fetcher.exchanges[0].source, Source)
    assert not fetcher.exchanges[0].custom_address
    fetcher.close()


def test_who_is_switched_off_is_known_too_in_the_same_order():
    settings = Settings({"exchanges.order": ("okx", "kraken"), "exchanges.kraken.enabled": False})
    asked, off = station.roster(settings, discover())
    assert [exchange.source.name for exchange in off] == ["okx", "kraken"]
    assert "kraken" not in {exchange.source.name for exchange in asked}
    asked, off = station.roster(
        settings, discover(), {"okx": "http://127.0.0.1:1/okx", "gemini": "http://127.0.0.1:1/g"}
    )
    assert [(e.source.name, e.rest_url) for e in (*asked, *off)] == [
        ("gemini", "http://127.0.0.1:1/g"),
        ("okx", "http://127.0.0.1:1/okx"),
    ]
