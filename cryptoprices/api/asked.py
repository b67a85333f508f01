"""The shapes of what clients send, by which bodies are checked and which the OpenAPI document says."""

from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cryptoprices.core.content import LONGEST_NOTE
from cryptoprices.core.plain import plain

_PAIR = r"^[A-Za-z0-9]{1,12}[-/][A-Za-z0-9]{1,12}$"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"[^\W_]"),  # a letter or digit, of any script
    AfterValidator(plain),
    Field(examples=["Layer 1"]),
]
Note = Annotated[str, StringConstraints(max_length=LONGEST_NOTE), AfterValidator(partial(plain, limit=LONGEST_NOTE))]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,30}(\.[0-9]{1,30})?$", examples=["0.9998"])]
AskedPair = Annotated[str, Field(pattern=_PAIR, examples=["BTC-USD"])]
AskedPairs = Annotated[list[AskedPair], Field(min_length=1, max_length=200, examples=[["BTC-USD", "ETH-USD"]])]


class Asked(BaseModel):
    """What a client sends: a member that we do not know is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewWatchlist(Asked):
    """What a watchlist is to be."""

    name: Name
    pairs: AskedPairs


class WatchlistChange(Asked):
    """What of a watchlist is to change; what is absent stays."""

    name: Name | None = None
    pairs: AskedPairs | None = None


class NewManualPrice(Asked):
    """A price to be set."""

    pair: AskedPair
    price: Amount
    note: Note = Field("", examples=["OTC, desk B"])
    valid_until: str | None = Field(None, examples=["2030-01-01T00:00:00Z"], json_schema_extra={"format": "date-time"})


class ManualPriceChange(Asked):
    """What of a price is to change; what is absent stays."""

    price: Amount | None = None
    note: Note | None = None
    valid_until: str | None = Field(None, json_schema_extra={"format": "date-time"})


class SettingChange(Asked):
    """What a setting is to be: a number, a text, true or false, or a list of texts."""

    value: bool | int | float | str | list[str] = Field(examples=[30])
