"""The commands of the staff, as processes: accounts, archives, the watched folder, a backup brought back."""

import json
import os
import time
import zipfile
from pathlib import Path

import pytest

from tests.bot.test_cli import Site, empty, rows
from tests.fakes import make_file

PASSWORD = "sept phares bleus en mer"
TEXT = "La corne de brume de Sein porte à huit milles. Elle fut remplacée en 1996 par une sirène électrique."
QUESTION = "À combien de milles porte la corne de brume de Sein ?"
QUOTE = "La corne de brume de Sein porte à huit milles."


@pytest.fixture
def site(tmp_path: Path, models: Path) -> Site:
    return empty(tmp_path / "site", models)


def watched(tmp_path: Path, *names: str) -> Path:
    """A folder with documents that were not written just now."""
    folder = tmp_path / "watched"
    folder.mkdir(exist_ok=True)
    for name in names:
        path = folder / f"{name}.md"
        path.write_bytes(make_file(f"{TEXT} Note {name}.", name))
        os.utime(path, (time.time() - 60, time.time() - 60))
    return folder


def test_accounts_are_made_and_turned_off(site: Site) -> None:
    short = site.run("staff", "add", "amina", stdin="court\n")
    assert (short.returncode, short.stdout) == (1, "") and "12" in short.stderr
    done = site.run("staff", "add", "Amina", stdin=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "created\tamina\teditor\n")
    assert site.run("staff", "add", "amina", stdin=f"{PASSWORD}\n").returncode == 1
    assert site.run("staff", "add", "omar", "--role", "viewer", stdin=f"{PASSWORD}\n").returncode == 0
    assert site.run("staff", "off", "amina").returncode == 1, "the last editor stays"
    assert site.run("staff", "off", "omar").returncode == 0
    members = {row["name"]: row["active"] for row in rows(site.run("staff", "list", "--json").stdout)}
    assert members == {"amina": True, "omar": False}
    assert site.run("staff", "on", "omar").returncode == 0
    assert "/staff/set-up/" in site.run("staff", "link", "omar").stdout
    assert site.run("staff", "link", "nobody").returncode == 1
    assert PASSWORD.encode() not in (site.data / "accounts.sqlite").read_bytes()


def test_an_archive_is_added_and_backed_up_and_brought_back(site: Site, tmp_path: Path) -> None:
    archive = tmp_path / "envoi.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a/corne.md", make_file(TEXT, "corne"))
        file.writestr("b/photo.png", b"\x89PNG")
    done = site.run("add", str(archive))
    assert done.returncode == 1 and "added\tcorne\tversion 1" in done.stdout and "photo.png" in done.stderr
    copy = tmp_path / "copie.zip"
    made = site.run("backup", str(copy))
    assert made.returncode == 0 and made.stdout.startswith("backed up\t") and copy.stat().st_mode & 0o077 == 0
    refused = site.run("restore", str(copy))
    assert refused.returncode == 1 and "--force" in refused.stderr
    fresh = empty(tmp_path / "fresh", site.data / "models")
    assert fresh.run("restore", str(copy)).returncode == 0
    answer = json.loads(fresh.run("ask", QUESTION, "--json").stdout)
    assert answer["status"] == "answered" and answer["citations"][0]["quote"] == QUOTE
    text = json.loads(fresh.run("show", "corne", "--json").stdout)["text"]
    citation = answer["citations"][0]
    assert text[citation["start"] : citation["end"]] == QUOTE


def test_the_watched_folder_is_followed_and_stops_before_a_loss(site: Site, tmp_path: Path) -> None:
    folder = watched(tmp_path, "a", "b", "c", "d")
    settings = {"BOT_WATCH_DIR": str(folder)}
    dry = site.run("sync", "--dry-run", "--json", **settings)
    assert [row["result"] for row in rows(dry.stdout)] == ["added"] * 4
    assert site.run("list").stdout == ""
    assert site.run("sync", **settings).stdout.count("added\t") == 4
    for name in "ab":
        (folder / f"{name}.md").unlink()
    stopped = site.run("sync", **settings)
    assert stopped.returncode == 1 and stopped.stdout == "" and "2 of the 4" in stopped.stderr
    forced = site.run("sync", "--force", **settings)
    assert forced.returncode == 0 and forced.stdout.count("removed\t") == 2
    assert len(site.run("list").stdout.splitlines()) == 2
    assert "BOT_WATCH_DIR" in site.run("sync").stderr


def test_a_private_address_is_not_fetched(site: Site) -> None:
    done = site.run("add", "http://127.0.0.1:1/a.html", "http://169.254.169.254/latest/meta-data/")
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.strip().splitlines()) >= 2
