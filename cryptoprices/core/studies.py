"""What is drawn beside prices: what indicators and the panes of a comparison have in common. No arrays are made here.

A study is one function. Its menu entry, its spin boxes and its help come from its name, signature and docstring:
parameters are the arguments with a default, their bounds stand in the annotation (`Annotated[int, Within(1, 500)]`),
the title is what the docstring says before its first colon, and a parameter is told by "name: a sentence." in it.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self, get_args

if TYPE_CHECKING:
    from cryptoprices.core.candles import Floats


class Draws(StrEnum):
    """How a trace looks."""

    LINE = "line"
    HISTOGRAM = "histogram"  # bars from zero
    BAND = "band"  # filled


class Unit(StrEnum):
    """What the values of a study are."""

    PRICE = "price"  # in the currency of the closes
    PERCENT = "percent"
    NUMBER = "number"
    SCORE = "score"  # about as large as 1, whatever the coin costs
    VOLUME = "volume"  # in the base currency


class Trace(NamedTuple):
    """values: (n,), NaN where unknown. lower: (n,), of a BAND, which lies between both; None otherwise."""

    name: str
    values: "Floats"
    draws: Draws = Draws.LINE
    lower: "Floats | None" = None


class Within(NamedTuple):
    """The bounds of a parameter, both allowed: what stands in its annotation."""

    low: float
    high: float


class Param(NamedTuple):
    """What a person can set. whole: whole numbers only. told: what it means, for a tooltip."""

    name: str
    default: float
    low: float
    high: float
    whole: bool
    told: str

    def checked(self, value: float) -> float:
        """The value, if it is allowed. Raises ValueError with one sentence."""
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(f"{self.name} is {kind} from {self.low:g} to {self.high:g}, not {value:g}")
        return int(value) if self.whole else value


@dataclass(frozen=True, eq=False)
class Study:
    """key: its function's name. short: what legends say. told: what it is and who defined it, for a help text.

    own_pane: not drawn over the prices. levels: lines drawn across, in the study's unit. bounds: what the values can
    never leave, None where they can go anywhere. lead: how many bars of the past it needs, from its parameters, where
    that is more than its periods.
    """

    key: str
    title: str
    short: str
    told: str
    own_pane: bool
    params: tuple[Param, ...]
    levels: tuple[float, ...]
    bounds: tuple[float, float] | None
    unit: Unit
    function: Callable[..., Any]
    lead: Callable[..., int] | None

    @classmethod
    def of(
        cls,
        function: Callable[..., Any],
        short: str = "",
        own_pane: bool = False,
        unit: Unit = Unit.NUMBER,
        levels: tuple[float, ...] = (),
        bounds: tuple[float, float] | None = None,
        lead: Callable[..., int] | None = None,
    ) -> Self:
        """The study that this function is. short: its name in capitals, if none is given."""
        key = function.__name__
        text = [" ".join(part.split()) for part in (inspect.getdoc(function) or "").split("\n\n")]
        arguments = inspect.signature(function).parameters.values()
        told = " ".join(part for part in text if not any(_says(part, argument.name) for argument in arguments))
        params = tuple(_param(argument, text) for argument in arguments if argument.default is not argument.empty)
        title = text[0].partition(":")[0] or key
        return cls(key, title, short or key.upper(), told, own_pane, params, levels, bounds, unit, function, lead)

    def label(self, values: Mapping[str, float]) -> str:
        """ "SMA 20", "MACD 12 26 9": with these parameters, the default for what is not named."""
        return " ".join([self.short, *(f"{values.get(param.name, param.default):g}" for param in self.params)])

    def bars_before(self, values: Mapping[str, float]) -> int:
        """So many bars before the first that is shown, it is what all of the past would make of it.

        values: of all parameters.
        """
        if self.lead:
            return self.lead(**values)
        return sum(int(values[param.name]) for param in self.params if param.whole)

    @property
    def of_sessions(self) -> bool:
        """Whether its values go by the time of the day: they begin anew at midnight."""
        return "open_ms" in self.columns

    @property
    def columns(self) -> list[str]:
        """The names of the arrays that its function takes."""
        return [argument for argument in inspect.signature(self.function).parameters if argument not in self._names]

    @property
    def _names(self) -> set[str]:
        return {param.name for param in self.params}

    def traces(self, columns: Mapping[str, Any], chosen: Mapping[str, float]) -> tuple[Trace, ...]:
        """What its function makes of these; one array alone is a line with the study's label."""
        found = self.function(**columns, **chosen)
        return found if isinstance(found, tuple) else (Trace(self.label(chosen), found),)

    def chosen(self, values: Mapping[str, float]) -> dict[str, float]:
        """All parameters, the default for what is not named. Raises ValueError for what is unknown or not allowed."""
        if unknown := values.keys() - self._names:
            raise ValueError(f"{self.title} has no {min(unknown)}")
        return {param.name: param.checked(values.get(param.name, param.default)) for param in self.params}


def _param(argument: inspect.Parameter, text: list[str]) -> Param:
    kind, within = get_args(argument.annotation)
    told = next(filter(None, (_says(part, argument.name) for part in text)), "")
    return Param(argument.name, argument.default, within.low, within.high, kind is int, told)


def _says(text: str, name: str) -> str:
    """What follows "name: " up to the end of the sentence, "" where it is not there."""
    found = re.search(rf"(?:^|[.,] ){name}: (.+?\.)(?= |$)", text)
    return found[1] if found else ""
