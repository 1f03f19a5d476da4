"""Secrets come from the environment, from `.env`, or from files; what is wrong is said without its value."""

from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.settings import read_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a `.env`."""
    monkeypatch.chdir(tmp_path)


def test_a_secret_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("xoxb-from-a-file\n")
    monkeypatch.setenv("BACKSTOP_SLACK_BOT_TOKEN_FILE", str(tmp_path / "token"))
    token = read_settings().slack_bot_token
    assert token is not None
    assert token.get_secret_value() == "xoxb-from-a-file"
    assert "xoxb" not in repr(read_settings())


def test_a_file_of_settings_may_name_one(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgresql://app:sesame@db/backstop")
    (tmp_path / "settings").write_text(f"BACKSTOP_DATABASE_URL_FILE={tmp_path}/database\nBACKSTOP_HTTP_PORT=9090\n")
    settings = read_settings(tmp_path / "settings")
    assert settings.database == "postgresql://app:sesame@db/backstop"
    assert settings.http_port == 9090
    assert settings.secrets() == ("postgresql://app:sesame@db/backstop",)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SLACK_BOT_TOKEN_FILE": "/nowhere/token"}, "BACKSTOP_SLACK_BOT_TOKEN_FILE names cannot be read"),
        ({"SLACK_BOT_TOKEN_FILE": "empty"}, "is empty"),
        ({"SLACK_BOT_TOKEN_FILE": "empty", "SLACK_BOT_TOKEN": "xoxb-hunter2"}, "are both set"),
        ({"HTTP_PORT": "xoxb-hunter2"}, "BACKSTOP_HTTP_PORT: Input should be a valid integer"),
        ({"SOCKET_CONNECTIONS": "11"}, "BACKSTOP_SOCKET_CONNECTIONS: Input should be less than or equal to 10"),
    ],
)
def test_what_is_wrong_is_said_without_its_value(
    variables: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, value in variables.items():
        monkeypatch.setenv(f"BACKSTOP_{name}", value)
    with pytest.raises(ConfigurationError, match=sentence) as raised:
        read_settings()
    assert "hunter2" not in raised.value.sentence


def test_a_file_that_is_not_there_is_no_reason_to_start_without_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file of settings"):
        read_settings(tmp_path / "gone.env")
