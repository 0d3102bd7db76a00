"""Every file in sql/ is held to its rule by a test of this folder: views and macros are named, checks have both controls.

A check that never selects a row passes every build, and one that selects good rows stops every build. So each needs a test in
which it finds rows and one in which it finds none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from warehouse.sql_file import sql_files

HERE = Path(__file__).parent


@cache
def parsed_tests() -> tuple[ast.AST, ...]:
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in HERE.rglob("test_*.py") if path != Path(__file__))


@cache
def texts() -> str:
    """Every text literal of the tests, docstrings left out."""
    nodes = [node for tree in parsed_tests() for node in ast.walk(tree)]
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    literals = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return "\n".join(node.value for node in literals if isinstance(node.value, str))


def asked(node: ast.AST) -> str | None:
    """The check that a node asks for, if it is a call `broken_rows(con, "check")`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "broken_rows":
        name = node.args[1]
        return name.value if isinstance(name, ast.Constant) else None
    return None


def is_nothing(node: ast.AST) -> bool:
    return isinstance(node, ast.List) and not node.elts


def controls(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Each check that a test file asks for, and whether it is expected to find nothing there."""
    quiet: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(is_nothing(side) for side in node.comparators):
            quiet.add(id(node.left))
    for node in ast.walk(tree):
        if (name := asked(node)) is not None:
            yield name, id(node) in quiet


@cache
def all_controls() -> frozenset[tuple[str, bool]]:
    return frozenset(found for tree in parsed_tests() for found in controls(tree))


@pytest.mark.parametrize("name", [file.name for file in sql_files("checks")])
def test_a_check_has_a_test_in_which_it_finds_rows_and_one_in_which_it_does_not(name: str) -> None:
    """Written as `broken_rows(con, name) == []` for good rows, and any other use of `broken_rows(con, name)` for bad ones."""
    found = {finds_nothing for check, finds_nothing in all_controls() if check == name}
    assert found == {True, False}, f"sql/checks/{name}.sql needs a test with good rows and one with bad rows in tests/spec"


@pytest.mark.parametrize("name", [file.name for folder in ("macros", "views", "stored") for file in sql_files(folder)])
def test_a_macro_or_view_is_asked_for_in_a_test(name: str) -> None:
    """It stands in a query of a test of this folder."""
    assert name in texts(), f"{name} has no test in tests/spec"
