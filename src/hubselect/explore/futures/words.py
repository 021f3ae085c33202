"""Several futures in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hubselect.explore.futures.stress import Stress
    from hubselect.explore.futures.two_stage import TwoStage


def two_stage_text(found: TwoStage) -> str:
    """What to decide now, what follows in each future, and what it is worth."""
    answer, year = found.answer, found.worlds[0].instance.years[found.stage.year]
    gap = (answer.objective - answer.bound) / max(abs(answer.objective), 1e-9)
    lines = [
        f"Decided now: seats and places up to {year}, "
        + ("every hub." if found.stage.hubs == "now" else f"hubs up to {year}."),
        f"Minimised: {found.measure.kind}; {answer.objective:,.0f} MMAD of present value with "
        f"{found.job_price * 1000:,.0f} k MAD for a job missing, proven within {gap:.2%}.",
        f"Note: {found.judgement}.",
        "",
        found.hubs.to_string(index=False),
        "",
        found.outcomes.round(2).to_string(index=False),
        "",
        ", ".join(f"{k} {v:,.0f}" for k, v in found.risk.items()),
    ]
    if found.stopped_by:
        lines.append(f"Stopped by the {found.stopped_by}.")
    if found.alone and found.measure.kind == "expected":
        v = found.values
        lines += [
            "",
            f"Wait and see {v['wait_and_see']:,.0f} ≤ this plan {v['recourse']:,.0f} ≤ plan of the "
            f"mean figures {v['mean_figures']:,.0f} MMAD (expected cost).",
            f"Knowing the future is worth {v['knowing']:,.0f} MMAD "
            f"({v['knowing_low']:,.0f} to {v['knowing_high']:,.0f}), planning for all of them "
            f"{v['planning']:,.0f} ({v['planning_low']:,.0f} to {v['planning_high']:,.0f}).",
        ]
    if found.alone:
        lines += [
            "",
            "Regret [MMAD]: what each first stage costs above the best in each future",
            found.regret.round(0).to_string(),
        ]
    return "\n".join(lines)


def stress_text(found: Stress) -> str:
    """How often which promise is broken, by how much, and what it costs."""
    s = found.summary
    lines = [
        f"{s['futures']:,} of {s['asked']:,} drawn futures (seed {s['seed']}); hubs are kept, "
        f"seats and places up to {s['decide_by']}; the rest is decided anew in each.",
        f"Jobs of the last target are missing in {s['probability_jobs_missing']:.1%} of them "
        f"(95 % interval {s['probability_low']:.1%} to {s['probability_high']:.1%}): "
        f"{s['jobs_missing_mean']:,.0f} on average, {s['jobs_missing_cvar90']:,.0f} in the worst "
        "tenth.",
        f"Cost {s['cost_p5']:,.0f} to {s['cost_p95']:,.0f} MMAD (90 % of futures), median "
        f"{s['cost_p50']:,.0f}; planned {s['planned_mmad']:,.0f}.",
        "",
        found.broken.round(3).to_string(index=False),
    ]
    if found.stopped_by:
        lines.append(f"Stopped by the {found.stopped_by}.")
    return "\n".join(lines)
