"""Devices of the search that can be left out one by one; none changes the optimum."""

from __future__ import annotations

from typing import Literal, get_args

Device = Literal[
    "smaller_model",
    "sifting",
    "aggregation",
    "alike_sites",
    "rounding",
    "moves",
    "dear_maps",
    "cutoff",
    "blocks_apart",
    "priced_breaches",
    "one_tree",
    "levels",
]
"""smaller_model: staff by segment is left out and worked out afterwards (`reduction`);
sifting: rows and columns that seldom matter are taken in when they do (`lazy`);
aggregation: at large sizes basins far from hubs are merged while bounds are sought (`aggregation`);
alike_sites: of sites that can stand in for each other the first opens first (`alike`);
rounding: the first hubs priced are near the optimum of the relaxation (`decomposition`);
moves: maps that the cuts favour near the best one are priced before all others (`moves`);
dear_maps: of a map that costs more than the cheapest one no more than that is proven (`descent`);
cutoff: the tree looks for hubs that beat the best plan by the gap only (`decomposition`);
blocks_apart: where that is hard, the bound is that of regions planned apart (`apart`);
priced_breaches: at large sizes, and where rounding finds no plan, rows may be broken at a price
(`breaches`);
one_tree: one branch and bound over the hubs is cut while it runs (`tree`);
levels: where that is hard, a tree proves a bound halfway to the one asked for (`decomposition`)."""

DEVICES: tuple[str, ...] = get_args(Device)
