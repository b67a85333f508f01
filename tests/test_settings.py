"""Settings: declared once, checked with sentences, and looked up in the order command line, file, default."""

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.settings import options as o
from cryptoprices.settings.values import Settings, WrongSetting, checked, find, from_text, overrides, to_toml

KRAKEN = o.exchange_options("kraken", True, "https://api.kraken.com", "wss://ws.kraken.com/v2")
TABLE = o.declared([KRAKEN, o.exchange_options("okx", False)])


def test_a_setting_that_nobody_set_has_its_default():
    settings = Settings()
    assert settings[o.POLL_INTERVAL_S] == 20
    assert settings[o.WATCHLIST] == ("BTC/USD", "ETH/USD")
    assert settings[KRAKEN.rest_url] == "https://api.kraken.com"
    assert settings[KRAKEN.enabled] is True


def test_every_setting_has_a_help_and_a_default_that_passes_its_own_check():
    for setting in TABLE.values():
        assert setting.help.endswith(".")
        if setting.key != "exchanges.okx.rest_url":  # declared without its built-in address here
            assert checked(setting, setting.default) == setting.default


def test_the_family_of_an_exchange_is_declared_once_and_its_names_filled_in():
    assert [key for key in TABLE if key.startswith("exchanges.okx.")] == [
        "exchanges.okx.enabled", "exchanges.okx.rest_url", "exchanges.okx.stream_url",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("poll.interval_seconds=30", 30),
        ("watchlist=btc-usd,ETHUSDT", ("BTC/USD", "ETH/USDT")),
        ('watchlist=["eth/btc", "ETH-BTC"]', ("ETH/BTC",)),
        ("theme=dark", "dark"),
        ('theme="light"', "light"),
        ("network.proxy=none", "none"),
        ("network.proxy=socks5://127.0.0.1:9050", "socks5://127.0.0.1:9050"),
        ("exchanges.kraken.rest_url=http://127.0.0.1:9000/kraken/", "http://127.0.0.1:9000/kraken"),
        ("exchanges.okx.enabled=true", True),
        ("exchanges.okx.enabled=missing", "missing"),
        ("exchanges.order=okx,kraken", ("okx", "kraken")),
        ("tray.pair=eth-usd", "ETH/USD"),
        ("demo.seed=7", 7),
    ],
)
def test_an_override_is_a_toml_value_or_a_bare_word(text, value):
    key = text.partition("=")[0]
    assert overrides([text], TABLE) == {key: value}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("poll.interval=30", "poll.interval: there is no such setting; did you mean poll.interval_seconds?"),
        ("zzz=1", "zzz: there is no such setting; `cryptoprices settings` lists them all"),
        ("theme", "theme: write KEY=VALUE, like poll.interval_seconds=30"),
        ("poll.interval_seconds=4", "poll.interval_seconds: 4 is out of bounds; use 5 to 3600 s"),
        ("poll.interval_seconds=3601", "poll.interval_seconds: 3601 is out of bounds; use 5 to 3600 s"),
        ("poll.interval_seconds=fast", 'poll.interval_seconds: "fast" is not a whole number, like 20'),
        ("poll.interval_seconds=true", "poll.interval_seconds: true is not a whole number, like 20"),
        ("poll.interval_seconds=7.5", "poll.interval_seconds: 7.5 is not a whole number, like 20"),
        ("theme=blue", 'theme: "blue" is none of "system", "light", "dark"'),
        ("watchlist=bitcoin", "watchlist: 'bitcoin' is not a pair; write it like BTC/USD"),
        ("watchlist=[]", "watchlist: needs at least one pair, like BTC/USD"),
        ("watchlist=[1]", 'watchlist: [1] is not a list of texts, like ["BTC/USD", "ETH/USD"]'),
        ("network.proxy=yes", "network.proxy: 'yes' is not a proxy; write \"system\", \"none\" or http://host:port"),
        ("network.proxy=a:b", "network.proxy: 'a:b' is not a proxy; write \"system\", \"none\" or http://host:port"),
        ("exchanges.okx.enabled=1", 'exchanges.okx.enabled: 1 is none of true, false, "missing"'),
        ("exchanges.okx.rest_url=ftp://x", "exchanges.okx.rest_url: 'ftp://x' is not an address; write https://host"),
        ("exchanges.order=kraken,okxx", "exchanges.order: 'okxx' is not an exchange; there are kraken, okx"),
    ],
)  # fmt: skip
def test_a_wrong_override_is_one_sentence_with_the_key_and_what_would_be_right(text, sentence):
    with pytest.raises(WrongSetting) as caught:
        overrides([text], TABLE)
    assert str(caught.value) == sentence


def test_values_lie_above_each_other_and_the_original_stays():
    below = Settings({"theme": "dark", "demo.seed": 3})
    above = below.with_values({"theme": "light"})
    assert (above[o.THEME], above[o.DEMO_SEED], below[o.THEME]) == ("light", 3, "dark")
    assert above.without(["theme"])[o.THEME] == "system"


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_wrong_setting(text):
    for setting in TABLE.values():
        with suppress(WrongSetting):
            value = from_text(setting, text)
            assert checked(setting, tomllib.loads(f"x = {to_toml(value)}")["x"]) == value


def test_a_setting_is_found_by_its_key():
    assert find("theme", TABLE) is o.THEME
