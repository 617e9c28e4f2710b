"""Language centring and the projection of token states: what is learned about one embedding model.

Vectors of multilingual models carry a component that only says which language a text is in. The mean vector
of a language and a role (query or passage) is subtracted, so that texts are compared by what they say.
Token states are centred the same way, then projected to a few dimensions for late interaction
(ColBERT, Khattab & Zaharia 2020). `geometry.safetensors` beside this file holds the means and projections
for the bundled model; `python -m vectorstore.fit_geometry` makes it. Another model goes without, unless fitted.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Role = Literal["query", "passage"]

COMMITTED = Path(__file__).with_name("geometry.safetensors")
ANY = "any"  # the mean over all languages, for a language without one of its own


@dataclass(frozen=True, slots=True)
class Geometry:
    """Means and projections, by name; empty for a model that was never fitted.

    Names: `{role}.mean.{language}` and `{role}.tokens.{language}` [hidden], `{role}.projection`
    [hidden, reduced], `query.weight` [hidden].
    """

    tensors: dict[str, Array]
    fingerprint: str = "none"

    def vector(self, vectors: Array, role: Role, language: str) -> Array:
        """Vectors [..., hidden] centred for their language and brought to length 1."""
        return unit(vectors - self._mean(f"{role}.mean", language))

    def tokens(self, states: Array, role: Role, language: str) -> Array:
        """Token states [n, hidden] as unit vectors [n, reduced]."""
        centred = unit(states - self._mean(f"{role}.tokens", language))
        projection = self.tensors.get(f"{role}.projection")
        return centred if projection is None else unit(centred @ projection)

    def weights(self, states: Array, language: str) -> Array:
        """How much each token of a query counts [n]; they add up to 1."""
        if (learned := self.tensors.get("query.weight")) is None or not len(states):
            return np.full(len(states), 1 / max(len(states), 1), np.float32)
        logits = unit(states - self._mean("query.tokens", language)) @ learned
        weights = np.exp(logits - logits.max())
        return np.asarray(weights / weights.sum(), np.float32)

    def _mean(self, name: str, language: str) -> Array | float:
        found = self.tensors.get(f"{name}.{language}")
        return self.tensors.get(f"{name}.{ANY}", 0.0) if found is None else found


def load(model_fingerprint: str, path: Path = COMMITTED) -> Geometry:
    """The geometry fitted for the model with these weights, else an empty one."""
    if not path.is_file():
        return Geometry({})
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        if metadata.get("model") != model_fingerprint:
            return Geometry({})
        tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118  not a dict
    return Geometry(tensors, metadata.get("fingerprint", "none"))


def unit(vectors: Array) -> Array:
    """Vectors brought to length 1; a zero vector stays zero."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)
