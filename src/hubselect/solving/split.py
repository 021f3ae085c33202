"""A model cut in two: the hubs, and what depends on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hubselect.arrays import Arrays
from hubselect.instance import Ints
from hubselect.solving.lazy import with_columns, with_rows


@dataclass(frozen=True, eq=False)
class Split:
    """A model cut in two: columns of hubs, rows of hubs alone, and the other rows."""

    arrays: Arrays
    hubs: Ints  # positions of the integer columns
    pure: Ints  # rows that hold integer columns only
    mixed: Ints  # all other rows

    @classmethod
    def of(cls, arrays: Arrays) -> Split:
        """Split a model by its integer columns."""
        continuous = arrays.matrix[:, np.flatnonzero(~arrays.integer)]
        alone = np.diff(continuous.indptr) == 0
        return cls(
            arrays,
            np.flatnonzero(arrays.integer),
            np.flatnonzero(alone),
            np.flatnonzero(~alone),
        )

    def alone(self) -> Arrays:
        """The hubs and the rows of hubs alone, at no cost."""
        a = self.arrays
        return replace(
            with_columns(with_rows(a, self.pure), self.hubs),
            cost=np.zeros(len(self.hubs)),
            offset=0.0,
        )
