from pathlib import Path

import pytest

import hubselect as hs
from hubselect.errors import nearest
from hubselect.scenario import shipped_names

BASE = Path("benchmarks/scenarios")


def problems(error: pytest.ExceptionInfo[hs.ScenarioError]) -> str:
    return "\n".join(str(p) for p in error.value.problems)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_every_shipped_scenario_tells_its_story_and_sources() -> None:
    required = {
        "tech-valley-2030", "tight-budget", "regional-equity", "call-centre-shock",
        "no-new-training", "casablanca-rabat-only",
    }  # fmt: skip
    assert required <= set(shipped_names())
    for name in shipped_names():
        about = hs.Scenario.named(name).about
        assert about.title and about.story and about.sources, name


def test_extends_keeps_the_parent_and_overrides_it(tmp_path: Path) -> None:
    file = write(
        tmp_path, "mine.toml", 'extends = "tech-valley-2030"\n[hubs]\nopenings_per_year = 2\n'
    )
    scenario = hs.Scenario.read(file)
    assert scenario.hubs.openings_per_year == 2
    assert scenario.targets.jobs[2030] == 270_000


def test_every_value_knows_where_it_was_written(tmp_path: Path) -> None:
    file = write(
        tmp_path, "mine.toml", 'extends = "tech-valley-2030"\n\n[hubs]\nopenings_per_year = 2\n'
    )
    scenario = hs.Scenario.read(file, overrides=["hubs.max_open=4"])
    assert scenario.origin("hubs.openings_per_year") == f"{file}:4"
    assert scenario.origin("hubs.max_open") == "--set hubs.max_open=4"
    assert "tech-valley-2030.toml" in scenario.origin("targets.jobs.2030")
    assert scenario.origin("solve.gap") == "default"


def test_unknown_key_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    file = write(tmp_path, "bad.toml", "[hubs]\nmax_opn = 3\n[taget]\njobs = 1\n")
    with pytest.raises(hs.ScenarioError) as error:
        hs.Scenario.read(file)
    text = problems(error)
    assert f"{file}:2 hubs.max_opn: is not a known setting (did you mean 'max_open'?)" in text
    assert "did you mean 'targets'?" in text


def test_a_misspelt_word_of_a_list_is_refused_with_the_nearest(tmp_path: Path) -> None:
    text = '[solve]\nwithout = ["sifing", "movs"]\n[hubs]\nramp_up = "strng"\n'
    with pytest.raises(hs.ScenarioError) as error:
        hs.Scenario.read(write(tmp_path, "bad.toml", text))
    told = problems(error)
    for word in ("sifting", "moves", "strong"):
        assert f"(did you mean '{word}'?)" in told


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "bad.toml",
        '[hubs]\nmax_open = -1\n[quality]\nfloor = "high"\n[solve]\ngap = 2\n'
        "[targets.jobs]\n2030 = -5\n",
    )
    with pytest.raises(hs.ScenarioError) as error:
        hs.Scenario.read(file)
    assert len(error.value.problems) == 4
    assert all(str(file) in p.where for p in error.value.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[hubs\nmax_open = 1", "is not valid TOML"),
        ('extends = "bad"\n', "extends itself"),
        ('extends = "tech-valley-203"\n', "did you mean 'tech-valley-2030'?"),
        ("extends = 3\n", "extends is not text"),
        ("[targets.jobs]\n2035 = 1\n", "expected a year from 2026 to 2030"),
        ("[horizon]\nfirst_year = 2031\n", "base_year < first_year"),
        ("[budget.yearly.mayor]\n2026 = 1\n", "budget.yearly.mayor"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, text: str, expected: str) -> None:
    file = write(tmp_path, "bad.toml", text)
    with pytest.raises(hs.ScenarioError, match=r"(?s).*") as error:
        hs.Scenario.read(file)
    assert expected in str(error.value)


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "latin.toml"
    file.write_bytes("[about]\ntitle = 'Fès'\n".encode("latin-1"))
    with pytest.raises(hs.ScenarioError, match="is not UTF-8"):
        hs.Scenario.read(file)


@pytest.mark.parametrize("override", ["hubs.max_open", "=3", "  =1"])
def test_override_without_key_or_value_is_refused(override: str) -> None:
    with pytest.raises(hs.ScenarioError, match="is not an override"):
        hs.Scenario.named("tech-valley-2030", overrides=[override])


def test_problems_of_overrides_and_of_settings_come_together() -> None:
    with pytest.raises(hs.ScenarioError) as error:
        hs.Scenario.named("tech-valley-2030", overrides=["foo", "hubs.max_opn=3"])
    assert len(error.value.problems) == 2


def test_weights_and_names_are_told_together_with_their_place(atlas: hs.Regions) -> None:
    overrides = ["score.weights.talent=nan", "hubs.forbidden=['casaneashore']"]
    with pytest.raises(hs.ScenarioError) as error:
        hs.solve(atlas, hs.Scenario.named("tech-valley-2030", overrides=overrides))
    text = str(error.value)
    assert len(error.value.problems) == 2
    assert "--set score.weights.talent=nan" in text and "casanearshore" in text


def test_somebody_must_pay() -> None:
    with pytest.raises(hs.ScenarioError, match="payers"):
        hs.Scenario.named("tech-valley-2030", overrides=["finance.payers=[]"])


def test_what_contradicts_is_told_with_its_arithmetic(atlas: hs.Regions) -> None:
    scenario = hs.Scenario.named("tech-valley-2030", overrides=["targets.jobs.2030=400000"])
    with pytest.raises(hs.InfeasibleError, match="demand and absorption allow at most") as error:
        hs.solve(atlas, scenario)
    assert error.value.arithmetic and "job_target" in error.value.families


def test_a_folder_is_not_a_scenario(tmp_path: Path) -> None:
    with pytest.raises(hs.ScenarioError, match="is a folder"):
        hs.Scenario.read(tmp_path)


def test_round_trip_keeps_settings_and_hash() -> None:
    scenario = hs.Scenario.named("tight-budget")
    again = hs.Scenario.from_dict(scenario.to_dict(), name=scenario.name)
    assert again.document == scenario.document
    assert again.hash == scenario.hash


def test_hash_ignores_words_and_solver_but_not_policy() -> None:
    scenario = hs.Scenario.named("tech-valley-2030")
    assert scenario.replace(about__title="Other").hash == scenario.hash
    assert scenario.replace(solve__gap=0.01).hash == scenario.hash
    assert scenario.replace(hubs__max_open=3).hash != scenario.hash


def test_replace_refuses_what_a_file_could_not_say() -> None:
    with pytest.raises(hs.ScenarioError, match="max_opn"):
        hs.Scenario.named("tech-valley-2030").replace(hubs__max_opn=3)


def test_unknown_names_in_the_data_are_listed_with_the_nearest(atlas: hs.Regions) -> None:
    scenario = hs.Scenario.named(
        "tech-valley-2030",
        overrides=[
            "hubs.forbidden=['casaneashore']",
            "regions.jobs_floor.MA-99=10",
            "training.exclude=['jobintec_bootcamp']",
            "demand.growth.CMR=3",
        ],
    )
    with pytest.raises(hs.ScenarioError) as error:
        hs.solve(atlas, scenario)
    text = str(error.value)
    assert len(error.value.problems) == 4
    for expected in ("casanearshore", "MA-0", "jobintech_bootcamp", "CRM", "--set"):
        assert expected in text


@pytest.mark.parametrize(
    "setting",
    [
        "hubs.max_open=true", "hubs.openings_per_year=false", "hubs.minimum_use=true",
        "hubs.capex_factor=true", "targets.jobs.2030=true", "demand.growth.CRM=true",
        "demand.factor.CRM.2030=true", "talent.mobility_radius=true", "regions.gate_rank=true",
        "regions.share_ceiling.MA-06=true", "budget.total.state=true", "quality.floor=true",
        "finance.discount_rate=true", "score.weights.talent=true", "score.minimum_coverage=true",
        "horizon.base_year=true", "solve.gap=true", "solve.threads=true", "solve.time_limit=true",
    ],
)  # fmt: skip
def test_true_and_false_are_no_numbers(setting: str) -> None:
    with pytest.raises(hs.ScenarioError, match="expected a number, not true or false"):
        hs.Scenario.named("tech-valley-2030", overrides=[setting])


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("finance.residual_value=1", "expected true or false"),
        ('training.seats="no"', "expected true or false"),
        ("hubs.openings_per_year=2.5", "expected a whole number"),
        ("hubs.forbidden=dakhla", "expected a list"),
    ],
)
def test_wrong_kinds_are_told_in_plain_words(setting: str, said: str) -> None:
    with pytest.raises(hs.ScenarioError, match=said):
        hs.Scenario.named("tech-valley-2030", overrides=[setting])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MA-13", "valid: MA-01, MA-02, MA-03, MA-04, MA-05, MA-06, MA-07, MA-08, …, MA-12"),
        ("MA-3", "did you mean 'MA-03'?"),
        ("ma03", "did you mean 'MA-03'?"),
        ("MA-04.999", "valid: MA-04.281, MA-04.421"),
        ("CRN", "did you mean 'CRM'?"),
    ],
)
def test_the_nearest_name_does_not_mislead(name: str, hint: str) -> None:
    codes = [f"MA-{n:02d}" for n in range(1, 13)]
    assert nearest(name, [*codes, "MA-04.281", "MA-04.421", "MA-06.141", "CRM", "BPO"]) == hint
