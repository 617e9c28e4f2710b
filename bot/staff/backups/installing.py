"""The last step of a restoring: former files aside, restored files in their place. A kill at any point is repaired
by doing it again.
"""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.staff.backups.backup import remember, sync
from bot.staff.backups.manifest import Manifest, databases, parse

ROOM = ".restore"  # in the data folder: what was unpacked, and the plan
PLAN = "plan.json"
NEW = "new"
LOGS = ("-wal", "-shm", "")  # of an SQLite file, which itself goes last
DERIVED = "index/chroma"  # of the former passages; built again from the restored ones


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be put in place, and the name of the folder for what is there now."""

    manifest: Manifest
    replaced: str


def write_plan(room: Path, plan: Plan) -> None:
    """From here on the restoring is finished, not undone: everything is on the disk first."""
    for path in sorted(room.rglob("*")):
        sync(path)
    draft = room / f".{PLAN}"
    row = {"manifest": json.loads(plan.manifest.to_json()), "replaced": plan.replaced}
    draft.write_text(json.dumps(row), encoding="utf-8")
    sync(draft)
    os.replace(draft, room / PLAN)
    sync(room)
    sync(room.parent)


def finish(data_dir: Path) -> Plan | None:
    """Do what the plan says, if there is one, and return it. The caller holds the writer lock."""
    room = data_dir / ROOM
    if not (room / PLAN).exists():
        shutil.rmtree(room, ignore_errors=True)
        return None
    row = json.loads((room / PLAN).read_bytes())
    plan = Plan(parse(json.dumps(row["manifest"]).encode()), str(row["replaced"]))
    _install(data_dir, plan)
    remember(data_dir, plan.manifest)
    (room / PLAN).unlink()
    shutil.rmtree(room, ignore_errors=True)
    return plan


def _install(data_dir: Path, plan: Plan) -> None:
    aside = data_dir / plan.replaced
    new = data_dir / ROOM / NEW
    aside.mkdir(mode=0o700, exist_ok=True)
    names = [member.name for member in plan.manifest.members]
    for name in databases(data_dir):
        if name not in names:
            _set_aside(data_dir, name, aside)
    if any((new / name).exists() for name in names):
        _move(data_dir / DERIVED, aside / DERIVED)
    for name in names:
        if (new / name).exists():  # until it is in its place
            _set_aside(data_dir, name, aside)
            (data_dir / name).parent.mkdir(exist_ok=True)
            os.replace(new / name, data_dir / name)
            sync((data_dir / name).parent)
    with suppress(OSError):
        aside.rmdir()  # when nothing was there


def _set_aside(data_dir: Path, name: str, aside: Path) -> None:
    for log in LOGS:
        _move(data_dir / f"{name}{log}", aside / f"{name}{log}")


def _move(path: Path, target: Path) -> None:
    """Move a file or folder, if it is there, beside what was moved before."""
    if not path.exists() and not path.is_symlink():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists():
        target = target.with_name(f"{target.name}~")
    os.rename(path, target)
