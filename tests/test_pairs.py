"""Which pairs stand against each other."""

from cryptoprices.core.market import Pair
from cryptoprices.core.pairs import compared_pairs, ratio_pairs


def test_bitcoin_stands_against_ether_or_against_the_chosen_coin():
    btc, eth, sol, euro = Pair("BTC", "USD"), Pair("ETH", "USD"), Pair("SOL", "USD"), Pair("ETH", "EUR")
    assert compared_pairs([btc, eth, sol], btc) == (btc, eth)
    assert compared_pairs([sol, eth, btc], eth) == (btc, eth)
    assert compared_pairs([btc, eth, sol], sol) == (btc, sol)
    assert compared_pairs([btc, euro], euro) == (euro,)
    assert ratio_pairs([euro, btc, eth]) == (eth, btc)
    assert ratio_pairs([btc, euro]) is None
