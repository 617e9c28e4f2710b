"""Fit the weights of the ranking signals on question-answering sets.

    python -m vectorstore.fit_ranking FOLDER_OF_QA_SETS

An index is built for each set, and one in which each article of the sets that are translations of each other
stands in one language at random. Questions about articles of half 0 are searched, and the weights that rank
the right passage, then the right sentence, above the others are found (softmax regression). Written to
`ranking.json`.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vectorstore import fusion
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.qa_data import read_sets
from vectorstore.qa_pools import MIXED, SEED, Pool, answering, build, mixed_pools, single_pools

PER_SET = 150  # questions a set and pool, so that a large set does not decide alone
HITS = 25
PRIOR, PENALTY = 8.0, 1e-3  # every signal counts alike, unless the sets say otherwise
CASES = ("same", "other")


def main(folder: Path, models: Path) -> None:
    embedder = SentenceTransformerEmbedder(None, models)
    sets = read_sets(folder)
    rows = [row for pool in [*single_pools(sets), *mixed_pools(sets)] for row in _rows(pool, embedder)]
    weights = _fit(rows)
    value = {"command": "python -m vectorstore.fit_ranking FOLDER_OF_QA_SETS", "weights": weights}
    fusion.COMMITTED.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(weights, indent=1))


@dataclass(frozen=True, slots=True)
class _Row:
    """The hits of one question: signals, case, and whether passage and sentences are right."""

    case: list[str]
    passages: list[dict[str, float]]
    right: list[bool]
    sentences: list[tuple[int, dict[str, float], bool]]


def _rows(pool: Pool, embedder: SentenceTransformerEmbedder) -> Iterator[_Row]:
    questions = [entry for entry in pool.questions if entry[0].passage.half == 0]
    random.Random(SEED).shuffle(questions)
    most = PER_SET * (5 if pool.name == MIXED else 1)
    with tempfile.TemporaryDirectory() as folder:
        index = build(pool, embedder, Path(folder))
        for question, language, right in questions[:most]:
            row = _Row([], [], [], [])
            for hit in index.search(question.question, language, limit=HITS):
                is_right = hit.passage.document_id == right
                good = set(answering(hit.passage, question)) if is_right and question.answers else set()
                row.case.append(fusion.case_of(language, hit.passage))
                row.passages.append(dict(hit.signals))
                row.right.append(is_right)
                number = len(row.right) - 1
                row.sentences.extend((number, dict(s.signals), s.span in good) for s in hit.sentences)
            if any(row.right):
                yield row
    print(f"{pool.name}: searched", flush=True)


def _fit(rows: Sequence[_Row]) -> dict[str, Any]:
    import torch

    torch.manual_seed(SEED)
    passage = {case: torch.full((len(fusion.PASSAGE_SIGNALS),), PRIOR, requires_grad=True) for case in CASES}
    sentence = {case: torch.full((len(fusion.SENTENCE_SIGNALS),), PRIOR, requires_grad=True) for case in CASES}
    base = torch.zeros((), requires_grad=True)
    all_weights = [*passage.values(), *sentence.values()]
    prepared = [_tensors(row) for row in rows]
    optimiser = torch.optim.Adam([*all_weights, base], lr=0.3)
    for epoch in range(60):
        losses = [_loss(item, passage, sentence, base) for item in prepared]
        loss = torch.stack(losses).mean() + PENALTY * sum(((w - PRIOR) ** 2).sum() for w in all_weights)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        with torch.no_grad():
            for weight in all_weights:
                weight.clamp_(min=0)  # a signal that counts against a passage would only fit the sets' accidents
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1} loss {loss.item():.4f}", flush=True)
    return {
        case: {
            "passage": _named(fusion.PASSAGE_SIGNALS, passage[case]),
            "sentence": _named(fusion.SENTENCE_SIGNALS, sentence[case]),
            "base": round(float(base), 3) if case == "other" else 0.0,
        }
        for case in CASES
    }


def _named(names: Sequence[str], values: Any) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(names, values, strict=True)}


def _tensors(row: _Row) -> tuple[Any, ...]:
    import torch

    other = torch.tensor([case == "other" for case in row.case])
    signals = torch.tensor([[p[name] for name in fusion.PASSAGE_SIGNALS] for p in row.passages])
    sentences = torch.tensor([[s[name] for name in fusion.SENTENCE_SIGNALS] for _, s, _ in row.sentences])
    owner = torch.tensor([number for number, _, _ in row.sentences])
    good = torch.tensor([right for _, _, right in row.sentences])
    return other, signals, torch.tensor(row.right), sentences, owner, good


def _loss(item: tuple[Any, ...], passage: Any, sentence: Any, base: Any) -> Any:
    import torch

    other, signals, right, sentences, owner, good = item
    scores = torch.where(other, signals @ passage["other"] + base, signals @ passage["same"])
    loss = torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0)
    if good.any():
        own = torch.where(other[owner], sentences @ sentence["other"], sentences @ sentence["same"])
        total = scores[owner] + own
        loss = loss + torch.logsumexp(total, 0) - torch.logsumexp(total[good], 0)
    return loss


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "data/models"))
