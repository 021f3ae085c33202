"""What README.md shows runs as it stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import hubselect as hs
from hubselect.cli import app
from hubselect.scenario import shipped_names

README = Path(__file__).parents[2] / "README.md"
BLOCKS = dict.fromkeys(["python", "toml", "sh"])
for language in BLOCKS:
    pattern = rf"```{language}\n(.*?)```"
    BLOCKS[language] = re.findall(pattern, README.read_text(encoding="utf-8"), flags=re.S)


def test_python_example_does_the_whole_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = BLOCKS["python"]
    lines = [line for line in example.splitlines() if line.strip()]
    assert len(lines) <= 12
    scope: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), scope)
    again = scope["again"]
    assert isinstance(again, hs.Plan)
    assert again.national["jobs"].iloc[-1] >= 270_000 - 1
    assert {p.name for p in (tmp_path / "my-plan").iterdir()} >= {"plan.json", "plan.gpkg"}


def test_scenario_example_is_a_scenario(tmp_path: Path) -> None:
    (example,) = BLOCKS["toml"]
    assert tomllib.loads(example)["extends"] == "tech-valley-2030"
    file = tmp_path / "mine.toml"
    file.write_text(example, encoding="utf-8")
    assert hs.Scenario.read(file).hubs.max_open == 8


def test_commands_exist() -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    commands = "\n".join(BLOCKS["sh"])
    for target in re.findall(r"^make (\w+)", commands, flags=re.M):
        assert f"\n{target}:" in makefile
    for name in re.findall(r"hubselect (?:solve|score) (\S+)", commands):
        assert name in shipped_names()


def test_commands_that_answer_share_their_options() -> None:
    """As README says: all but those it names, and --gap where it says so."""
    shared = {"set_", "output", "level", "data", "as_json"}
    spared = {"compare": {"set_", "level", "data"}, "assumptions": {"set_"}}
    text = " ".join(README.read_text(encoding="utf-8").split())
    assert "take no `--set` (`compare`, `assumptions`), and `compare` no other data" in text
    listed = re.search(r"`--gap` \(([^)]+)\) says", text)
    assert listed is not None
    fine = set(listed[1].split(", "))
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name in commands.keys() - {"data", "scenarios", "bench"}:
        options = {p.name for p in commands[name].params}
        assert shared - options == spared.get(name, set()), name
        assert ("gap" in options) == (name in fine), name


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target
