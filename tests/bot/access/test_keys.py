"""A key belongs to one tenant exactly: nothing in an id or a key is ever taken for a pattern."""

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access.keys import is_kept, is_of_tenant, pattern
from bot.errors import ConfigurationError
from bot.model.connections import RedisConnection, Secret
from bot.model.system import Cache, CacheKind, Roles, System

COSTS = Cache(key="llm-costs:{tenant}:{date}")
ids = st.text(min_size=1, max_size=12)


def system(**caches: Cache) -> System:
    connection = RedisConnection(kind="redis", url=Secret(env="X"))
    return System(
        name="s", family="f", title="S", connections={"cache": connection}, roles=Roles(names=()), caches=caches
    )


def test_a_key_with_all_places_known_is_exact() -> None:
    made = pattern("c", Cache(key="metrics:dashboard:{tenant}"), {"tenant": "tenant-abc"})
    assert made.exact == "metrics:dashboard:tenant-abc"
    assert made.fits("metrics:dashboard:tenant-abc")
    assert not made.fits("metrics:dashboard:tenant-abcd")


def test_an_open_place_holds_one_part() -> None:
    made = pattern("c", COSTS, {"tenant": "tenant-a"})
    assert made.exact is None
    assert made.glob == "llm-costs:tenant-a:*"
    assert made.fits("llm-costs:tenant-a:2026-11-24")
    for other in (
        "llm-costs:tenant-abc:2026-11-24",
        "llm-costs:tenant-a:x:y",
        "llm-costs:tenant-a:",
        "xllm-costs:tenant-a:1",
    ):
        assert not made.fits(other)


@given(mine=ids, other=ids, date=st.text(min_size=1, max_size=8))
def test_no_tenant_fits_the_keys_of_another(mine: str, other: str, date: str) -> None:
    key = f"llm-costs:{other}:{date}"
    made = pattern("c", COSTS, {"tenant": mine})
    if made.fits(key):
        assert key.startswith(f"llm-costs:{mine}:")
        assert ":" not in key.removeprefix(f"llm-costs:{mine}:")


@given(tenant=ids, date=st.text(st.characters(exclude_characters=":"), min_size=1, max_size=8))
def test_every_key_of_the_tenant_fits_and_the_glob_finds_it(tenant: str, date: str) -> None:
    made = pattern("c", COSTS, {"tenant": tenant})
    key = f"llm-costs:{tenant}:{date}"
    assert made.fits(key)
    literal = made.glob.removesuffix("*")
    for escaped in "*?[]":
        literal = literal.replace(f"\\{escaped}", escaped)
    assert key.startswith(literal.replace("\\\\", "\\"))


@given(tenant=st.text(alphabet="ab*?[]\\-", min_size=1, max_size=8))
def test_special_characters_are_escaped_in_the_glob(tenant: str) -> None:
    glob = pattern("c", COSTS, {"tenant": tenant}).glob.removesuffix(":*").removeprefix("llm-costs:")
    bare = glob.replace("\\\\", "").replace("\\*", "").replace("\\?", "").replace("\\[", "").replace("\\]", "")
    assert not set(bare) & set("*?[]\\")


def test_a_place_that_cannot_be_told_apart_is_refused() -> None:
    for key in ("metrics:{tenant}{date}", "{date}{tenant}"):
        with pytest.raises(ConfigurationError, match="put something between"):
            pattern("c", Cache(key=key), {"tenant": "a"})


def test_only_keys_that_name_the_tenant_are_of_it() -> None:
    assert is_of_tenant(COSTS)
    assert is_of_tenant(Cache(key="x:{tenant_slug}"))
    assert not is_of_tenant(Cache(key="revoked:{token_hash}"))
    assert not is_of_tenant(Cache(key="x:{tenants}"))


def test_state_wins_over_whatever_else_a_key_looks_like() -> None:
    one = system(
        costs=Cache(key="{tenant}:{what}"),
        locks=Cache(key="{tenant}:lock", kind=CacheKind.STATE),
        flags=Cache(key="flags", kind=CacheKind.NO_TTL),
        sessions=Cache(key="session:{id}", kind=CacheKind.STATE),
    )
    for key in ("tenant-a:lock", "flags", "session:a:b:c"):
        assert is_kept(one, "cache", key)
        assert not is_kept(one, "another", key)
    assert not is_kept(one, "cache", "tenant-a:costs")


def test_the_glob_is_no_wider_than_needed() -> None:
    made = pattern("c", COSTS, {"tenant": "t"})
    assert fnmatch.fnmatchcase("llm-costs:t:1", made.glob)
    assert not fnmatch.fnmatchcase("llm-costs:t2:1", made.glob)
