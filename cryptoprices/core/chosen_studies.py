"""Which studies a person has chosen and with which periods, and how that is kept from one run to the next."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from cryptoprices.core.candles import Candles
from cryptoprices.core.figures import closes_of
from cryptoprices.core.indicators import INDICATORS, Indicator
from cryptoprices.core.pair_studies import PAIR_STUDIES, PairStudy

AnyStudy = Indicator | PairStudy
STUDIES: Mapping[str, AnyStudy] = {**INDICATORS, **PAIR_STUDIES}
FIRST = ("correlation",)
"""What is there before anybody has chosen."""

_MOST = 32  # studies that are taken from an earlier run
_NO_CANDLES = Candles.of(())
_NO_CLOSES = closes_of(_NO_CANDLES, "1m")


class Chosen(NamedTuple):
    """name: tells it from others of its kind. values: of all parameters."""

    name: str
    study: AnyStudy
    values: Mapping[str, float]

    @property
    def label(self) -> str:
        """ "SMA 20"."""
        return self.study.label(self.values)

    @property
    def of_two(self) -> bool:
        """Whether it is of two coins."""
        return isinstance(self.study, PairStudy)

    @property
    def bars_before(self) -> int:
        """How many bars it needs before the first one that is shown."""
        return self.study.bars_before(self.values)

    @property
    def of_sessions(self) -> bool:
        """Whether its values go by the time of the day: what begins at midnight needs all bars since then."""
        return self.study.of_sessions


class ChosenStudies:
    """Those that a person has chosen, oldest first."""

    def __init__(self) -> None:
        self.all: list[Chosen] = []
        for key in FIRST:
            self.add(key)

    def __getitem__(self, name: str) -> Chosen:
        """Raises KeyError where there is none of this name."""
        for chosen in self.all:
            if chosen.name == name:
                return chosen
        raise KeyError(name)

    def add(self, key: str, values: Mapping[str, float] = {}, name: str = "") -> Chosen:
        """One more. values: the defaults where none are given. name: a new one if it is empty or taken.

        Raises KeyError for an unknown study, ValueError with one sentence for what is not allowed.
        """
        study, taken = STUDIES[key], {chosen.name for chosen in self.all}
        names = (name, key, *(f"{key}-{number}" for number in range(2, len(taken) + 3)))
        chosen = Chosen(next(one for one in names if one and one not in taken), study, _checked(study, values))
        self.all.append(chosen)
        return chosen

    def edit(self, name: str, values: Mapping[str, float]) -> None:
        """With these parameters from now on. Raises ValueError with one sentence for what is not allowed, KeyError."""
        before = self[name]
        self.all[self.all.index(before)] = before._replace(values=_checked(before.study, values))

    def remove(self, name: str) -> None:
        """Without it. Raises KeyError where there is none of this name."""
        self.all.remove(self[name])

    def state(self) -> list[dict[str, object]]:
        """In plain values for `take`."""
        return [{"name": one.name, "study": one.study.key, "values": dict(one.values)} for one in self.all]

    def take(self, state: object) -> None:
        """Those of an earlier run; what is strange is passed over, one by one, and all of it where it is no list."""
        if not isinstance(state, list):
            return
        self.all = []
        for row in state[:_MOST]:
            if not isinstance(row, dict):
                continue
            name, key, values = (row.get(part) for part in ("name", "study", "values"))
            if not isinstance(key, str) or key not in STUDIES or not isinstance(values, dict):
                continue
            if all(type(value) in (int, float) for value in values.values()):
                self._add_kept(key, values, name if isinstance(name, str) else "")

    def _add_kept(self, key: str, values: Mapping[str, float], name: str) -> None:
        try:
            self.add(key, values, name if re.fullmatch(rf"{key}(-\d{{1,4}})?", name, re.ASCII) else "")
        except ValueError:
            return


def _checked(study: AnyStudy, values: Mapping[str, float]) -> Mapping[str, float]:
    """All parameters, tried on nothing: what a function does not allow it says before it looks at its arrays."""
    chosen = study.chosen(values)
    if isinstance(study, PairStudy):
        study.run(_NO_CLOSES, _NO_CLOSES, **chosen)
    else:
        study.run(_NO_CANDLES, **chosen)
    return chosen
