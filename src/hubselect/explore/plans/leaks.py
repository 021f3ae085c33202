"""Where funded seats go: completed, placed, still there in the last year; what a job costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hubselect.plan import Plan


def leaks(plan: Plan) -> pd.DataFrame:
    """The waterfall from funded seats to people in jobs in the last year. Index: stage.

    Columns: heads; share_of_seats; lost (to the stage before); mad_per_head: what the State pays
    for seats and training places over the horizon (undiscounted, less the residual value of
    places), by heads of the stage.

    With n[r,p,τ] seats, f = finishing, c = completion, q = placement, λ the share of the target
    profile that leaves the sector in a year, and T the last year (docs/compare-replan.md):

    - seats: Σ n; ended: Σ n·f[p,t−τ] for t ≤ T (the rest are still in their course)
    - completed: Σ n·f·c; placed (hired into the sector): Σ n·f·c·q
    - still there: Σ n·f·c·q·(1−λ_g)^(T−t), exactly what `talent_balance` keeps of them
    - in a job: still there × staff of the profile ÷ its talent in T. The model does not tell the
      funded from others, so they share the rate of employment of their profile.
    """
    i, d = plan.instance, plan.decisions
    seats = d.seats.sum(axis=0)  # [P,T]
    years, heads = len(i.years), np.zeros(6)
    rate = _employed(plan)
    for p, g in enumerate(i.programme_target):
        for t in range(years):
            ended = float(sum(seats[p, u] * i.finishing[p, t - u] for u in range(t + 1)))
            completed = ended * float(i.completion[p])
            placed = completed * float(i.placement[p])
            there = placed * float(1.0 - i.leaving[g]) ** (years - 1 - t)
            heads += [0.0, ended, completed, placed, there, there * rate[int(g)]]
    heads[0] = seats.sum()
    paid = plan.costs[
        (plan.costs["payer"] == "state") & plan.costs["kind"].isin(["seats", "training_places"])
    ]["mad_million"].sum()
    added = d.places_added.sum(axis=0) * i.place_cost[:, None]
    paid -= float((added * i.residual_place[None, :]).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame(
            {
                "heads": heads,
                "share_of_seats": heads / heads[0],
                "lost": -np.diff(heads, prepend=heads[0]),
                "mad_per_head": paid * 1e6 / heads,
            },
            index=pd.Index(
                ["seats", "ended", "completed", "placed", "still there", "in a job"], name="stage"
            ),
        )
    return table.replace([np.inf, -np.inf], np.nan)


def public_cost_per_net_job(plan: Plan) -> float:
    """What the State pays over the horizon for each job added since the base year, MAD.

    Σ cash lines of the State, undiscounted, ÷ (jobs in the last year − jobs in the base year): the
    whole programme, premiums included, not only training. NaN where no job is added.
    """
    costs = plan.costs
    cash = ~costs["kind"].isin(["residual_value", "tax_expenditure"])
    paid = costs[(costs["payer"] == "state") & cash]["mad_million"].sum() * 1e6
    added = plan.decisions.jobs[:, :, -1].sum() - plan.instance.base_jobs.sum()
    return float(paid / added) if added > 0.5 else np.nan


def _employed(plan: Plan) -> list[float]:
    """Share of each profile's talent that is staff in the last year."""
    staff = plan.decisions.staff[:, :, :, -1].sum(axis=(0, 1))
    talent = plan.decisions.talent[:, :, -1].sum(axis=0)
    return [float(s / t) if t > 0 else 0.0 for s, t in zip(staff, talent, strict=True)]
