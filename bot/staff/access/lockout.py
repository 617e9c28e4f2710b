"""Failed tries to get in: too many for one name, or from one address, close the door for a while.

A try is counted before its password is looked at, and struck out when it was right: many at once cannot
slip past the limit. Names and addresses are kept as keyed hashes, and forgotten after half an hour.
"""

import hashlib
import hmac
import ipaddress
import math
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.staff.access.credentials import AccountError, folded

WINDOW = timedelta(minutes=15)
CLOSED = timedelta(minutes=15)
MOST = {"name": 5, "address": 20}
"""Failed tries within `WINDOW` that close the door for `CLOSED`."""

SCHEMA = """
    CREATE TABLE tries (id INTEGER PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL, at TEXT NOT NULL);
    CREATE INDEX tries_by_name ON tries (name);
    CREATE INDEX tries_by_address ON tries (address);
"""


def count_try(db: sqlite3.Connection, name: str, address: str, *, secret: bytes, now: datetime) -> int:
    """Count a try of `name`, which need not exist, from `address`; the number to give to `strike_out`.

    Raises AccountError `locked_out` (`minutes` to wait) when there were too many. `db` is in a transaction
    that excludes other writers.
    """
    keys = {"name": _key(secret, folded(name)), "address": _key(secret, network(address)) if address else ""}
    db.execute("DELETE FROM tries WHERE at <= ?", ((now - WINDOW - CLOSED).isoformat(),))
    until = [_closed_until(_times(db, kind, key), MOST[kind]) for kind, key in keys.items() if key]
    last = max((end for end in until if end and end > now), default=None)
    if last:
        minutes = math.ceil((last - now) / timedelta(minutes=1))
        raise AccountError(
            f"There were too many failed tries. Wait {minutes} minutes, then try again.",
            code="locked_out",
            minutes=minutes,
        )
    row = (keys["name"], keys["address"], now.isoformat())
    return int(db.execute("INSERT INTO tries (name, address, at) VALUES (?, ?, ?)", row).lastrowid or 0)


def strike_out(db: sqlite3.Connection, number: int) -> None:
    """Forget a try that was right, and the failed ones of its name; those of its address stay."""
    db.execute("DELETE FROM tries WHERE name = (SELECT name FROM tries WHERE id = ?)", (number,))


def reopen(db: sqlite3.Connection, name: str, *, secret: bytes) -> None:
    """Forget the failed tries of `name`."""
    db.execute("DELETE FROM tries WHERE name = ?", (_key(secret, folded(name)),))


def network(address: str) -> str:
    """The part of an address that one client cannot choose: all of IPv4, the first 64 bits of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((parsed.packed[:8] + bytes(8), 64)))


def _times(db: sqlite3.Connection, kind: str, key: str) -> list[datetime]:
    rows = db.execute(f"SELECT at FROM tries WHERE {kind} = ? ORDER BY at", (key,))
    return [datetime.fromisoformat(row[0]) for row in rows]


def _closed_until(times: Sequence[datetime], most: int) -> datetime | None:
    """When the door that these failed tries closed opens again."""
    ends = [last + CLOSED for first, last in zip(times, times[most - 1 :], strict=False) if last - first <= WINDOW]
    return max(ends, default=None)


def _key(secret: bytes, value: str) -> str:
    return hmac.new(secret, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
