"""What the atlas must hold: tables, required fields, units and bounds, declared once as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "text"]
Place = Literal["national", "grain"]

COLUMNS = (
    "key", "field", "value", "low", "high", "unit",
    "year", "status", "source", "address", "note",
)  # fmt: skip
STATUSES = ("official", "press", "derived", "estimate", "planner")
LEVELS = ("region", "province", "commune")
COUNTS = ("people", "households", "students", "pupils", "jobs", "establishments", "employers")
SEGMENTS = ("CRM", "BPO", "ITO", "ESO", "KPO")
SKILLS = ("voice_agent", "back_office", "software_cloud", "engineering", "data")
POOLS = ("job_seekers_secondary", "job_seekers_higher", "digital_graduates")

RAMP_UP = (
    *(f"{profile}/{age}" for profile in ("strong", "regional") for age in range(5)),
    "anchor/strong",
    "anchor/regional",
)
RULES = ("hiring_premium", "training_premium", "income_tax_cap_primary")


@dataclass(frozen=True)
class Table:
    """One long table: where it lives, keys it must have, and the tables its keys cross.

    `cross` names tables whose keys, joined by '/', make this table's keys.
    """

    name: str
    place: Place
    keys: tuple[str, ...] = ()
    cross: tuple[str, ...] = ()
    required: bool = True
    sparse: bool = False  # at commune level a key may be absent: nothing there


@dataclass(frozen=True)
class Field:
    """A required field of a table, with its unit and closed bounds (numbers only)."""

    table: str
    name: str
    unit: str
    kind: Kind = "number"
    minimum: float = float("-inf")
    maximum: float = float("inf")
    keys: tuple[str, ...] = ()  # the keys that must have it; all of the table when empty
    prefix: tuple[str, ...] = ()  # or every key that starts so

    @property
    def whole(self) -> bool:
        """Whether only whole numbers have a meaning: calendar years, and years of a premium.

        Rules of the table incentives start and end within a year: 2025.5 is July 2025.
        """
        if self.table == "incentives":
            return self.name == "years"
        return self.unit == "year"

    def asks(self, key: str) -> bool:
        """Whether a key of the table must have this field."""
        if self.prefix:
            return key.startswith(self.prefix)
        return key in self.keys if self.keys else True


def is_count(field: str, unit: str) -> bool:
    """Whether a field counts people or things of its own basin, so that basins can be added."""
    return unit in COUNTS and "within_" not in field


TABLES: tuple[Table, ...] = (
    Table("segments", "national", SEGMENTS),
    Table("skills", "national", SKILLS),
    Table("segment_mix", "national", cross=("segments", "skills")),
    Table("pools", "national", POOLS),
    Table("programmes", "national"),
    Table("incentives", "national", RULES),
    Table("targets", "national", ("jobs/2030", "exports/2030")),
    Table("hub_sizes", "national", ("small", "medium", "large", "flagship")),
    Table("ramp_up", "national", RAMP_UP),
    Table("finance", "national", ("national",)),
    Table("sites", "national"),
    Table("indicators", "national", required=False),
    Table("facts", "national", required=False),
    Table("basins", "grain"),
    Table("jobs", "grain", cross=("basins", "segments")),
    Table("talent", "grain", cross=("basins", "skills")),
    # people by pool; its file is called pools too, the national one describes the pools
    Table("pool_stock", "grain", cross=("basins", "pools")),
    Table("places", "grain", cross=("basins", "programmes"), sparse=True),
)
FILES = {"pool_stock": "pools"}


def _many(
    table: str, unit: str, names: str, low: float = 0, high: float = float("inf")
) -> list[Field]:
    return [Field(table, n, unit, minimum=low, maximum=high) for n in names.split()]


def _texts(table: str, names: str) -> list[Field]:
    return [Field(table, n, "text", "text") for n in names.split()]


_NAMES = "name_fr name_en name_ar"
BRACKET = "income_tax/"
_NATION = ("national",)

REQUIRED: tuple[Field, ...] = (
    *_texts("segments", _NAMES),
    *_many("segments", "jobs", "jobs"),
    *_many("segments", "MAD", "exports"),
    *_many("segments", "MAD per job-year", "revenue_per_job"),
    *_many("segments", "percent per year", "productivity_growth", -50, 50),
    *_many("segments", "percent per year", "demand_growth absorption_growth", -50, 500),
    *_many("segments", "percent per year", "attrition", 0, 100),
    *_many("segments", "workstations per job", "workstations_per_job", 0.05, 2),
    *_many("segments", "jobs per year", "absorption_floor"),
    *_texts("skills", _NAMES + " fills"),
    *_many("skills", "MAD per month", "gross_wage"),
    *_many("skills", "percent", "leaving willing remote bench", 0, 100),
    *_many("segment_mix", "percent", "min_share", 0, 100),
    *_texts("pools", _NAMES),
    *_many("pools", "percent per year", "leaving", 0, 100),
    *_texts("programmes", _NAMES + " from to"),
    *_many("programmes", "years", "length", 0.01, 10),
    *_many("programmes", "percent", "completion placement", 0, 100),
    *_many("programmes", "MAD", "cost_per_seat place_cost"),
    *_many("programmes", "percent per year", "place_growth", 0, 1000),
    *_many("programmes", "places per year", "place_floor"),
    Field("incentives", "rate", "percent", minimum=0, maximum=100, keys=(
        "hiring_premium", "training_premium", "income_tax_cap_primary",
        "income_tax_cap_secondary", "territorial_premium_A", "territorial_premium_B",
        "territorial_premium_none", "charter_ceiling")),
    Field("incentives", "base", "text", "text", keys=("hiring_premium", "training_premium")),
    Field("incentives", "retention_months", "months", minimum=0, maximum=120,
          keys=("hiring_premium",)),
    Field("incentives", "years", "years", minimum=0, maximum=30, keys=("training_premium",)),
    Field("incentives", "from", "year", minimum=2000, maximum=2100,
          keys=("hiring_premium", "training_premium")),
    Field("incentives", "until", "year", minimum=2000, maximum=2100,
          keys=RULES),
    *_many("targets", "jobs or MAD", "stated"),
    *_many("hub_sizes", "workstations", "workstations", 1),
    *_many("hub_sizes", "m2", "area_m2", 1),
    *_many("hub_sizes", "MAD", "capex opex"),
    Field("ramp_up", "share", "percent", minimum=0, maximum=100, prefix=("strong/", "regional/")),
    Field("ramp_up", "quality", "points of the quality score (0-100)", minimum=0, maximum=100,
          keys=("anchor/strong", "anchor/regional")),
    *(Field("finance", n, u, minimum=a, maximum=b, keys=_NATION) for n, u, a, b in (
        ("price_year", "year", 2000, 2100), ("discount_rate", "percent per year", 0, 100),
        ("building_life", "years", 1, 200), ("capped_rate", "percent", 0, 100),
        ("capped_ceiling", "MAD per month", 0, 1e6), ("uncapped_rate", "percent", 0, 100),
        ("employee_capped_rate", "percent", 0, 100),
        ("employee_uncapped_rate", "percent", 0, 100),
        ("professional_expense_low_rate", "percent", 0, 100),
        ("professional_expense_threshold", "MAD per year", 0, 1e7),
        ("professional_expense_high_rate", "percent", 0, 100),
        ("professional_expense_cap", "MAD per year", 0, 1e7),
        ("mobility_support", "MAD per mover per year", 0, 1e7),
        ("market_office_growth", "percent per year", -50, 100),
        ("tax_deduction", "percent", 0, 100), ("occupancy", "percent", 1, 100),
        ("detour_factor", "ratio", 1, 5),
        ("mobility_decay_km", "km", 1, 10_000), ("land_per_floor", "ratio", 0, 100))),
    Field("finance", "threshold", "MAD per year", minimum=0, prefix=(BRACKET,)),
    Field("finance", "rate", "percent", minimum=0, maximum=100, prefix=(BRACKET,)),
    *_texts("sites", "name region province city kind operator max_size"),
    *_many("sites", "degrees", "lat", -90, 90),
    *_many("sites", "degrees", "lon", -180, 180),
    *_many("sites", "year", "earliest_year", 2000, 2100),
    *_many("sites", "percent", "territorial_premium income_tax_cap", 0, 100),
    *_many("sites", "MAD per m2", "land_price"),
    *_texts("basins", _NAMES + " hcp_code iso_code capital"),
    *_many("basins", "degrees", "capital_lat", -90, 90),
    *_many("basins", "degrees", "capital_lon", -180, 180),
    *_many("basins", "people", "population_legal"),
    *_many("basins", "ratio", "wage_factor construction_factor", 0.01, 10),
    *_many("basins", "MAD per m2 per month", "office_rent"),
    *_many("basins", "MAD per m2", "land_price"),
    *_many("basins", "percent", "income_tax_cap", 0, 100),
    *_many("basins", "workstations", "workstations"),
    *_many("jobs", "jobs", "jobs"),
    *_many("talent", "heads", "stock"),
    *_many("talent", "heads per year", "inflow"),
    *_many("pool_stock", "heads", "stock"),
    *_many("pool_stock", "heads per year", "inflow"),
    *_many("places", "places", "places"),
    *_many("places", "year", "available_from", 2000, 2100),
)  # fmt: skip

BY_NAME = {t.name: t for t in TABLES}


def path_of(table: str, level: str) -> str:
    """File of a table, relative to the atlas: 'national/…' or '<level>/…'."""
    spec = BY_NAME[table]
    return f"{level if spec.place == 'grain' else 'national'}/{FILES.get(table, table)}.csv"
