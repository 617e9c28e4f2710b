"""The commands. Results go to standard output, messages and progress to standard error.

Exit codes: 0 done, 1 a problem with what was asked for, 2 usage. Heavy libraries are imported by the
commands that need them; `ask` never imports gradio.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import cli_staff
from bot.console import prepare, progress, reading, say, writing
from bot.settings import Settings
from corpus.errors import CorpusError, UnreadableFile

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from bot.models import Answer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

cli_staff.add_to(app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Language = Annotated[str | None, typer.Option("--lang", help="Language of the answer: fr, en, ar, es, ru or zh.")]
Batch = Annotated[Path | None, typer.Option("--batch", help="A file of JSON lines with id and question.")]


def main() -> None:
    """Run a command; a problem is a message and exit code 1, never a trace."""
    from pydantic import ValidationError

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except CorpusError as error:
        _fail(str(error))
    except ValidationError as error:
        problems = (f"BOT_{str(e['loc'][0]).upper()}: found {e['input']!r:.80}. {e['msg']}." for e in error.errors())
        _fail(" ".join(problems))
    except BrokenPipeError:
        sys.exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Port to listen on.")] = None,
) -> None:
    """Index what is new and serve the pages."""
    settings = Settings()
    with writing(settings) as assistant:
        prepare(assistant)
        Thread(target=assistant.warm_up, daemon=True).start()
        import uvicorn

        from app import create_app
        from bot.staff.desk import Desk

        desk = Desk(assistant)
        address, number = host or settings.host, port or settings.port
        if token := desk.accounts.set_up_token():
            say(f"Nobody can log in yet. Create the first account here: http://{address}:{number}/staff/set-up/{token}")
        say(f"Serving on http://{address}:{number}")
        uvicorn.run(create_app(assistant, desk), host=address, port=number, log_level="warning")


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    batch: Batch = None,
    lang: Language = None,
    as_json: Json = False,
) -> None:
    """Answer a question, or a file of questions with one load of the model."""
    if (question is None) == (batch is None):
        raise typer.BadParameter("give a question, or --batch FILE.jsonl")
    lines = _lines(batch) if batch else nullcontext(())
    with lines as numbered, reading(Settings()) as assistant:
        assistant.warm_up()
        if batch is not None:
            for number, line in numbered:
                print(json.dumps(_answered(assistant, number, line, lang), ensure_ascii=False), flush=True)
            return
        answer = assistant.ask(question or "", language=lang)
    print(json.dumps(answer.to_json(), ensure_ascii=False) if as_json else _shown(answer))


@app.command()
def add(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, .zip archives, or web addresses.")],
    as_json: Json = False,
) -> None:
    """Add documents to the corpus."""
    with writing(Settings()) as assistant, progress() as report:
        outcomes = assistant.add(sources, report)
    for outcome in outcomes:
        if as_json:
            print(json.dumps({name: getattr(outcome, name) for name in outcome.__slots__}, ensure_ascii=False))
        elif outcome.result == "failed":
            say(outcome.reason)
        else:
            print(f"{outcome.result}\t{outcome.document_id}\tversion {outcome.version}\t{outcome.passages} passages")
    if any(outcome.result == "failed" for outcome in outcomes):
        raise typer.Exit(1)


@app.command("list")
def list_documents(as_json: Json = False) -> None:
    """List the documents."""
    with reading(Settings(), prepared=False) as assistant:
        for entry in assistant.documents():
            m = entry.metadata
            row = {"id": m.id, "version": entry.version, "state": entry.state, "language": m.language}
            row |= {"date": m.date or "", "publisher": m.publisher, "title": m.title}
            print(json.dumps(row, ensure_ascii=False) if as_json else "\t".join(str(v) for v in row.values()))


@app.command()
def show(
    document_id: Annotated[str, typer.Argument(metavar="ID")],
    version: Annotated[int | None, typer.Option(help="A version; the current one by default.")] = None,
    as_json: Json = False,
) -> None:
    """Show a document's metadata and text."""
    with reading(Settings(), prepared=False) as assistant:
        view = assistant.document(document_id, version)
    m, document = view.document.metadata, view.document
    row = {name: getattr(m, name) for name in m.__slots__} | {
        "version": document.version,
        "state": view.state,
    }
    row["sha256"] = document.sha256
    if as_json:
        print(json.dumps(row | {"text": document.text}, ensure_ascii=False))
        return
    for name, value in row.items():
        print(f"{name}: {', '.join(value) if isinstance(value, tuple) else value}")
    print(f"\n{document.text}")


@app.command()
def remove(document_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take a document out of answers; its versions and permalinks stay."""
    with writing(Settings()) as assistant:
        assistant.remove(document_id)
    print(f"removed\t{document_id}")


@app.command()
def reindex() -> None:
    """Empty the index and fill it again from the stored documents."""
    with writing(Settings()) as assistant, progress() as report:
        count = assistant.reindex(report)
    print(f"indexed\t{count} documents")


@app.command()
def setup() -> None:
    """Unpack the model and index the curated documents, without serving."""
    with writing(Settings()) as assistant:
        prepare(assistant)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check settings, disk, model, library and index."""
    from bot.staff.desk import Desk

    with reading(Settings(), prepared=False) as assistant:
        findings = Desk(assistant).upkeep.examine()
    for finding in findings:
        row = {name: getattr(finding, name) for name in finding.__slots__} | {"values": dict(finding.values)}
        line = f"{finding.severity}\t{finding.check}\t{finding.message}\t{finding.remedy}".rstrip("\t")
        print(json.dumps(row, ensure_ascii=False, default=str) if as_json else line)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def unanswered(as_json: Json = False) -> None:
    """List the questions that found no full answer, newest first."""
    with reading(Settings(), prepared=False) as assistant:
        for item in assistant.unanswered():
            row = {name: getattr(item, name) for name in item.__slots__}
            print(json.dumps(row, ensure_ascii=False) if as_json else "\t".join(str(v) for v in row.values()))


@app.command("eval")
def evaluate(
    path: Annotated[Path, typer.Argument(help="A file or a folder of question-answering sets.")],
    limit: Annotated[int, typer.Option(min=0, help="Questions a set, drawn at random; 0 for all.")] = 0,
    held_out: Annotated[bool, typer.Option("--held-out", help="Only articles that nothing was fitted on.")] = False,
    failures: Annotated[Path | None, typer.Option(help="A file for the questions answered wrongly.")] = None,
    as_json: Json = False,
) -> None:
    """Measure retrieval, answers, refusals and judgements on sets, beside the search, BM25 and dense search alone."""
    from bot.evaluation import Extent, evaluate_path, table

    wrong: list[dict[str, object]] = []
    results = evaluate_path(path, Settings(), say, Extent(limit, held_out), wrong.append)
    if failures:
        failures.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wrong), encoding="utf-8")
    print(json.dumps(results, ensure_ascii=False, indent=1) if as_json else table(results))


@app.command()
def bench(
    passages: Annotated[int, typer.Option(help="Size of the large index that is measured too; 0 for none.")] = 0,
    as_json: Json = False,
) -> None:
    """Time questions over the corpus, and indexing against the bare model."""
    from bot.bench import run, table

    with writing(Settings(keep_questions=0)) as assistant:
        prepare(assistant)
        results = run(assistant, passages, say)
    print(json.dumps(results, indent=1) if as_json else table(results))


def _answered(assistant: "Assistant", number: int, line: str, lang: str | None) -> dict[str, Any]:
    """The answer to one line of a batch; a line that cannot be asked is answered by what is wrong with it."""
    from bot.models import Answer

    row: dict[str, Any] = {}
    try:
        row = _row(line)
        question = row.get("question")
        if not isinstance(question, str):
            raise UnreadableFile('expected {"id", "question"}, with the question as text')
        return assistant.ask(question, language=lang or row.get("language")).to_json(row.get("id"))
    except CorpusError as error:
        say(f"line {number}: {error}")
        shown = row.get("question") if isinstance(row.get("question"), str) else ""
        return Answer(str(shown), assistant.settings.language, "not_found", str(error)).to_json(row.get("id"))


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"expected a JSON object ({error})") from error
    if not isinstance(row, dict):
        raise UnreadableFile(f"found {type(row).__name__}, expected a JSON object")
    return row


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    """The lines of a file, or of standard input, that are not blank, each with its number."""
    sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[union-attr]
    try:
        file = sys.stdin if str(path) == "-" else path.open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UnreadableFile(f"{path}: it cannot be read ({error.strerror}): check the path") from error
    with file:
        yield ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def _shown(answer: "Answer") -> str:
    from bot.phrases import format_date, say

    lines = [answer.answer]
    listed = answer.citations or answer.related
    if answer.related:
        lines += ["", say("related_title", answer.language)]
    lines += [""] if listed else []
    for c in listed:
        date = format_date(c.date, answer.language) if c.date else say("undated", answer.language)
        kind = f" ({say('digest', answer.language)})" if c.digest else ""
        page = say("page_number", answer.language, number=c.page) if c.page else ""
        place = ", ".join(part for part in (c.publisher, date, page, c.section) if part)
        lines.append(f"[{c.number}] {c.title}{kind}. {place}. {c.url or ''}".rstrip())
        if answer.related:
            lines.append(f"    {c.quote}")
        lines.append(f"    {c.permalink}")
    return "\n".join(lines)


def _fail(message: str) -> None:
    say(message)
    sys.exit(1)
