"""Names of coins, and what CoinGecko calls them (symbols are ambiguous there).

Ids: https://api.coingecko.com/api/v3/coins/list
"""

from typing import NamedTuple


class Coin(NamedTuple):
    """A coin's English name and its id at CoinGecko."""

    name: str
    coingecko_id: str


COINS = {
    "BTC": Coin("Bitcoin", "bitcoin"),
    "ETH": Coin("Ether", "ethereum"),
    "SOL": Coin("Solana", "solana"),
    "XRP": Coin("XRP", "ripple"),
    "ADA": Coin("Cardano", "cardano"),
    "DOGE": Coin("Dogecoin", "dogecoin"),
    "LTC": Coin("Litecoin", "litecoin"),
    "SHIB": Coin("Shiba Inu", "shiba-inu"),
    "USDT": Coin("Tether", "tether"),
    "USDC": Coin("USD Coin", "usd-coin"),
    "DAI": Coin("Dai", "dai"),
    "BNB": Coin("BNB", "binancecoin"),
    "TRX": Coin("TRON", "tron"),
    "DOT": Coin("Polkadot", "polkadot"),
    "AVAX": Coin("Avalanche", "avalanche-2"),
    "LINK": Coin("Chainlink", "chainlink"),
    "BCH": Coin("Bitcoin Cash", "bitcoin-cash"),
    "XLM": Coin("Stellar", "stellar"),
    "XMR": Coin("Monero", "monero"),
    "ETC": Coin("Ethereum Classic", "ethereum-classic"),
    "ZEC": Coin("Zcash", "zcash"),
    "UNI": Coin("Uniswap", "uniswap"),
    "AAVE": Coin("Aave", "aave"),
    "ATOM": Coin("Cosmos Hub", "cosmos"),
    "NEAR": Coin("NEAR Protocol", "near"),
    "ALGO": Coin("Algorand", "algorand"),
    "FIL": Coin("Filecoin", "filecoin"),
    "HBAR": Coin("Hedera", "hedera-hashgraph"),
    "ICP": Coin("Internet Computer", "internet-computer"),
    "XTZ": Coin("Tezos", "tezos"),
    "MKR": Coin("Maker", "maker"),
    "PEPE": Coin("Pepe", "pepe"),
    "TON": Coin("Toncoin", "the-open-network"),
    "SUI": Coin("Sui", "sui"),
    "APT": Coin("Aptos", "aptos"),
    "ARB": Coin("Arbitrum", "arbitrum"),
    "OP": Coin("Optimism", "optimism"),
    "EOS": Coin("EOS", "eos"),
    "DASH": Coin("Dash", "dash"),
    "BAT": Coin("Basic Attention Token", "basic-attention-token"),
}


def coin_name(symbol: str) -> str:
    """The English name ("BTC" -> "Bitcoin"); a coin not in the table is called by its symbol."""
    coin = COINS.get(symbol)
    return coin.name if coin else symbol


COINGECKO_IDS = {symbol: coin.coingecko_id for symbol, coin in COINS.items()}
