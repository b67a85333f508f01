"""A back-up of the settings: all that holds, readable, without a secret, and good for coming back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.settings import options as o
from cryptoprices.settings.document import document
from cryptoprices.settings.values import Settings, from_text, to_toml
from cryptoprices.storage.settings_file import judged

TABLE = o.declared([o.exchange_options("kraken", True, "https://api.kraken.com"), o.exchange_options("okx", False)])
CHOSEN = {
    "theme": "dark",
    "poll.interval_seconds": 60,
    "watchlist": ("ETH/USD", "BTC/EUR"),
    "exchanges.order": ("okx", "kraken"),
    "exchanges.okx.enabled": "missing",
    "exchanges.kraken.rest_url": "http://127.0.0.1:9000/kraken",
}


def test_what_was_chosen_comes_back_and_nothing_else():
    loaded = judged("kept.toml", document(Settings(CHOSEN), TABLE), TABLE)
    assert loaded.problems == ()
    assert set(loaded.settings.keys()) == set(CHOSEN)
    assert {key: loaded.settings.value(key) for key in CHOSEN} == CHOSEN


def test_what_is_left_to_its_default_is_told_but_not_set():
    lines = document(Settings({"theme": "dark"}), TABLE).splitlines()
    assert 'theme = "dark"' in lines
    assert "# interval_seconds = 20" in lines
    assert lines[lines.index("# interval_seconds = 20") - 1] == "# Time between two polls."
    assert lines.count("[exchanges.kraken]") == lines.count("[exchanges]") == lines.count("[poll]") == 1


@pytest.mark.parametrize("key", ["network.proxy", "fx.rest_url", "exchanges.kraken.stream_url"])
def test_no_login_is_in_it(key):
    scheme = "wss" if key.endswith("stream_url") else "http"
    text = document(Settings({key: f"{scheme}://anna:s3cr3t-canary@host.invalid:3128/a"}), TABLE)
    assert "anna" not in text
    assert "canary" not in text
    assert f'= "{scheme}://host.invalid:3128/a"' in text
    assert "# The name and password in this address are left out" in text


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_written_so_that_it_is_read_as_it_was(text):
    assert from_text(o.Setting("x", "", ""), to_toml(text)) == text
