"""The commands of the staff: accounts, what is followed, backups."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.console import progress, reading, say, writing
from bot.settings import Settings
from corpus.errors import CorpusError

if TYPE_CHECKING:
    from bot.staff.access.people import People
    from bot.staff.following import Report

Name = Annotated[str, typer.Argument(help="The account.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

staff = typer.Typer(no_args_is_help=True, help="The accounts of the staff.")


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of the program."""
    app.add_typer(staff, name="staff")
    app.command()(sync)
    app.command()(backup)
    app.command()(restore)


@staff.command("add")
def add_account(name: Name, role: Annotated[str, typer.Option(help="editor or viewer.")] = "editor") -> None:
    """Create an account; the password is asked for, or read from standard input."""
    from bot.staff.access.credentials import checked_role
    from bot.staff.access.people import CONSOLE

    account = _people().create(CONSOLE, name, _password(), checked_role(role))
    print(f"created\t{account.name}\t{account.role}")


@staff.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List the accounts."""
    from bot.staff.access.accounts import Accounts

    for member in Accounts(Settings().data_dir / "accounts.sqlite").members():
        row = {"name": member.name, "role": member.role, "active": member.active}
        row |= {"created_at": member.created_at, "logged_in_at": member.logged_in_at}
        print(json.dumps(row) if as_json else "\t".join(str(value) for value in row.values()))


@staff.command()
def link(name: Name) -> None:
    """Make a link with which an account chooses a new password, once."""
    from bot.staff.access.people import CONSOLE

    settings = Settings()
    token = _people().reset_link(CONSOLE, name)
    print(f"http://{settings.host}:{settings.port}/staff/set-up/{token}")


@staff.command()
def off(name: Name) -> None:
    """Deactivate an account; its sessions end."""
    from bot.staff.access.people import CONSOLE

    _people().deactivate(CONSOLE, name)
    print(f"deactivated\t{name}")


@staff.command()
def on(name: Name) -> None:
    """Activate an account again."""
    from bot.staff.access.people import CONSOLE

    _people().reactivate(CONSOLE, name)
    print(f"activated\t{name}")


def sync(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also when more than a third would disappear.")] = False,
    as_json: Json = False,
) -> None:
    """Bring the corpus in step with the watched folder and addresses."""
    from bot.staff.access.people import CONSOLE
    from bot.staff.desk import Desk

    opened = reading(Settings(), prepared=False) if dry_run else writing(Settings())
    with opened as assistant, progress() as report:
        reports = Desk(assistant).following.run(CONSOLE.name, dry_run=dry_run, force=force, progress=report)
    if not reports:
        say("Nothing is watched: set BOT_WATCH_DIR or BOT_WATCH_ADDRESSES, or add an address on the staff page.")
    for report_of in reports:
        _print(report_of, as_json=as_json)
    if any(report_of.stopped or report_of.of("failed") for report_of in reports):
        raise typer.Exit(1)


def backup(file: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Put everything under the data folder into one file, also while a server runs."""
    from bot.staff.access.people import CONSOLE
    from bot.staff.audit import Audit
    from bot.staff.backups.backup import back_up

    folder = Settings().data_dir
    manifest = back_up(folder, file).manifest
    Audit(folder / "audit.sqlite").record(CONSOLE.name, "backup_made", str(file), bytes=manifest.size)
    print(f"backed up\t{len(manifest.members)} files\t{manifest.size} bytes")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace what the data folder holds; it is kept aside.")
    ] = False,
) -> None:
    """Bring a backup back into the data folder."""
    from bot.staff.access.people import CONSOLE
    from bot.staff.audit import Audit
    from bot.staff.backups.restore import restore as put_back

    folder = Settings().data_dir
    summary = put_back(file, folder, force=force)
    Audit(folder / "audit.sqlite").record(CONSOLE.name, "backup_restored", str(file), made_at=summary.manifest.made_at)
    print(f"restored\t{len(summary.manifest.members)} files\tof {summary.manifest.made_at}")
    if summary.replaced:
        say(f"The former files are in {summary.replaced}")


def _print(report: "Report", *, as_json: bool) -> None:
    if report.stopped:
        say(f"{report.source}: {report.stopped.reason}")
    for entry in report.synced:
        row = {name: getattr(entry, name) for name in entry.__slots__} | {"source": report.source}
        if as_json:
            print(json.dumps(row | {"values": dict(entry.values)}, ensure_ascii=False, default=str))
        elif entry.result == "failed":
            say(f"{entry.key}: {entry.reason}")
        elif entry.result != "unchanged":
            print(f"{entry.result}\t{entry.key}\t{entry.document_id}")


def _people() -> "People":
    from bot.staff.access.accounts import Accounts
    from bot.staff.access.people import People
    from bot.staff.audit import Audit

    folder = Settings().data_dir
    return People(Accounts(folder / "accounts.sqlite"), Audit(folder / "audit.sqlite"))


def _password() -> str:
    """A password typed twice without an echo, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    password = getpass("Password: ")
    if getpass("The same again: ") != password:
        raise CorpusError("the two passwords differ: try again", code="password_mismatch")
    return password
