"""Decisions: what a plan decides, as arrays in the order of the instance's sets."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from hubselect.instance import PAYERS, Floats, Instance


@dataclass(frozen=True, eq=False)
class Decisions:
    """Values of every decision; shapes in brackets, people in heads, money in MMAD."""

    installed: Floats  # [H,K,T] 0 or 1
    seats: Floats  # [R,P,T] started in the year
    places_added: Floats  # [R,P,T]
    jobs: Floats  # [R,S,T] at 31 December
    staff: Floats  # [R,S,G,T]
    recruits: Floats  # [A,G,T]
    talent: Floats  # [R,G,T] at 31 December
    pool: Floats  # [R,Q,T] at 31 December
    hires: Floats  # [R,S,T] over the year
    net_creations: Floats  # [R,S,T] over the year
    carry: Floats  # [payer,T] MMAD carried to the next year

    def __post_init__(self) -> None:
        for item in fields(self):
            getattr(self, item.name).flags.writeable = False

    @classmethod
    def empty(cls, i: Instance) -> dict[str, Floats]:
        """Arrays of zeros of the right shapes, to be filled."""
        n = i.shape
        return {
            item.name: np.zeros([n[letter] if letter in n else len(PAYERS) for letter in sets])
            for item, sets in zip(
                fields(cls),
                ("HKT", "RPT", "RPT", "RST", "RSGT", "AGT", "RGT", "RQT", "RST", "RST", "$T"),
                strict=True,
            )
        }

    @classmethod
    def from_columns(cls, i: Instance, keys: dict[str, dict[tuple[int, ...], float]]) -> Decisions:
        """From solver values by variable name and position.

        Binaries are rounded, noise below zero is cut, and hires and net creations are set to
        what the jobs imply (a solver may leave them above where they cost nothing).
        """
        arrays = cls.empty(i)
        for name, values in keys.items():
            for key, value in values.items():
                arrays[name][key] = max(value, 0.0)
        arrays["installed"] = np.rint(arrays["installed"]) + 0.0  # no −0
        before = np.concatenate([i.base_jobs[:, :, None], arrays["jobs"][:, :, :-1]], axis=2)
        stay = (1.0 - i.attrition)[None, :, None]
        arrays["hires"] = np.maximum(arrays["jobs"] - stay * before, 0.0)
        arrays["net_creations"] = np.maximum(arrays["jobs"] - before, 0.0)
        return cls(**arrays)


DECIDED = tuple(item.name for item in fields(Decisions))


def usable_workstations(i: Instance, installed: Floats) -> Floats:
    """Ramped-up workstations of each site, shape [H,T].

    Σ_k Δ_k Σ_{τ≤t} ramp_up[h,t−τ] · (z[h,k,τ] − z[h,k,τ−1])
    """
    opened = np.diff(installed, axis=2, prepend=0.0)
    size = np.einsum("k,hkt->ht", i.increment, opened)
    usable: Floats = np.zeros(size.shape)
    for t in range(len(i.years)):
        for u in range(t + 1):
            usable[:, t] += i.ramp_up[:, t - u] * size[:, u]
    return usable


def previous_jobs(i: Instance, jobs: Floats) -> Floats:
    """Stock of jobs a year before, the base year's first; shape [R,S,T]."""
    return np.concatenate([i.base_jobs[:, :, None], jobs[:, :, :-1]], axis=2)
