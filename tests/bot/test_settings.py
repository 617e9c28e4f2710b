"""The settings: every variable, bad values refused, unknown variables named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import PREFIX, Settings, unknown_variables

VALUES: dict[str, tuple[str, str, object]] = {
    "data_dir": ("BOT_DATA_DIR", "/srv/bot", Path("/srv/bot")),
    "documents_dir": ("BOT_DOCUMENTS_DIR", "my/documents", Path("my/documents")),
    "embedding_model": ("BOT_EMBEDDING_MODEL", "org/model", "org/model"),
    "reader_model": ("BOT_READER_MODEL", "org/reader", "org/reader"),
    "judge_model": ("BOT_JUDGE_MODEL", "/srv/judge", "/srv/judge"),
    "host": ("BOT_HOST", "0.0.0.0", "0.0.0.0"),
    "port": ("BOT_PORT", "8080", 8080),
    "language": ("BOT_LANGUAGE", "ar", "ar"),
    "keep_questions": ("BOT_KEEP_QUESTIONS", "0", 0),
    "max_question_characters": ("BOT_MAX_QUESTION_CHARACTERS", "500", 500),
    "question_threads": ("BOT_QUESTION_THREADS", "4", 4),
    "watch_dir": ("BOT_WATCH_DIR", "/srv/in", Path("/srv/in")),
    "watch_addresses": ("BOT_WATCH_ADDRESSES", "addresses.txt", Path("addresses.txt")),
    "watch_minutes": ("BOT_WATCH_MINUTES", "5", 5),
    "fetch_addresses": ("BOT_FETCH_ADDRESSES", "false", False),
}


def test_defaults() -> None:
    settings = Settings()
    assert settings.data_dir == Path("data")
    assert settings.documents_dir == Path("corpus/documents")
    assert settings.embedding_model is None and settings.model is None
    assert (settings.reader_model, settings.reader, settings.judge_model, settings.judge) == (None,) * 4
    assert settings.chroma is None
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 7860, "fr")


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_sets_its_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    variable, text, value = VALUES[name]
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), name) == value
    assert unknown_variables() == []


def test_every_setting_is_tried_here() -> None:
    assert set(VALUES) | {"chroma_url"} >= set(Settings.model_fields)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://chroma:8000/", "http://chroma:8000"),
        ("https://vectors.example.org", "https://vectors.example.org"),
    ],
)
def test_the_address_of_a_chroma_server(monkeypatch: pytest.MonkeyPatch, text: str, address: str) -> None:
    monkeypatch.setenv("BOT_CHROMA_URL", text)
    assert Settings().chroma == address


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("BOT_PORT", "0"),
        ("BOT_PORT", "65536"),
        ("BOT_PORT", "http"),
        ("BOT_PORT", "80.5"),
        ("BOT_LANGUAGE", "de"),
        ("BOT_LANGUAGE", "FR"),
        ("BOT_LANGUAGE", "fr\nen"),
        ("BOT_KEEP_QUESTIONS", "-1"),
        ("BOT_KEEP_QUESTIONS", "forever"),
        ("BOT_MAX_QUESTION_CHARACTERS", "10"),
        ("BOT_MAX_QUESTION_CHARACTERS", "1000000"),
        ("BOT_QUESTION_THREADS", "0"),
        ("BOT_QUESTION_THREADS", "1000"),
        ("BOT_CHROMA_URL", "localhost:8000"),
        ("BOT_CHROMA_URL", "ftp://chroma"),
        ("BOT_CHROMA_URL", "file:///etc/passwd"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (error,) = caught.value.errors()
    assert f"{PREFIX}{error['loc'][0]}".upper() == variable


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_model_is_the_bundled_one(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("BOT_EMBEDDING_MODEL", text)
    assert Settings().model is None


@pytest.mark.parametrize(("variable", "name"), [("BOT_READER_MODEL", "reader"), ("BOT_JUDGE_MODEL", "judge")])
@pytest.mark.parametrize(("text", "model"), [("", None), ("  ", None), (" org/model ", "org/model")])
def test_an_empty_reader_or_judge_is_the_small_one(
    monkeypatch: pytest.MonkeyPatch, variable: str, name: str, text: str, model: str | None
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), name) == model


def test_unknown_variables_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_PROT", "BOT_DATADIR", "bot_lang", "BOTANY", "OTHER", "BOT_PORT"):
        monkeypatch.setenv(name, "1")
    assert unknown_variables() == ["BOT_DATADIR", "BOT_PROT", "bot_lang"]


def test_an_unknown_variable_does_not_stop_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PROT", "8080")
    assert Settings().port == 7860


def test_a_misspelt_argument_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(prot=8080)  # type: ignore[call-arg]


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_a_file_named_env_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BOT_PORT=9\n")
    assert Settings().port == 7860
