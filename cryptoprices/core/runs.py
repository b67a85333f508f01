"""Runs of bars that are reckoned each by itself, and put together again."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cryptoprices.core.studies import Trace


def in_runs(edges: NDArray[np.intp], count: int, reckon: Callable[[slice], Sequence[Trace]]) -> tuple[Trace, ...]:
    """The traces of `count` bars; they begin anew at the indices `edges`, which rise. reckon: those of one run."""
    ends = [0, *edges.tolist(), count]
    parts = [reckon(slice(since, until)) for since, until in pairwise(ends)]
    return tuple(map(_end_to_end, zip(*parts, strict=True)))


def _end_to_end(pieces: tuple[Trace, ...]) -> Trace:
    """One trace of those of the runs, which follow each other."""
    first = pieces[0]
    lower = (
        np.concatenate([piece.lower for piece in pieces if piece.lower is not None])
        if first.lower is not None
        else None
    )
    return first._replace(values=np.concatenate([piece.values for piece in pieces]), lower=lower)
