"""Coins that no exchange lists, where exchanges say so in their own ways: compare and history end with status 1."""

import pytest
from one_exchange import Exchange, only

from cryptoprices import headless, headless_past


@pytest.mark.logs("bitfinex")
@pytest.mark.parametrize("coins", [("XYZ", "ZYX"), ("XYZ",)])
def test_an_answer_without_any_price_says_that_it_is_not_listed(tmp_path, capsys, monkeypatch, coins):
    monkeypatch.setattr(headless, "log_to", lambda handler, level: None)
    with Exchange(200, b"[]") as empty:
        options = only("bitfinex", tmp_path, f"http://127.0.0.1:{empty.server_port}")
        assert headless_past.compare(options, coins, "1d", as_json=False) == 1
    *unlisted, why = capsys.readouterr().err.splitlines()
    assert unlisted == [f"{coin}/USD: no enabled exchange lists it" for coin in coins]
    assert why.startswith("bitfinex: sent an answer that cannot be used")
