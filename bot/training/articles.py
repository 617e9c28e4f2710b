"""Tell the articles of SQuAD-es apart, whose file does not name them: passages are grouped by meaning.

    python -m bot.training.articles SETS

The passages of XQuAD, which come from the same articles and name them, are grouped along, and a group has the title
that most of its named passages have, or that of the nearest group. Written to `vectorstore/qa_articles.json` by a hash
of each passage, so that training and measuring agree on what is held out.
"""

import json
from collections import Counter, defaultdict

import numpy as np

from bot.training.command import Arguments, arguments, say
from bot.training.loop import Plan
from vectorstore.embedder import SentenceTransformerEmbedder
from vectorstore.geometry import Array, unit
from vectorstore.qa_data import ARTICLES, UNTITLED, fingerprint, read_set, rows_of

TITLED = "qa/es__xquad_r.jsonl"
GROUPS = 60  # SQuAD's part has 35 articles; a group too many does no harm, one too few would mix them


def main(given: Arguments) -> None:
    embedder = SentenceTransformerEmbedder(None, given.models)
    titles = {passage.text: passage.title for passage in read_set(given.sets / TITLED).passages}
    untitled = list(dict.fromkeys(str(row["passage"]) for row in rows_of(given.sets / "abstain" / f"{UNTITLED}.jsonl")))
    texts = [*titles, *untitled]
    vectors = np.stack([raw.vector for raw in embedder.raw(texts, "passage")])
    named = _named(texts, titles, vectors)
    ARTICLES.write_text(json.dumps({fingerprint(text): named[text] for text in untitled}, indent=0) + "\n", "utf-8")
    say(f"{len(untitled)} passages of {len({named[text] for text in untitled})} articles")


def _named(texts: list[str], titles: dict[str, str], vectors: Array) -> dict[str, str]:
    from sklearn.cluster import AgglomerativeClustering  # type: ignore[import-untyped]

    places = unit(vectors - vectors.mean(0))
    groups = AgglomerativeClustering(GROUPS, metric="cosine", linkage="average").fit_predict(places)
    known: dict[int, Counter[str]] = defaultdict(Counter)
    for text, group in zip(texts, groups, strict=True):
        if text in titles:
            known[group][titles[text]] += 1
    names = {group: counted.most_common(1)[0][0] for group, counted in known.items()}
    middles = {group: places[groups == group].mean(0) for group in sorted(set(groups))}
    for group in sorted(set(groups) - set(names)):  # too far from the others of its article: the nearest one
        names[group] = names[max(known, key=lambda other: float(middles[group] @ middles[other]))]
    return {text: names[group] for text, group in zip(texts, groups, strict=True)}


if __name__ == "__main__":
    main(arguments(Plan(1, 1, 0.0)))
