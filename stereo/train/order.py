"""Which samples make up which batch: a function of the seed and the step alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["BatchOrder"]


class BatchOrder:
    """The keys of each batch: each sample comes once an epoch, in another order each time.

    A training that is continued at a step gets what it would have got without interruption.

    Parameters
    ----------
    samples : int
        Number of samples.
    batch_size : int
        Of all processes together.
    seed : int
        Chooses the orders.
    steps : range
        The steps to make, counted from 0.
    rank, ranks : int
        This process and the number of them: each takes its share of every batch.
    """

    def __init__(
        self, samples: int, batch_size: int, seed: int, steps: range, rank: int = 0, ranks: int = 1
    ) -> None:
        self._samples, self._batch_size, self._seed = samples, batch_size, seed
        self._steps, self._rank, self._ranks = steps, rank, ranks
        self._epoch = -1
        self._order: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        """Go through the batches: lists of (place in the training, number of the sample)."""
        for step in self._steps:
            first = step * self._batch_size
            places = range(first + self._rank, first + self._batch_size, self._ranks)
            yield [(place, self._sample(place)) for place in places]

    def _sample(self, place: int) -> int:
        epoch, position = divmod(place, self._samples)
        if epoch != self._epoch:
            rng = np.random.Generator(np.random.PCG64([self._seed, epoch]))
            self._epoch, self._order = epoch, rng.permutation(self._samples)
        return int(self._order[position])
