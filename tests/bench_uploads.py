"""Times the way of documents through the staff page, over the bare model for the same passages.

Run as `python -m tests.bench_uploads [DOCUMENTS] [PAGES]`: a server, a log-in, PDF files sent one by one to the
inbox, read, published and indexed; then the model alone encodes the same passages. Prints one JSON object.
"""

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2
import uvicorn

from app import create_app
from bot.assistant import Assistant
from bot.settings import Settings
from bot.staff.desk import Desk
from corpus.sentences import split_sentences
from corpus.split import split
from tests.corpus.pdfs import Paper
from vectorstore.embedder import SentenceTransformerEmbedder

CHARACTERS = 1_800  # of a page
PASSWORD = "sept phares bleus en mer"
PORT = 7_871
SEED = 7


def sentences(folder: Path) -> list[str]:
    """The French sentences of the curated documents."""
    texts = [path.read_text(encoding="utf-8").split("---", 2)[-1] for path in sorted((folder / "fr").glob("*.md"))]
    found = [span.of(text) for text in texts for span in split_sentences(text, "fr", 0)]
    return sorted(
        {" ".join(sentence.split()) for sentence in found if 40 < len(sentence) < 400 and "#" not in sentence}
    )


def document(number: int, pages: int, source: list[str], draw: random.Random) -> bytes:
    """A PDF of so many pages, each with a heading and sentences drawn at random."""
    paper = Paper()
    for page in range(pages):
        paper.add_page()
        paper.title_line(f"Document {number}, partie {page + 1}")
        text = ""
        while len(text) < CHARACTERS:
            text += f"{draw.choice(source)} "
        paper.text_block(text.encode("latin-1", "ignore").decode("latin-1"))
    return bytes(paper.output())


def main(documents: int, pages: int) -> dict[str, float]:
    """Seconds of each step, and what it comes to for a page."""
    draw = random.Random(SEED)
    source = sentences(Path("corpus/documents"))
    files = [(f"document-{n}.pdf", document(n, pages, source, draw)) for n in range(documents)]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        empty = data / "empty"
        empty.mkdir()
        embedder = SentenceTransformerEmbedder(None, Path("data/models"), threads=1)
        assistant = Assistant(Settings(data_dir=data, documents_dir=empty), embedder)
        assistant.prepare()
        desk = Desk(assistant)
        desk.accounts.create("amina", PASSWORD, "editor")
        server = uvicorn.Server(uvicorn.Config(create_app(assistant, desk), port=PORT, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        base = f"http://127.0.0.1:{PORT}"
        with httpx2.Client(base_url=base, headers={"Origin": base}, timeout=600) as client:
            client.post("/staff/login", data={"name": "amina", "password": PASSWORD})
            assistant.warm_up()
            began = time.perf_counter()
            ids = [_sent(client, name, file) for name, file in files]
            uploaded = time.perf_counter()
            _wait(client)
            read = time.perf_counter()
            for id in ids:
                client.post(f"/staff/inbox/{id}/publish", data={"reason": "essai"})
            _wait(client)
            published = time.perf_counter()
        server.should_exit = True
        thread.join()
        ready = [assistant.library.get(e.metadata.id) for e in assistant.library.entries("ready")]
        texts = [f"passage: {passage.text}" for one in ready for passage in split(one)]
        started = time.perf_counter()
        embedder.bare_encode(texts)
        bare = time.perf_counter() - started
        assistant.close()
    total = documents * pages
    return {
        "documents": len(ready),
        "pages": total,
        "passages": len(texts),
        "upload_s": round(uploaded - began, 1),
        "read_s": round(read - uploaded, 1),
        "publish_s": round(published - read, 1),
        "bare_model_s": round(bare, 1),
        "page_ms": round(1_000 * (published - began) / total, 1),
        "bare_page_ms": round(1_000 * bare / total, 1),
        "all_over_bare": round((published - began) / bare, 2),
        "publish_over_bare": round((published - read) / bare, 2),
    }


def _sent(client: httpx2.Client, name: str, data: bytes) -> int:
    response = client.post(
        "/staff/inbox/upload", files={"files": (name, data, "application/pdf")}, headers={"Accept": "application/json"}
    )
    return int(response.json()["ids"][0])


def _wait(client: httpx2.Client) -> None:
    while client.get("/staff/inbox/status").json()["under_way"]:
        time.sleep(0.2)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    print(json.dumps(main(*(given or [100, 10])), indent=1))
