"""A model cut in two: the hubs, and what depends on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Ints
from hubselect.solving.lazy import with_rows


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

    def master(self) -> Arrays:
        """The integer program over hubs and a cost estimate, without cuts yet."""
        a, count = self.arrays, len(self.hubs)
        rows = a.matrix[self.pure][:, self.hubs]
        empty = sparse.csr_array((len(self.pure), 1))
        return replace(
            with_rows(a, self.pure),
            matrix=sparse.csr_array(sparse.hstack([rows, empty])),
            cost=np.append(np.zeros(count), 1.0),
            offset=0.0,
            lower=np.append(a.lower[self.hubs], -np.inf),
            upper=np.append(a.upper[self.hubs], np.inf),
            integer=np.append(np.ones(count, dtype=bool), False),
            columns=(*(a.columns[j] for j in self.hubs), "cost"),
        )
