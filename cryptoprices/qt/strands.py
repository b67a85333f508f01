"""The bars of all pairs that are shown: which there are, and what is loaded of them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from cryptoprices.core.bars import Bars
from cryptoprices.core.market import Pair
from cryptoprices.core.past import Progress
from cryptoprices.qt.past import Archive
from cryptoprices.qt.past_rates import PastRates
from cryptoprices.qt.recorder import Recorder
from cryptoprices.qt.strand import Strand
from cryptoprices.qt.tasks import Tasks


class Loading(NamedTuple):
    """A fill that runs. progress: None until the first page has come."""

    pair: Pair
    progress: Progress | None


class Strands(QObject):
    """One for each pair. built, filling_changed, filled: as of Strand, of any of them."""

    built = Signal()
    filling_changed = Signal()
    filled = Signal()

    def __init__(self, recorder: Recorder, rates: PastRates, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recorder, self._rates = recorder, rates
        self._sources: tuple[Archive, Tasks] | None = None
        self._strands: dict[Pair, Strand] = {}

    def take_archive(self, archive: Archive, tasks: Tasks) -> None:
        """From now on there is a past."""
        self._sources = (archive, tasks)

    @property
    def ready(self) -> bool:
        """Whether there is an archive."""
        return self._sources is not None

    def __iter__(self) -> Iterator[Strand]:
        return iter(self._strands.values())

    def get(self, pair: Pair) -> Strand | None:
        """The pair's, None where it is not shown."""
        return self._strands.get(pair)

    def bars(self, pair: Pair) -> Bars | None:
        """The pair's bars, None while there are none."""
        strand = self.get(pair)
        return strand.bars if strand else None

    @property
    def loading(self) -> Loading | None:
        """The fill that the person waits for first."""
        filling = next((strand for strand in self if strand.filling), None)
        return Loading(filling.pair, filling.progress) if filling else None

    def follow(self, pairs: Iterable[Pair]) -> list[Strand]:
        """Have strands of these pairs, in this order, and of no others. Returns the new ones."""
        if self._sources is None:
            return []
        wanted = dict.fromkeys(pairs)
        for pair in self._strands.keys() - wanted.keys():
            strand = self._strands.pop(pair)
            strand.cancel()
            strand.deleteLater()
        new = {pair: self._strand(pair, *self._sources) for pair in wanted.keys() - self._strands.keys()}
        self._strands = {pair: new.get(pair) or self._strands[pair] for pair in wanted}
        return [self._strands[pair] for pair in wanted if pair in new]

    def _strand(self, pair: Pair, archive: Archive, tasks: Tasks) -> Strand:
        strand = Strand(pair, self._recorder, self._rates, archive, tasks, self)
        strand.built.connect(self.built)
        strand.filling_changed.connect(self.filling_changed)
        strand.filled.connect(self.filled)
        return strand
