"""The documents say what the code does: docs/model.md, docs/errors.md and docstrings."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from pydantic import BaseModel

import hubselect as hs
from hubselect import audit, errors
from hubselect.assemble import assemble
from hubselect.decisions import DECIDED, Decisions
from hubselect.instance import Instance, Policy
from hubselect.model import FAMILIES, build
from hubselect.model.costs import NON_CASH, cost_lines
from hubselect.scenario import sections
from hubselect.schema import BY_NAME

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hubselect"
MODULES = sorted(SOURCE.rglob("*.py"))
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "data").rglob("*.md"),
        *(ROOT / "benchmarks").rglob("*.md"),
    ]
)
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
PARTS = {"physics": "Physics", "policy": "Policy", "strength": "Strengthening"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part(title: str) -> str:
    """Text under a second-level heading of docs/model.md."""
    return re.split(r"^## ", MODEL.split(f"\n## {title}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def section(family: str) -> str:
    """Text under a family's heading of docs/model.md."""
    return re.split(r"^##", MODEL.split(f"\n### {family}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def table(text: str) -> list[list[str]]:
    """Cells of every table row in a text."""
    lines = (line for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def coded(cell: str) -> str:
    """What stands between backticks in a cell, or nothing."""
    found = re.match(r"`([^`]+)`", cell)
    return found.group(1) if found else ""


def parameters() -> dict[str, list[str]]:
    """Rows of the parameter table by field."""
    text = part("Parameters").split("The statements of `policy`")[0]
    return {coded(row[1]): row for row in table(text) if coded(row[1])}


# docs/model.md


def test_headings_are_the_families_in_order() -> None:
    assert re.findall(r"^### (.+)$", MODEL, flags=re.M) == list(FAMILIES)


def test_every_family_stands_in_the_part_of_its_kind() -> None:
    for kind, title in PARTS.items():
        expected = [name for name, family in FAMILIES.items() if family.kind == kind]
        assert re.findall(r"^### (.+)$", part(title), flags=re.M) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_written_as_its_docstring_says(family: str) -> None:
    """The equation is the docstring's first line, up to its comment."""
    rows = FAMILIES[family].rows
    first = inspect.getdoc(rows).split("\n")[0]  # type: ignore[union-attr]
    equation = first.split(": ")[0].removesuffix(".")
    # where the docstring says in words for what the row stands, the page may space it
    statement, _, where = equation.partition(" for ")
    text = section(family)
    assert statement in text
    assert where in text
    assert f"`{rows.__module__}.{rows.__name__}`" in text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_says_when_it_is_on(family: str) -> None:
    assert re.search(r"Always on|Switched on by|On unless", section(family))


def test_audit_checks_every_family_but_the_strengthening_ones() -> None:
    checked = [name for name, family in FAMILIES.items() if family.kind != "strength"]
    assert list(audit.CHECKS) == ["domain", *checked]


def test_every_set_is_in_the_table_of_sets(small: Instance) -> None:
    rows = [row for row in table(part("Sets")) if len(row[0]) == 1]
    assert [row[0] for row in rows] == list(small.shape)


def test_sizes_of_sets_are_those_of_the_base_scenario(atlas: hs.Regions) -> None:
    scenario = hs.Scenario.named("tech-valley-2030")
    shape = assemble(atlas, scenario, hs.score(atlas, scenario)).shape
    stated = {row[0]: int(row[4]) for row in table(part("Sets")) if row[4].isdigit()}
    assert stated == shape


def test_every_decision_is_in_the_table_of_decisions() -> None:
    stated = [coded(row[1]) for row in table(part("Decisions")) if coded(row[1])]
    assert stated == list(DECIDED) == [f.name for f in dataclasses.fields(Decisions)]


def test_every_parameter_is_in_the_table_of_parameters() -> None:
    assert list(parameters()) == [f.name for f in dataclasses.fields(Instance)]


def test_shapes_of_parameters_are_those_of_the_instance() -> None:
    source = (SOURCE / "instance.py").read_text(encoding="utf-8")
    shapes = dict(re.findall(r"^    (\w+): (?:Floats|Ints|Bools)  # (\[[A-Z,]+\])", source, re.M))
    assert shapes
    assert {name: row[2] for name, row in parameters().items() if row[2] != "–"} == shapes


def test_every_policy_statement_has_a_row() -> None:
    rows = table(part("Parameters").split("The statements of `policy`")[1])
    assert [coded(row[0]) for row in rows if coded(row[0])] == [
        f.name for f in dataclasses.fields(Policy)
    ]


def test_cost_lines_are_those_of_the_table(small: Instance) -> None:
    rows = [row for row in table(part("Objective and costs")) if coded(row[1])]
    lines = list(cost_lines(small, build(small).variables))
    stated = {(row[0], coded(row[1])) for row in rows}
    assert stated == {(line.payer, line.kind) for line in lines}
    assert {coded(row[1]) for row in rows if row[3] == "no"} == NON_CASH


def test_kinds_a_budget_may_name_are_the_cash_lines_of_its_payer(small: Instance) -> None:
    lines = list(cost_lines(small, build(small).variables))
    for payer, kinds in sections.KINDS.items():
        paid = {line.kind for line in lines if line.payer == payer} - NON_CASH
        assert set(kinds) == paid


def test_every_setting_named_exists() -> None:
    named = re.findall(r"`(\w+)\.(\w+)`", MODEL)
    fields = sections.Document.model_fields
    found = [(s, key) for s, key in named if s in fields]
    assert len(found) > 40
    for name, key in found:
        section_model = fields[name].annotation
        assert isinstance(section_model, type)
        assert issubclass(section_model, BaseModel)
        assert key in section_model.model_fields, f"{name}.{key}"


def test_every_setting_that_shapes_the_problem_is_named() -> None:
    silent = {"about", "score", "solve"}  # words, the index, the solver
    fields = sections.Document.model_fields
    for name in fields.keys() - silent:
        for key in fields[name].annotation.model_fields:  # type: ignore[union-attr]
            assert f"`{name}.{key}`" in MODEL, f"{name}.{key}"


def test_every_figure_named_is_in_the_atlas(atlas: hs.Regions) -> None:
    named = [path.split("/") for path in re.findall(r"`(\w+(?:/\w+)+)`", MODEL)]
    assert len(named) > 60
    for name, *keys, field in named:
        assert name in BY_NAME, f"{name}/{field}"
        values = atlas.table(name)
        assert field in values.columns, f"{name}/{field}"
        if keys:
            assert "/".join(keys) in values.index


# ARCHITECTURE.md


def rooms() -> dict[str, set[str]]:
    """Names and patterns of modules in the table of rooms, by folder ('' at the top)."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for first, holds, _ in table(text.split("\n## Rooms\n", 1)[1].split("\n## ", 1)[0])[2:]:
        room = coded(first)
        named = first + holds if room.endswith("/") else first
        folder = room.rstrip("/") if room.endswith("/") else ""
        found.setdefault(folder, set()).update(re.findall(r"`([\w*]+)\.py`", named))
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_named_in_the_table_of_rooms(path: Path) -> None:
    folder = path.relative_to(SOURCE).parent.as_posix().removeprefix(".")
    assert folder in rooms()
    named = {*rooms()[folder], "__init__"}
    assert any(fnmatch(path.stem, name) for name in named), f"{path.stem} in {folder or 'the top'}"


def test_the_table_of_rooms_names_no_module_that_is_gone() -> None:
    for folder, names in rooms().items():
        held = [path.stem for path in (SOURCE / folder).glob("*.py")]
        for name in names:
            assert any(fnmatch(stem, name) for stem in held), f"{folder}/{name}.py"


# docs/errors.md


EXCEPTIONS = [
    name
    for name, item in vars(errors).items()
    if inspect.isclass(item) and issubclass(item, Exception)
]


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_every_exception_is_in_the_tree_and_on_the_page(name: str) -> None:
    assert re.search(rf"^[ │├└─]*{name}\b", errors.__doc__ or "", flags=re.M)
    assert f"### {name}\n" in ERRORS


def test_the_page_of_errors_names_no_other() -> None:
    assert set(re.findall(r"^### (\w+)$", ERRORS, flags=re.M)) == set(EXCEPTIONS)


def test_exit_codes_are_those_of_the_command_line() -> None:
    source = (SOURCE / "cli.py").read_text(encoding="utf-8")
    codes = dict(re.findall(r"\(errors\.(\w+), (\d)\)", source))
    assert codes
    for name, code in codes.items():
        text = ERRORS.split(f"### {name}\n", 1)[1].split("###", 1)[0]
        assert f"Exit code {code}" in text, name


# the package


@pytest.mark.parametrize("name", hs.__all__)
def test_every_public_name_imports_and_explains_itself(name: str) -> None:
    assert inspect.getdoc(getattr(importlib.import_module("hubselect"), name))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_and_classes_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"
    silent = [f"{node.lineno} {node.name}" for node in public(tree) if not ast.get_docstring(node)]
    assert not silent, f"{name_of(path)}: {silent}"


def public(tree: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """Public functions and classes of a module, and public methods of its public classes."""
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from public(node)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_have_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_have_at_most_50_lines(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, Function))
    long = {node.name: length(node) for node in functions if length(node) > 50}
    assert not long


def length(node: Function) -> int:
    """Lines of a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return lines
    text = node.body[0]
    return lines - ((text.end_lineno or text.lineno) - text.lineno + 1)


def test_only_the_command_line_prints() -> None:
    printing = [
        name_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert all(re.fullmatch(r"src/hubselect/cli(_\w+)?\.py", name) for name in printing)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_pages_name_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"(?<![\w.:/)])/(?:work|home|root|tmp|Users|opt|mnt|var)/[\w./-]*", text)
    assert not found


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)", text)
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in local if not (path.parent / link).exists()]
    assert not missing
