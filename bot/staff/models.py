"""Who works on the corpus."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["editor", "viewer"]
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Account:
    """A member of the staff: an editor changes the corpus, a viewer only looks."""

    name: str
    role: Role

    @property
    def may_edit(self) -> bool:
        return self.role == "editor"
