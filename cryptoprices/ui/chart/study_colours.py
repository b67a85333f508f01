"""Which colour each line of a study has: one of its own for as long as there are free ones."""

from collections import Counter
from collections.abc import Collection, Sequence

from cryptoprices.ui.theme import Theme


class StudyColours:
    """A study keeps its colours while it is chosen, whatever else is added or removed."""

    def __init__(self) -> None:
        self._held: dict[str, list[int]] = {}  # by its name: places in the palette

    def keep(self, names: Collection[str]) -> None:
        """Only these are chosen now."""
        self._held = {name: held for name, held in self._held.items() if name in names}

    def give(self, name: str, count: int, theme: Theme, own_pane: bool, shown: Collection[str]) -> list[str]:
        """Colours for so many lines of this one: those that the others that are shown have least.

        A pane of its own begins with the accent, over the prices that comes last.
        """
        palette = (*theme.studies, theme.accent)
        order: Sequence[int] = range(-1, len(theme.studies)) if own_pane else range(len(palette))
        held = self._held.setdefault(name, [])
        used = Counter(place for other in shown for place in self._held.get(other, ()))
        while len(held) < count:
            free = min(used[place % len(palette)] for place in order)
            place = next(place % len(palette) for place in order if used[place % len(palette)] == free)
            held.append(place)
            used[place] += 1
        return [palette[place] for place in held[:count]]
