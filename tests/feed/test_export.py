"""Stage export: files that other programs read, with the rows of the warehouse, and nothing that needs a licence."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.commands.export import command
from flows.export import export
from flows.export.export import ExportResult, ExportWish, make_export
from flows.export.relations import Relation, relations, require_clean
from flows.notices import Licences
from tests.feed.conftest import MADE_UP
from tests.refreshing import query
from tests.slow import slow
from tests.warehouse import insert, tiny_warehouse
from warehouse.errors import FeedError, WarehouseError
from warehouse.home import Home

pytestmark = slow

Export = tuple[Path, ExportResult]
SMALL = ("rvu", "gpci", "release", "status_code", "public_descriptor", "rejected_row", "payment", "payment_input")
LATEST = ("RVU26B",)


def contents(root: Path) -> dict[str, bytes]:
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith(".")}


@pytest.fixture(scope="module")
def exported(built: Home, tmp_path_factory: pytest.TempPathFactory) -> Export:
    root = tmp_path_factory.mktemp("export") / "parquet"
    return root, make_export(built, root, ExportWish(only=SMALL))


def test_duckdb_and_polars_read_the_rows_of_the_warehouse(built: Home, exported: Export) -> None:
    """A folder is read as a whole; the release comes from the folders' names. Money stays decimal."""
    root, _ = exported
    wanted = query(built, "select release_id, hcpcs_code, modifier, work_rvu from rvu order by all")
    folder = f"{root}/rvu/*/*.parquet"
    with duckdb.connect() as con:
        statement = (
            "select release_id, hcpcs_code, modifier, work_rvu from read_parquet(?, hive_partitioning = true) order by all"
        )
        assert con.execute(statement, [folder]).fetchall() == wanted
    frame = pl.scan_parquet(folder, hive_partitioning=True).select("release_id", "hcpcs_code", "modifier", "work_rvu").collect()
    assert frame.schema["work_rvu"] == pl.Decimal(7, 2)
    assert sorted(frame.rows()) == wanted


def test_the_formula_on_the_exported_inputs_gives_the_exported_cents(exported: Export) -> None:
    """In another engine and on the files alone: Polars, with decimals, rounded half up once at the end."""
    root, _ = exported
    places = pl.read_parquet(f"{root}/gpci/release_id=RVU26B/part-0.parquet").select(
        "mac", "locality", "work_gpci", "pe_gpci", "mp_gpci"
    )
    inputs = pl.read_parquet(f"{root}/payment_input/release_id=RVU26B/part-0.parquet")
    paid = pl.read_parquet(f"{root}/payment/release_id=RVU26B/part-0.parquet")
    # Integers in hundredths, thousandths and millionths: exact, whatever the engine does with decimals.
    whole = inputs.join(places, how="cross").with_columns(
        [(pl.col(name) * 100).cast(pl.Int64) for name in ("payment_work_rvu", "nonfacility_pe_rvu", "mp_rvu")]
        + [(pl.col(name) * 1000).cast(pl.Int64) for name in ("work_gpci", "pe_gpci", "mp_gpci")]
        + [(pl.col("payment_factor") * 1_000_000).cast(pl.Int64)]
    )
    units = (
        pl.col("payment_work_rvu") * pl.col("work_gpci")
        + pl.col("nonfacility_pe_rvu") * pl.col("pe_gpci")
        + pl.col("mp_rvu") * pl.col("mp_gpci")
    )
    cents = (units * pl.col("payment_factor") + 500_000_000) // 1_000_000_000
    key = ["mac", "locality", "hcpcs_code", "modifier", "qp_status"]
    both = whole.select(*key, cents=cents).join(paid.select(*key, "nonfacility_fee"), on=key)
    assert both.height == paid.height > 10_000
    assert both.filter(pl.col("cents") != (pl.col("nonfacility_fee") * 100).cast(pl.Int64)).height == 0


def test_the_data_package_describes_every_file(exported: Export) -> None:
    """Frictionless Data Package: names, formats, sizes and hashes, and a schema with a type and a meaning for each column."""
    root, result = exported
    package = json.loads((root / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "data-package"
    assert "American Medical Association" in package["description"]
    assert [source["title"] for source in package["sources"]] == ["CMS, PFS Relative Value Files"], "no reference file is loaded"
    resources = {resource["path"]: resource for resource in package["resources"]}
    assert (
        set(resources) == {file.name for file in result.files} == {name for name in contents(root) if name.endswith(".parquet")}
    )
    assert len({resource["name"] for resource in resources.values()}) == len(resources)
    for path, resource in resources.items():
        content = (root / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        schema = json.loads((root / resource["schema"]).read_text(encoding="utf-8"))
        assert [field["name"] for field in schema["fields"]] == pl.read_parquet_schema(root / path).names()
        assert all(field["type"] != "any" and field["description"] for field in schema["fields"])


def test_the_checksums_can_be_checked(exported: Export) -> None:
    found = subprocess.run(
        ["sha256sum", "--check", "--quiet", "checksums.sha256"], cwd=exported[0], capture_output=True, text=True
    )
    assert (found.returncode, found.stdout) == (0, "")
    assert len((exported[0] / "checksums.sha256").read_text().splitlines()) == len(contents(exported[0])) - 1


def test_an_export_again_touches_nothing_and_two_have_the_same_bytes(built: Home, exported: Export, tmp_path: Path) -> None:
    wish = ExportWish(only=SMALL[:6])
    first = make_export(built, tmp_path / "first", wish)
    make_export(built, tmp_path / "second", wish)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    again = make_export(built, tmp_path / "first", wish)
    assert (again.written, again.removed) == ((), ())
    assert again.files == first.files


def test_an_export_that_was_cut_off_goes_on_and_mends_what_was_damaged(
    built: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = ExportWish(only=("gpci", "release", "status_code"))
    whole = make_export(built, tmp_path / "whole", wish)
    stand, left = export._file, iter([True] * 2)

    def failing(*arguments: object) -> object:
        if not next(left, False):
            raise KeyboardInterrupt
        return stand(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "_file", failing)
    with pytest.raises(KeyboardInterrupt):
        make_export(built, tmp_path / "cut", wish)
    monkeypatch.undo()
    assert not (tmp_path / "cut" / "datapackage.json").exists()
    finished = set(contents(tmp_path / "cut"))
    result = make_export(built, tmp_path / "cut", wish)
    assert len(finished) == 2 and not finished & set(result.written)
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    damaged = tmp_path / "cut" / whole.files[0].name
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    assert make_export(built, tmp_path / "cut", wish).written == (whole.files[0].name,)


def test_another_warehouse_rewrites_what_differs_and_removes_what_is_gone(built: Home, rebuilt: Home, tmp_path: Path) -> None:
    wish = ExportWish(only=("rvu", "status_code"))
    make_export(rebuilt, tmp_path / "export", wish)
    result = make_export(built, tmp_path / "export", wish)
    assert result.removed == ("rvu/release_id=RVU26B.2/part-0.parquet",)
    assert set(result.written) == {"datapackage.json", "checksums.sha256"}
    assert not (tmp_path / "export/rvu/release_id=RVU26B.2").exists()


def test_csv_has_the_same_rows_with_the_release_as_a_column(built: Home, tmp_path: Path) -> None:
    make_export(built, tmp_path / "csv", ExportWish("csv", only=("rvu", "code_page"), releases=LATEST))
    frame = pl.read_csv(tmp_path / "csv/rvu/release_id=RVU26B/part-0.csv", infer_schema=False)
    wanted = query(
        built,
        "select release_id, hcpcs_code, modifier, cast(work_rvu as varchar) from rvu where release_id = 'RVU26B' order by all",
    )
    assert frame.select("release_id", "hcpcs_code", "modifier", "work_rvu").fill_null("").rows() == wanted
    page = pl.read_csv(tmp_path / "csv/code_page/release_id=RVU26B/part-0.csv", infer_schema=False).filter(hcpcs_code="17340")
    assert json.loads(page["questions"][0])[0]["question"].endswith("17340?")


# --- what is not in it -----------------------------------------------------------------------------------------------------


def test_everything_but_the_declared_relations_and_columns_is_exported(built: Home) -> None:
    with duckdb.connect(str(built.published), read_only=True) as con:
        found = {relation.name: relation for relation in relations(con)}
        views = {name for (name,) in con.execute("select view_name from duckdb_views() where not internal").fetchall()}
        tables = {name for (name,) in con.execute("select table_name from duckdb_tables() where not internal").fetchall()}
    assert (views | tables) - found.keys() == {
        "hcpcs_descriptor",
        "protected_descriptor",
        "code_comparison",
        "code_difference",
        "code_page",
        "code_period",
        "latest_code_page",
        "latest_page_body",
        "page_body",
        "specialty_services",
    }
    for relation in found.values():
        assert not {"text", "example", "loaded_at", "source_url"} & set(relation.column_names), relation.name


def test_a_summary_of_every_two_editions_is_left_out_and_said_to_be(built: Home, tmp_path: Path) -> None:
    """Their number grows with the square of the releases."""
    make_export(built, tmp_path / "export", ExportWish(only=("code_change_summary",)))
    found = pl.read_parquet(tmp_path / "export" / "code_change_summary" / "part-0.parquet")
    kept = query(built, "select basis, count(*) from code_change_summary where basis <> 'any' group by basis order by basis")
    assert found.group_by("basis").len().sort("basis").rows() == kept != []
    package = json.loads((tmp_path / "export" / "datapackage.json").read_text())
    assert "Without basis 'any'" in package["resources"][0]["title"]


def test_a_cpt_description_is_exported_under_a_declared_licence_only(built: Home, exported: Export, tmp_path: Path) -> None:
    everything = b"\n".join(contents(exported[0]).values()).lower()
    assert not any(words.lower().encode() in everything for words in MADE_UP.values())
    licence = "licence 12345, held by Example Press until 2027"
    make_export(built, tmp_path / "licensed", ExportWish(only=("status_code",), licences=Licences(cpt=licence)))
    frame = pl.read_parquet(f"{tmp_path}/licensed/licensed_descriptor/*/*.parquet", hive_partitioning=True)
    assert set(frame["description"]) == set(MADE_UP.values())
    assert licence in (tmp_path / "licensed/NOTICES.txt").read_text()
    make_export(built, tmp_path / "licensed", ExportWish(only=("status_code",)))
    assert not (tmp_path / "licensed/licensed_descriptor").exists()


def test_a_text_with_a_description_stops_the_export(built: Home, tmp_path: Path) -> None:
    """Should one ever reach a column, a file with it is not published: here it stands in a note of the catalogue."""
    home = Home(Path(shutil.copytree(built.root, tmp_path / "home")))
    with duckdb.connect(str(home.published)) as con:
        con.execute("update status_code set meaning = 'a note, ' || ?", [MADE_UP["17340"].upper()])
    with pytest.raises(FeedError, match=r"status_code would hold the description of 17340, .* Report it") as said:
        make_export(home, tmp_path / "export", ExportWish(only=("status_code",)))
    assert "coldness" not in str(said.value)
    assert [name for name in contents(tmp_path / "export") if name.endswith(".parquet")] == []


def test_labels_of_the_classification_are_public_also_where_a_description_has_their_words() -> None:
    """CMS calls a family of RBCS what the CPT calls a service; any other text with those words stops the export."""
    con = tiny_warehouse()
    con.execute(
        "insert into protected_descriptor by name select 'RVU26B' as release_id, 'AMA' as owner, '99999' as hcpcs_code, "
        "descriptor_fingerprints('watchful waiting')[1] as fingerprint"
    )
    con.execute("create table told as select 'Watchful Waiting' as words, [{'words': 'x, Watchful waiting', 'n': 1}] as listed")
    columns = (("words", "VARCHAR", ""), ("listed", "STRUCT(words VARCHAR, n INTEGER)[]", ""))
    for column in columns:
        with pytest.raises(FeedError, match="would hold the description of 99999"):
            require_clean(con, Relation("told", "", (column,), (), None), "told")
    insert(
        con,
        "rbcs_assignment",
        [{"hcpcs_code": "17340", "family": "Watchful Waiting", "added_on": "1985-01-01", "assigned_from": "1985-01-01"}],
    )
    require_clean(con, Relation("told", "", columns, (), None), "told")


def test_a_csv_file_is_searched_as_it_was_written(tmp_path: Path) -> None:
    """A text with a comma, and so with quotes, may come after so many without that a guess takes it for two."""
    con = tiny_warehouse()
    con.execute(
        "insert into protected_descriptor by name select 'RVU26B' as release_id, 'AMA' as owner, '99999' as hcpcs_code, "
        "descriptor_fingerprints('watchful waiting')[1] as fingerprint"
    )
    con.execute("create table told as select 'group ' || number as words, number as n from range(60000) as _(number)")
    con.execute("insert into told values ('Category III, 000', 60000)")
    relation, file = Relation("told", "", (("words", "VARCHAR", ""),), (), None), tmp_path / "told.csv"
    written = f"read_csv('{file}'{export._READ['csv']})"
    con.execute(f"copy told to '{file}' ({export._COPY['csv']})")
    require_clean(con, relation, written)
    con.execute("insert into told values ('x, watchful waiting', 60001)")
    con.execute(f"copy told to '{file}' ({export._COPY['csv']})")
    with pytest.raises(FeedError, match="would hold the description of 99999"):
        require_clean(con, relation, written)


def test_what_needs_more_memory_than_is_good_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first try ran out of it."""
    monkeypatch.setattr(export, "_MEMORY", "10MB")
    con = duckdb.connect(config={"temp_directory": ""})  # nothing can be put aside
    seen = []

    def work() -> list[tuple[int]]:
        seen.append(con.execute("select current_setting('memory_limit')").fetchall()[0][0])
        con.execute("create or replace table told as select hash(number) as mark from range(3000000) as _(number)")
        return con.execute("select count(*) from told").fetchall()

    assert export._bounded(con, work) == [(3000000,)]
    assert seen[0] == "9.5 MiB" and len(seen) == 2 and seen[1] != seen[0]


def test_wishes_that_cannot_be_had_are_sentences(built: Home, tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"hcpcs_descriptor is not exported: view public_descriptor"):
        make_export(built, tmp_path / "a", ExportWish(only=("hcpcs_descriptor",)))
    with pytest.raises(FeedError, match=r"no table or view 'rvus'"):
        make_export(built, tmp_path / "a", ExportWish(only=("rvus",)))
    with pytest.raises(WarehouseError, match=r"RVU99Z is not loaded"):
        make_export(built, tmp_path / "a", ExportWish(releases=("RVU99Z",)))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(FeedError, match=r"no export wrote them"):
        make_export(built, tmp_path / "mine", ExportWish(only=("gpci",)))


def test_nothing_is_exported_into_the_home(built: Home) -> None:
    before = set(built.root.rglob("*"))
    with pytest.raises(FeedError, match=r"lies in the home folder .* Name a folder for the export outside of it"):
        make_export(built, built.root / "export", ExportWish(only=("status_code",)))
    assert set(built.root.rglob("*")) == before


def test_what_is_left_out_unless_it_is_named_is_said_and_files_are_counted(
    built: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PFS_HOME", str(built.root))
    monkeypatch.setenv("COLUMNS", "1000")
    assert command(str(tmp_path / "all"), ExportWish(releases=LATEST), json=False) == 0
    said = capsys.readouterr().out
    assert (
        "(--only): code_comparison, code_difference, code_page, code_period, latest_code_page, latest_page_body, page_body."
        in said
    )
    assert command(str(tmp_path / "one"), ExportWish(only=("status_code",)), json=False) == 0
    said = capsys.readouterr().out
    assert "--only" not in said
    assert f"{tmp_path / 'one'}: 1 table or view in 1 file, 0.0 MB; 4 files describe them.\n5 files were written" in said
    assert len(contents(tmp_path / "one")) == 5


def test_amounts_of_the_export_are_those_of_the_evidence(exported: Export) -> None:
    frame = pl.read_parquet(f"{exported[0]}/payment/release_id=RVU26B/part-0.parquet").filter(
        hcpcs_code="99213", modifier="", mac="10112", locality="00", qp_status="non_qp"
    )
    assert frame.select("nonfacility_fee", "facility_fee").rows() == [(Decimal("87.79"), Decimal("54.77"))]
