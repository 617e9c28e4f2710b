"""Files from elsewhere, handed out so that a browser saves them and opens none."""

import re
import unicodedata
from urllib.parse import quote

from starlette.responses import Response

from corpus.web.filenames import clean

NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def attachment(data: bytes, name: str, default: str) -> Response:
    """`data` to be saved under its name, or under `default` (plain ASCII) when nothing of that is left."""
    name = clean(name) or default
    plain = NOT_PLAIN.sub("_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()).strip("._")
    disposition = f"attachment; filename=\"{plain or default}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)
