"""Catalogued SQL is bound, never pasted; what it answers is plain and without secrets."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.sql import Rows, bind, rows_of
from bot.errors import InputError, SystemRefused
from bot.model.system import Query


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :tenant", "SELECT %(tenant)s"),
        ("WHERE id::text = :tenant", "WHERE id::text = %(tenant)s"),
        ("SELECT ':tenant', \":tenant\"", "SELECT ':tenant', \":tenant\""),
        ("SELECT 'it''s :x' || :tenant", "SELECT 'it''s :x' || %(tenant)s"),
        ("SELECT 1 -- :x\n, :tenant /* :y */", "SELECT 1 -- :x\n, %(tenant)s /* :y */"),
        ("SELECT $$ :x $$, $a$ :y $a$, :tenant", "SELECT $$ :x $$, $a$ :y $a$, %(tenant)s"),
        ("SELECT 5 % 2, 'a%', :tenant", "SELECT 5 %% 2, 'a%%', %(tenant)s"),
        ("make_interval(mins => :tenant)", "make_interval(mins => %(tenant)s)"),
        ("a[1:2], :tenant", "a[1:2], %(tenant)s"),
    ],
)
def test_parameters_are_found_where_they_are_some(sql: str, expected: str) -> None:
    assert bind(sql, {"tenant": "t", "x": 1, "y": 2}) == (
        expected,
        {"tenant": "t"} if "%(tenant)s" in expected else {},
    )


@given(st.text())
def test_a_value_never_becomes_sql(value: str) -> None:
    assert bind("SELECT :tenant", {"tenant": value}) == ("SELECT %(tenant)s", {"tenant": value})


def test_a_value_that_is_missing_is_asked_for() -> None:
    with pytest.raises(InputError, match="user is needed"):
        bind("SELECT :tenant, :user", {"tenant": "t"})
    assert bind("SELECT :tenant", {"tenant": None}) == ("SELECT %(tenant)s", {"tenant": None})


def rows() -> Rows:
    query = Query(sql="", personal=("email",))
    fetched = [
        (
            UUID(int=1),
            "v@example.com",
            Decimal("3"),
            Decimal("1.5"),
            datetime(2026, 1, 1, tzinfo=UTC),
            b"abc",
            "hunter2",
        ),
        (UUID(int=2), None, None, True, date(2026, 1, 1), {"password": "x", "a": 1}, None),
        (UUID(int=3), None, None, None, None, None, None),
    ]
    return rows_of(query, ("id", "email", "n", "share", "at", "raw", "password"), fetched, 2, "reader")


def test_rows_are_plain_capped_and_without_secrets() -> None:
    made = rows()
    assert (len(made), made.capped, made.role) == (2, True, "reader")
    first = made.first
    assert first is not None
    assert first["id"] == "00000000-0000-0000-0000-000000000001"
    assert (first["n"], first["share"], first["raw"], first["password"]) == (3, 1.5, "3 bytes", "[removed]")
    assert made.rows[1]["raw"] == {"password": "[removed]", "a": 1}


def test_tables_are_for_people_and_evidence_for_the_record() -> None:
    table = rows().table("People")
    assert table.cut
    assert table.rows[0][1:5] == ("v•••@example.com", "3", "1.5", "2026-01-01 00:00:00 UTC")
    assert table.rows[1][1:4] == ("", "–", "yes")
    evidence = rows().evidence()
    assert evidence[0]["email"] == "v@example.com"
    assert (evidence[0]["at"], evidence[1]["at"]) == ("2026-01-01T00:00:00+00:00", "2026-01-01")


def test_a_count_is_a_number() -> None:
    assert Rows(("n",), ({"n": 3},)).number == 3
    for wrong in (Rows(("n",), ()), Rows(("n",), ({"n": "3"},)), Rows(("n",), ({"n": True},))):
        with pytest.raises(SystemRefused, match="no number"):
            _ = wrong.number
