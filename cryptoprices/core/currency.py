"""Currencies that prices are shown in: their names and digits, and the reference rates that lead there from dollars.

Codes and digits: ISO 4217. The European Central Bank names those down to ZAR; the rest need another service.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple


class Currency(NamedTuple):
    """name: the English plural, as it is spoken. digits: decimals of its minor unit."""

    name: str
    digits: int = 2


CURRENCIES = {
    "USD": Currency("US dollars"),
    "EUR": Currency("euros"),
    "GBP": Currency("British pounds"),
    "JPY": Currency("yen", 0),
    "CHF": Currency("Swiss francs"),
    "AUD": Currency("Australian dollars"),
    "BRL": Currency("Brazilian reais"),
    "CAD": Currency("Canadian dollars"),
    "CNY": Currency("Chinese yuan"),
    "CZK": Currency("Czech korunas"),
    "DKK": Currency("Danish kroner"),
    "HKD": Currency("Hong Kong dollars"),
    "HUF": Currency("Hungarian forints"),
    "IDR": Currency("Indonesian rupiahs"),
    "ILS": Currency("Israeli shekels"),
    "INR": Currency("Indian rupees"),
    "ISK": Currency("Icelandic kronur", 0),
    "KRW": Currency("South Korean won", 0),
    "MXN": Currency("Mexican pesos"),
    "MYR": Currency("Malaysian ringgit"),
    "NOK": Currency("Norwegian kroner"),
    "NZD": Currency("New Zealand dollars"),
    "PHP": Currency("Philippine pesos"),
    "PLN": Currency("Polish zlotys"),
    "RON": Currency("Romanian lei"),
    "SEK": Currency("Swedish kronor"),
    "SGD": Currency("Singapore dollars"),
    "THB": Currency("Thai baht"),
    "TRY": Currency("Turkish liras"),
    "ZAR": Currency("South African rand"),
    "AED": Currency("UAE dirhams"),
    "CLP": Currency("Chilean pesos", 0),
    "KWD": Currency("Kuwaiti dinars", 3),
    "SAR": Currency("Saudi riyals"),
    "TWD": Currency("Taiwan dollars"),
    "UAH": Currency("Ukrainian hryvnias"),
    "VND": Currency("Vietnamese dong", 0),
}


RATES_URL = "https://api.frankfurter.dev"


class Rates(NamedTuple):
    """What a US dollar cost in other currencies on one day.

    date: YYYY-MM-DD, a working day in Frankfurt; the rates were made at 14:15 there, known since about 16:00. per_usd:
    code of a currency -> units of it for one dollar, above zero; the dollar itself is not in it.
    """

    date: str
    per_usd: Mapping[str, Decimal]
