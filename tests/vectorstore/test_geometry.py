"""Centring and projecting vectors, and the committed numbers of the bundled model."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from vectorstore import bundled_model
from vectorstore.geometry import ANY, COMMITTED, Array, Geometry, load, unit

SPOKEN = ("fr", "en", "ar", "es", "ru", "zh")


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def fitted() -> Geometry:
    return Geometry(
        {
            "query.mean.fr": random(8, seed=1),
            f"query.mean.{ANY}": random(8, seed=2),
            f"passage.mean.{ANY}": random(8, seed=3),
            "passage.tokens.fr": random(8, seed=4),
            "passage.projection": random(8, 3, seed=5),
            "query.weight": random(8, seed=6),
        },
        "print",
    )


def test_unit_keeps_directions_and_zeros() -> None:
    vectors = np.array([[3, 4], [0, 0], [-2, 0]], np.float32)
    assert np.allclose(unit(vectors), [[0.6, 0.8], [0, 0], [-1, 0]])
    assert unit(np.zeros((0, 5), np.float32)).shape == (0, 5)
    assert unit(np.full(3, 1e6, np.float32)).dtype == np.float32


def test_the_mean_of_the_language_is_taken_off() -> None:
    geometry, vector = fitted(), random(8, seed=9)
    assert np.allclose(geometry.vector(vector, "query", "fr"), unit(vector - random(8, seed=1)), atol=1e-6)


def test_a_language_without_a_mean_takes_the_common_one() -> None:
    geometry, vector = fitted(), random(8, seed=9)
    common = unit(vector - random(8, seed=2))
    for language in ("nl", "und", "", ANY):
        assert np.allclose(geometry.vector(vector, "query", language), common, atol=1e-6)


def test_roles_have_their_own_means() -> None:
    geometry, vector = fitted(), random(8, seed=9)
    assert not np.allclose(geometry.vector(vector, "query", "de"), geometry.vector(vector, "passage", "de"))


def test_token_states_are_projected_to_unit_vectors() -> None:
    states = fitted().tokens(random(5, 8), "passage", "fr")
    assert states.shape == (5, 3)
    assert np.allclose(np.linalg.norm(states, axis=1), 1, atol=1e-5)
    assert fitted().tokens(random(0, 8), "passage", "fr").shape == (0, 3)


def test_weights_add_up_to_one() -> None:
    weights = fitted().weights(random(6, 8), "fr")
    assert weights.shape == (6,)
    assert float(weights.sum()) == pytest.approx(1, abs=1e-5)
    assert (weights > 0).all()
    assert fitted().weights(random(0, 8), "fr").shape == (0,)


def test_weights_stay_finite_for_large_states() -> None:
    assert np.isfinite(fitted().weights(random(4, 8) * 1e6, "fr")).all()


def test_an_empty_geometry_only_brings_to_length_1() -> None:
    empty, vector, states = Geometry({}), random(8), random(4, 8)
    assert np.allclose(empty.vector(vector, "passage", "fr"), unit(vector))
    assert np.allclose(empty.tokens(states, "query", "fr"), unit(states))
    assert np.allclose(empty.weights(states, "fr"), 0.25)
    assert empty.weights(random(0, 8), "fr").shape == (0,)


def test_the_committed_numbers_are_those_of_the_bundled_model() -> None:
    geometry = load(bundled_model.SHA256)
    assert geometry.fingerprint != "none"
    for role in ("query", "passage"):
        for language in (*SPOKEN, ANY):
            for kind in ("mean", "tokens"):
                tensor = geometry.tensors[f"{role}.{kind}.{language}"]
                assert tensor.shape == (384,) and tensor.dtype == np.float32
                assert np.isfinite(tensor).all()
        assert geometry.tensors[f"{role}.projection"].shape[0] == 384
    assert geometry.tensors["query.projection"].shape == geometry.tensors["passage.projection"].shape
    assert COMMITTED.stat().st_size < 1_000_000


def test_another_model_has_no_geometry() -> None:
    assert load("0" * 64).tensors == {}
    assert load("0" * 64).fingerprint == "none"
    assert load(bundled_model.SHA256, Path("nowhere.safetensors")).tensors == {}


def test_numbers_are_loaded_for_the_model_that_they_name(tmp_path: Path) -> None:
    path = tmp_path / "geometry.safetensors"
    save_file({"query.mean.fr": random(4)}, path, metadata={"model": "abc", "fingerprint": "xyz"})
    geometry = load("abc", path)
    assert geometry.fingerprint == "xyz"
    assert np.allclose(geometry.tensors["query.mean.fr"], random(4))
    assert load("abd", path).tensors == {}
