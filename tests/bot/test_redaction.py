"""Secrets of every kind that the two systems hold are removed; what is not a secret stays as it was."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import REMOVED, holds_secret, is_secret_name, mask, mask_personal, redact, redact_text

HIDDEN = "Xk9Zq8Wv7Lm6"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ2ZXJhIn0.c2lnbmF0dXJlLXBhcnQ"
SECRETS = {
    "bearer": f"curl -H 'Authorization: Bearer {HIDDEN}abc' http://x",
    "header line": f"Cookie: session={HIDDEN}; theme=dark",
    "lower case header": f"GET / HTTP/1.1\nauthorization: Basic {HIDDEN}==\nhost: x",
    "jwt": f"got {JWT[:-5]}{HIDDEN} from login",
    "bcrypt": f"$2y$10${HIDDEN}abcdefghijklmnopqrstuv",
    "argon2": f"hash $argon2id$v=19$m=65536,t=3,p=4$c2FsdA${HIDDEN}",
    "scram": f"SCRAM-SHA-256$4096:{HIDDEN}$abc:def",
    "postgres address": f"postgresql://backstop:{HIDDEN}@db:5432/app",
    "address with odd password": f"cannot reach redis://:a/b@{HIDDEN}@cache:6379/0",
    "http address": f"https://bot:{HIDDEN}@example.com/path",
    "libpq": f"host=db user=x password={HIDDEN} dbname=y",
    "quoted": f"password = '{HIDDEN} with spaces'",
    "query string": f"/cb?access_token={HIDDEN}&state=1",
    "json in text": json.dumps({"api_key": HIDDEN, "id": 3}),
    "json in json in text": json.dumps({"body": json.dumps({"client_secret": HIDDEN})}),
    "php": f'a:1:{{s:8:"password";s:12:"{HIDDEN}";}}',
    "php array": f"'token' => '{HIDDEN}'",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{HIDDEN}\n-----END RSA PRIVATE KEY-----",
    "cut private key": f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}",
    "slack": f"xoxb-1234-{HIDDEN}",
    "slack app": f"xapp-1-A1-{HIDDEN}",
    "slack hook": f"https://hooks.slack.com/services/T0/B0/{HIDDEN}",
    "github": f"ghp_{HIDDEN}{HIDDEN}",
    "model provider": f"sk-proj-{HIDDEN}{HIDDEN}",
    "laravel key": f"APP_KEY=base64:{HIDDEN}{'A' * 40}=",
    "environment": f"DB_PASSWORD={HIDDEN}",
}
HARMLESS = [
    "metrics:dashboard:tenant-abc expires in 25 s",
    "8 agents cached, 10 stored",
    "SELECT count(*) FROM agents WHERE tenant_id = 'tenant-abc'",
    "http://localhost:8000/api/v1/agents?tenant_id=tenant-abc",
    "Basic checks passed, the bearer may enter",
    "total_tokens=18230",
    "2026-11-24T18:36:11Z",
    "0191e7c4-7d5c-7cc1-9d52-1a5e3b7f2a10",
]


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_removed_from_text(text: str) -> None:
    assert HIDDEN not in redact_text(text)
    assert REMOVED in redact_text(text)
    assert holds_secret(text)


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_removing_twice_changes_nothing_more(text: str) -> None:
    assert redact_text(redact_text(text)) == redact_text(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text) == text
    assert not holds_secret(text)


def test_an_aws_key_is_removed() -> None:
    assert redact_text("key AKIAIOSFODNN7EXAMPLE used") == f"key {REMOVED} used"


def test_fields_are_removed_by_their_names_at_any_depth() -> None:
    given_value = {
        "users": [{"email": "v@example.com", "password": "x", "rememberToken": "y", "id": 1}],
        "headers": {"Set-Cookie": "a=b", "X-Api-Key": "k", "X-Cache": "HIT"},
        "credentials": {"deep": {"thing": 1}},
    }
    assert redact(given_value) == {
        "users": [{"email": "v@example.com", "password": REMOVED, "rememberToken": REMOVED, "id": 1}],
        "headers": {"Set-Cookie": REMOVED, "X-Api-Key": REMOVED, "X-Cache": "HIT"},
        "credentials": REMOVED,
    }


def test_counts_of_tokens_and_absent_secrets_stay_visible() -> None:
    value = {"tokens_used": 18230, "password": None, "secret": "", "has_token": True}
    assert redact(value) == value


def test_the_context_of_a_secret_stays_readable() -> None:
    assert redact_text("postgresql://reader:pw@db:5432/app") == f"postgresql://reader:{REMOVED}@db:5432/app"
    assert redact_text('{"id": 1, "password": "pw", "role": "viewer"}') == (
        f'{{"id": 1, "password": "{REMOVED}", "role": "viewer"}}'
    )


@given(
    name=st.sampled_from(["password", "api_key", "Authorization", "refreshToken", "DB_PASSWORD", "client-secret"]),
    secret=st.text(string.ascii_letters + string.digits, min_size=9, max_size=40).map(lambda text: "Q" + text + "Q7z"),
    beside=st.dictionaries(st.sampled_from(["id", "name", "at"]), st.integers()),
)
def test_no_secret_survives_in_any_place(name: str, secret: str, beside: dict[str, int]) -> None:
    record = {**beside, name: secret}
    for value in (
        record,
        [record],
        {"rows": [record]},
        json.dumps(record),
        f"{name}={secret}",
        {"m": f"{name}: {secret}"},
    ):
        assert secret not in json.dumps(redact(value))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_redacting_is_idempotent_and_keeps_json(value: Any) -> None:
    once = redact(value)
    json.dumps(once)
    assert redact(once) == once


@given(st.text(alphabet=string.ascii_letters + string.digits + "=:\"'\\ ./@$-_\n", max_size=300))
def test_redacting_text_is_idempotent(text: str) -> None:
    once = redact_text(f"token {text} password={text}")
    assert redact_text(once) == once


def test_names_are_recognised_in_any_spelling() -> None:
    assert all(is_secret_name(name) for name in ("api_key", "apiKey", "API-Key", "X-XSRF-TOKEN", "db.password"))
    assert not any(is_secret_name(name) for name in ("key", "email", "role", "author", "status"))


def test_personal_data_is_masked_for_drawing() -> None:
    assert mask_personal("vera@example.com called +49 170 1234567") == "v•••@example.com called +•••"
    assert mask("vera@example.com") == "v•••@example.com"
    assert mask("Vera Example") == "V•••"
    assert mask(None) == ""
    assert mask(mask("vera@example.com")) == mask("vera@example.com")
    assert mask_personal("2026-11-24 and 10 agents") == "2026-11-24 and 10 agents"


def test_a_long_text_is_redacted_in_reasonable_time() -> None:
    for unit in ("password", "a.", "token=", "eyJ", "-----BEGIN ", "://", 'x"', "@a", "$2y$"):
        redact_text(unit * (200_000 // len(unit)))


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
@pytest.mark.parametrize(
    "around", ["tokens=182 are no secret, İ is one letter", "nothing to see"], ids=["words", "none"]
)
def test_a_secret_is_found_in_a_long_text(text: str, around: str) -> None:
    long = "\n".join([around] * 200)
    seen = redact_text(f"{long}\n{text}\n{long}")
    assert HIDDEN not in seen
    assert seen.count(around) == (200 if text == SECRETS["cut private key"] else 400)  # which has no end


@pytest.mark.parametrize("name", ["PassWord", "API-Key", "ſecret", "Session_ID", "İİ access_key", "to\u212aen"])
def test_an_assignment_is_found_in_any_spelling(name: str) -> None:
    assert redact_text(f"a {name} = {HIDDEN} b") == f"a {name} = {REMOVED} b"
