"""The HTTP interface, and what the application lets in and out around it."""

import threading
from typing import TYPE_CHECKING, Any

import pytest

from bot.pages import api
from bot.phrases import say
from corpus.errors import StorageError
from tests.bot.pages.fake_assistant import QUOTE, FakeAssistant

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

ASK = "/api/v1/ask"


def test_an_answer_is_the_object_that_the_commands_give(client: "TestClient") -> None:
    response = client.post(ASK, json={"question": "Combien de participants ?"})
    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "disputed" and body["language"] == "fr"
    assert [position["value"] for position in body["disagreement"]] == ["160 participants", "200 participants"]
    assert body["citations"][0]["quote"] == QUOTE
    assert body["citations"][0]["answer_span"] == [QUOTE.find("160"), QUOTE.find("160") + len("160 participants")]
    assert isinstance(body["id"], int)


def test_language_and_history_reach_the_assistant(client: "TestClient", shared: FakeAssistant) -> None:
    history = [{"question": "Qui a ouvert ?", "answer": "unused"}, {"question": "OIAC"}]
    client.post(ASK, json={"question": "Et ensuite ?", "language": "en", "history": history})
    assert shared.asked[-1] == ("Et ensuite ?", "en", ("Qui a ouvert ?", "OIAC"))


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        (b"[]", 422, "object"),
        (b"{}", 422, "question"),
        (b'{"question": 3}', 422, "question"),
        (b'{"question": "x", "model": "y"}', 422, "model"),
        (b'{"question": "x", "history": ["y"]}', 422, "history.0"),
        (b'{"question": "x", "history": %s}' % (b"[" + b",".join([b'{"question":"y"}'] * 51) + b"]"), 422, "history"),
        (b'{"question": "  "}', 422, say("error_empty", "fr")),
        (b'{"question": "%s"}' % (b"a" * 2_001), 422, "2\u00a0001"),
    ],
)
def test_a_bad_request_says_what_is_wrong(client: "TestClient", body: bytes, status: int, found: str) -> None:
    response = client.post(ASK, content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert list(response.json()) == ["error"] and found in response.json()["error"]


def test_messages_are_in_the_callers_language(client: "TestClient") -> None:
    response = client.post(ASK, content=b"{", headers={"accept-language": "ar"})
    assert "تعذّرت قراءة الطلب" in response.json()["error"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_refused(client: "TestClient", declared: bool) -> None:
    def pieces() -> Any:
        for _ in range(30):
            yield b"x" * 50_000

    content = b"x" * 1_000_001 if declared else pieces()
    response = client.post(ASK, content=content)
    assert response.status_code == 413
    assert "1\u00a0000\u00a0000" in response.json()["error"]


def test_storage_that_fails_is_503_without_a_path(
    client: "TestClient", shared: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "fails", StorageError("/secret/library.sqlite"))
    response = client.post(ASK, json={"question": "Qui ?"})
    assert response.status_code == 503 and "secret" not in response.text


def test_an_unexpected_failure_is_500_without_a_trace(
    client: "TestClient", shared: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "fails", RuntimeError("/secret"))
    response = client.post(ASK, json={"question": "Qui ?"})
    assert response.status_code == 500 and response.json() == {"error": say("error_internal", "fr")}


def test_too_many_at_once_is_503(client: "TestClient", shared: FakeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.05)
    release, entered = threading.Event(), threading.Semaphore(0)

    def slow(*_: Any, **__: Any) -> Any:
        entered.release()
        release.wait(20)
        raise StorageError("done")

    monkeypatch.setattr(shared, "ask", slow)
    threads = [
        threading.Thread(target=client.post, args=(ASK,), kwargs={"json": {"question": "Qui ?"}})
        for _ in range(api.MOST_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert entered.acquire(timeout=20)
    response = client.post(ASK, json={"question": "Qui ?"})
    release.set()
    for thread in threads:
        thread.join(20)
    assert response.status_code == 503 and response.headers["retry-after"] == "5"
    assert response.json() == {"error": say("error_busy", "fr")}


def test_health_says_what_is_held(client: "TestClient") -> None:
    body = client.get("/api/v1/health").json()
    assert body == {
        "status": "ok",
        "documents": 187,
        "languages": ["en", "fr", "ar", "es", "de"],
        "newest": "2026-05-08",
    }


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/sources/none/1", "/page/page.css", "/theme.css", "/none"])
def test_every_response_has_the_headers(client: "TestClient", path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_the_chat_page_is_ours_in_each_language(client: "TestClient") -> None:
    for language, direction in (("fr", "ltr"), ("ar", "rtl")):
        response = client.get(f"/?lang={language}", headers={"accept-encoding": "br, gzip"})
        html = response.text
        assert f'<html lang="{language}" dir="{direction}"' in html
        assert f"<title>{say('app_title', language)}</title>" in html
        assert "raw.githubusercontent" not in html and "Click to try" not in html and "<base" not in html
        policy = response.headers["content-security-policy"]
        nonce = policy.split("'nonce-")[1].split("'")[0]
        scripts = html.split("<script")[1:]
        assert scripts and all(script.startswith(f' nonce="{nonce}"') for script in scripts)
        assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert client.get("/").headers["content-security-policy"] != client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=pyproject.toml",
        "/gradio_api/file=https://example.org/",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/config",
        "/monitoring",
        "/assets/../../../../pyproject.toml",
        "/assets/%2e%2e/%2e%2e/index.html",
        "/svelte/x",
        "/login",
        "/docs",
    ],
)
def test_what_the_chat_does_not_need_is_closed(client: "TestClient", path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/", "/upload"])
def test_nothing_can_be_uploaded(client: "TestClient", path: str) -> None:
    response = client.post(path, files={"files": ("x.html", b"<script>alert(1)</script>")})
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/gradio_api/run/predict", "/gradio_api/call/ask", "/gradio_api/component_server"])
def test_calls_go_through_the_queue_only(client: "TestClient", path: str) -> None:
    assert client.post(path, json={"data": []}).status_code == 404


def test_gradio_checks_paths_itself_too(client: "TestClient") -> None:
    mount: Any = client.app.routes[-1]  # type: ignore[attr-defined]
    assert mount.app.app.app.get_blocks().has_launched is True


def test_no_other_origin_is_let_in(client: "TestClient") -> None:
    response = client.get("/theme.css", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    assert client.options(ASK, headers=preflight).status_code == 400


def test_a_missing_page_is_in_the_visitors_language(client: "TestClient") -> None:
    response = client.get("/none", headers={"accept-language": "zh"})
    assert response.status_code == 404 and say("page_not_found", "zh") in response.text
