"""Fit the geometry of an embedding model: language means and the projections of late interaction.

    python -m vectorstore.fit_geometry FOLDER_OF_QA_SETS

Only articles of half 0 are used, so that the other half measures. Means are averages. The projections begin
as the principal components of the centred token states and are trained to rank the right passage and the
right sentence above their rivals (softmax over candidates, kept near the start by a penalty), together with
the weight of each token of a question.
"""

import hashlib
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.sentences import split_sentences
from vectorstore import geometry
from vectorstore.embedder import RawEncoding, SentenceTransformerEmbedder
from vectorstore.geometry import Array, unit
from vectorstore.lexical import Weighing, terms
from vectorstore.qa_data import QaSet, read_sets

REDUCED = 64  # dimensions of a token state; 64 lose nothing measurable against 384
STEPS, BATCH, RIVALS, POOL = 900, 16, 8, 20
PENALTY = 2e-2
SEED = 7
Means = dict[str, Array]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A set with what the model gives for it."""

    data: QaSet
    passages: list[RawEncoding]
    questions: list[RawEncoding]


@dataclass(frozen=True, slots=True)
class _Example:
    """A question of one set: its candidates (right one first) and which of their sentences answer."""

    tokens: Any
    candidates: list[int]
    base: dict[int, float]
    answering: set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Training:
    """The examples of one set with its passages' centred states and the sentence of each token."""

    states: list[Any]
    sentence_of: list[Any]
    examples: list[_Example]


def main(folder: Path, models: Path) -> None:
    embedder = SentenceTransformerEmbedder(None, models)
    encoded = [_encode(embedder, data) for data in read_sets(folder)]
    means = fit_means(encoded)
    tensors = means | fit_projections(encoded, means)
    save(tensors, embedder.weights_fingerprint, geometry.COMMITTED)
    print(f"wrote {geometry.COMMITTED.name}")


def save(tensors: dict[str, Array], model: str, path: Path) -> None:
    """Write the tensors as float16, bound to the model's weights."""
    from safetensors.numpy import save_file

    halves = {name: tensor.astype(np.float16) for name, tensor in sorted(tensors.items())}
    digest = hashlib.sha256(b"".join(name.encode() + t.tobytes() for name, t in halves.items())).hexdigest()
    unfinished = path.with_suffix(".unfinished")
    save_file(halves, unfinished, metadata={"model": model, "fingerprint": digest[:12]})
    unfinished.replace(path)


def fit_means(encoded: Sequence[_Encoded]) -> Means:
    """The mean vector and token state of each language and role, and their common mean."""
    gathered: dict[str, list[Array]] = defaultdict(list)
    for item in encoded:
        language = item.data.language
        half = [p.half for p in item.data.passages]
        passages = [raw for raw, h in zip(item.passages, half, strict=True) if h == 0]
        questions = [raw for raw, q in zip(item.questions, item.data.questions, strict=True) if q.passage.half == 0]
        for role, raws in (("passage", passages), ("query", questions)):
            gathered[f"{role}.mean.{language}"].extend(raw.vector for raw in raws)
            gathered[f"{role}.tokens.{language}"].extend(raw.states.mean(0) for raw in raws if len(raw.states))
    means = {name: np.mean(vectors, axis=0) for name, vectors in gathered.items()}
    for prefix in ("passage.mean", "passage.tokens", "query.mean", "query.tokens"):
        of_languages = [mean for name, mean in means.items() if name.startswith(f"{prefix}.")]
        means[f"{prefix}.{geometry.ANY}"] = np.mean(of_languages, axis=0)
    return means


def fit_projections(encoded: Sequence[_Encoded], means: Means) -> Means:
    """Train the two projections and the token weights."""
    import torch

    torch.manual_seed(SEED)
    training = [_training(item, means) for item in encoded]
    start = torch.tensor(_principal_components(encoded, means))
    passage, query = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    weight = torch.nn.Parameter(torch.zeros(start.shape[0]))
    scale = torch.nn.Parameter(torch.tensor([14.0, 1.0, 14.0]))  # of late, base and sentence scores
    groups = (([passage, query], 1e-3), ([weight], 1e-2), ([scale], 5e-2))
    optimiser = torch.optim.Adam([{"params": p, "lr": rate, "first": rate} for p, rate in groups])
    draw, began = random.Random(SEED), time.monotonic()
    shares = [len(item.examples) ** 0.5 for item in training]
    for step in range(1, STEPS + 1):
        for group in optimiser.param_groups:
            group["lr"] = group["first"] * max(0.02, 1 - step / STEPS)
        losses = []
        for _ in range(BATCH):
            (chosen,) = draw.choices(training, shares)
            losses.append(_loss(chosen, draw.choice(chosen.examples), draw, passage, query, weight, scale))
        loss = torch.stack(losses).mean()
        total = loss + PENALTY * (((passage - start) ** 2).sum() + ((query - start) ** 2).sum())
        optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if step % 50 == 0:
            print(f"step {step} loss {loss.item():.3f} after {time.monotonic() - began:.0f} s", flush=True)
    arrays = {"passage.projection": passage, "query.projection": query, "query.weight": weight}
    return {name: tensor.detach().numpy() for name, tensor in arrays.items()}


def _encode(embedder: SentenceTransformerEmbedder, data: QaSet) -> _Encoded:
    began = time.monotonic()
    passages = embedder.raw([passage.text for passage in data.passages], "passage")
    questions = embedder.raw([question.question for question in data.questions], "query")
    print(f"{data.name}: encoded in {time.monotonic() - began:.0f} s", flush=True)
    return _Encoded(data, passages, questions)


def _centred(raw: RawEncoding, means: Means, role: str, language: str) -> Array:
    return unit(raw.states - means[f"{role}.tokens.{language}"])


def _principal_components(encoded: Sequence[_Encoded], means: Means) -> Array:
    """The leading eigenvectors of the centred token states [hidden, REDUCED], questions and passages alike."""
    covariance: npt.NDArray[np.float64] = np.zeros(())
    for item in encoded:
        for role, raws in (("passage", item.passages[:80]), ("query", item.questions[:300])):
            states = np.concatenate([_centred(raw, means, role, item.data.language) for raw in raws])
            covariance = covariance + states.T.astype(np.float64) @ states / len(states)
    _, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors[:, ::-1][:, :REDUCED], np.float32)


def _training(item: _Encoded, means: Means) -> _Training:
    import torch

    language, passages = item.data.language, item.data.passages
    sentences = [split_sentences(passage.text, language) for passage in passages]
    states = [torch.tensor(_centred(raw, means, "passage", language)) for raw in item.passages]
    sentence_of = []
    for raw, spans in zip(item.passages, sentences, strict=True):
        owner = np.full(len(raw.offsets), -1)
        for number, span in enumerate(spans):
            owner[(raw.offsets[:, 1] > span.start) & (raw.offsets[:, 0] < span.end)] = number
        sentence_of.append(torch.tensor(owner))
    scores = _base_scores(item, means)
    position = {passage.pid: number for number, passage in enumerate(passages)}
    examples = []
    for number, question in enumerate(item.data.questions):
        right = position[question.passage.pid]
        answering = {
            (right, s)
            for s, span in enumerate(sentences[right])
            for answer in question.answers
            if span.start <= answer.start < span.end
        }
        tokens = _centred(item.questions[number], means, "query", language)
        if question.passage.half or not answering or not len(tokens):
            continue
        rivals = [int(c) for c in np.argsort(-scores[number])[:POOL] if c != right and len(states[c])]
        base = {c: float(scores[number, c]) for c in (right, *rivals)}
        examples.append(_Example(torch.tensor(tokens), [right, *rivals], base, answering))
    return _Training(states, sentence_of, examples)


def _base_scores(item: _Encoded, means: Means) -> Array:
    """What finds the candidates: standardised cosine plus half of standardised BM25 [questions, passages]."""
    language, data = item.data.language, item.data
    queries = unit(np.stack([raw.vector for raw in item.questions]) - means[f"query.mean.{language}"])
    vectors = unit(np.stack([raw.vector for raw in item.passages]) - means[f"passage.mean.{language}"])
    texts = [terms(f"{passage.title}\n{passage.text}") for passage in data.passages]
    frequencies: dict[str, int] = defaultdict(int)
    for text in texts:
        for term in set(text):
            frequencies[term] += 1
    average = sum(map(len, texts)) / len(texts)
    words = np.empty((len(data.questions), len(texts)), np.float32)
    for number, question in enumerate(data.questions):
        weighing = Weighing.over(terms(question.question), frequencies, len(texts), average)
        words[number] = [weighing.score(text) for text in texts]
    return np.asarray(_standardised(queries @ vectors.T) + 0.5 * _standardised(words), np.float32)


def _standardised(scores: Array) -> Array:
    spread = scores.std(axis=1, keepdims=True) + 1e-9
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / spread, np.float32)


def _loss(
    data: _Training, example: _Example, draw: random.Random, passage: Any, query: Any, weight: Any, scale: Any
) -> Any:
    """Softmax losses of the right passage and of the answering sentences among drawn candidates."""
    import torch
    from torch.nn.functional import normalize

    right, *rivals = example.candidates
    drawn = [right, *draw.sample(rivals, min(len(rivals), RIVALS))]
    tokens = normalize(example.tokens @ query, dim=-1)
    share = torch.softmax(example.tokens @ weight, 0)
    passage_scores, sentence_scores, answering = [], [], []
    for candidate in drawn:
        similar = tokens @ normalize(data.states[candidate] @ passage, dim=-1).T
        base = scale[1] * example.base[candidate]
        passage_scores.append(scale[0] * (share @ similar.max(1).values) + base)
        owner = data.sentence_of[candidate]
        for number in range(int(owner.max()) + 1):
            if (inside := owner == number).any():
                met = share @ similar[:, inside].max(1).values
                sentence_scores.append(scale[2] * met + base)
                answering.append((candidate, number) in example.answering)
    passages, sentences = torch.stack(passage_scores), torch.stack(sentence_scores)
    loss = torch.logsumexp(passages, 0) - passages[0]
    if any(answering):
        loss = loss + torch.logsumexp(sentences, 0) - torch.logsumexp(sentences[torch.tensor(answering)], 0)
    return loss


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "data/models"))
