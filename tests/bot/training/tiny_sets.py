"""A small folder of sets of the shapes that training reads, about harbours and lighthouses that do not exist."""

import json
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from bot.training.judging import CONTRADICTIONS, TRAINED
from vectorstore.qa_data import Part, part_of

PARTS: tuple[Part, ...] = ("train", "choose", "measure")
PLACES = ("Saltmere", "Gullpoint", "Ostrand", "Kelmouth", "Farwick", "Nordholm")
SENTENCES = {
    "en": (
        "The harbour of {place} was built in 18{n}0, long before the railway, and it is still open.",
        "The keeper of {place}, whose name was Mara Lindqvist, has written {n} books about storms, tides and birds.",
        "Visitors to {place} can reach the lighthouse of Grey Heron by boat, by bicycle or on foot.",
    ),
    "es": (
        "El puerto de {place} fue construido en 18{n}0, mucho antes del ferrocarril, y está abierto.",
        "La guardiana de {place}, que era Mara Lindqvist, ha escrito {n} libros sobre tormentas, mareas y aves.",
        "Los visitantes de {place} llegan al faro de Garza Gris en barco, en bicicleta o a pie, y puede entrarse.",
    ),
    "ru": (
        "Порт {place} был построен в 18{n}0 году, задолго до железной дороги, и он открыт.",
        "Смотрительница порта {place}, которую звали Мара, написала {n} книг, и это было давно, о бурях и птицах.",
        "Гости города {place} могут добраться до маяка Серая Цапля на лодке, на велосипеде или пешком.",
    ),
    "ar": (
        "كان ميناء {place} قد بني عام 18{n}0، قبل السكة الحديدية بزمن طويل، وهو مفتوح.",
        "كانت حارسة {place} مارا ليندكفيست قد كتبت {n} كتب عن العواصف، وعن المد والجزر، وعن الطيور.",
        "يمكن لزوار {place} الوصول إلى منارة البلشون بالقارب، أو بالدراجة، أو سيرا على الأقدام.",
    ),
    "zh": (
        "{place}港是在18{n}0年建成的，比铁路早得多，现在仍然开放。",
        "{place}的守塔人是玛拉·林奎斯特，她写了{n}本书，讲风暴、潮汐和鸟类。",
        "{place}的游客可以乘船到灰鹭灯塔，也可以骑自行车，或者步行前往。",
    ),
    "fr": (
        "Le port de {place} fut construit en 18{n}0, bien avant le chemin de fer, et il est ouvert.",
        "La gardienne de {place}, qui était Mara Lindqvist, a écrit {n} livres sur les tempêtes, la mer, les oiseaux.",
        "Les visiteurs de {place} peuvent atteindre le phare du Héron Gris en bateau, à vélo ou à pied.",
    ),
}
PARALLEL = ("ar", "en", "es", "ru", "zh")
QUESTIONS = {
    "en": "When was the harbour of {place} built?",
    "es": "¿Cuándo fue construido el puerto de {place}?",
    "ru": "Когда был построен порт {place}?",
    "ar": "متى بني ميناء {place}؟",
    "zh": "{place}港是哪一年建成的？",
    "fr": "Quand fut construit le port de {place} ?",
}


def title_in(part: Part, number: int = 0) -> str:
    """The title of an article of a part."""
    return next(title for n in count() if part_of(title := f"Harbour_{number}_{n}") == part)


TITLES = tuple(title_in(PARTS[number % 3], number) for number in range(len(PLACES)))
"""Of an article about each place: two of every part."""


def texts(language: str, number: int) -> list[str]:
    """The sentences about a place."""
    return [text.format(place=PLACES[number], n=number + 2) for text in SENTENCES[language]]


def write(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """A file of JSON lines, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def write_qa(folder: Path) -> Path:
    """The question-answering sets, with a question about the first sentence of each article."""
    for language in PARALLEL:
        write(folder / f"{language}__xquad_r.jsonl", _set(language))
    for name in ("fr__piaf_v1", "ar__arcd", "zh__cmrc_trial"):
        write(folder / f"{name}.jsonl", _set(name[:2]))
    return folder


def _set(language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, title in enumerate(TITLES):
        sentences = texts(language, number)
        text, year = " ".join(sentences), f"18{number + 2}0"
        breaks = [[at := text.index(sentence), at + len(sentence)] for sentence in sentences]
        pid = f"p{number}"
        rows.append(
            {"kind": "passage", "pid": pid, "title": title, "text": text, "lang": language, "sentence_breaks": breaks}
        )
        answers = [{"text": year, "answer_start": text.index(year)}]
        question = QUESTIONS[language].format(place=PLACES[number])
        rows.append({"kind": "question", "qid": f"q{number}", "question": question, "pid": pid, "answers": answers})
    return rows


def write_untitled(folder: Path) -> Path:
    """The set of which part of the questions has no answer, and whose passages have no titles."""
    rows: list[dict[str, Any]] = []
    for number, place in enumerate(PLACES):
        passage = " ".join(texts("es", number))
        asked = {"passage": passage, "question": QUESTIONS["es"].format(place=place)}
        rows.append(asked | {"answers": [f"18{number + 2}0", ""], "answerable": True})
        rows.append(asked | {"question": f"¿Quién demolió {place}?", "answers": [], "answerable": False})
        rows.append(asked | {"question": "¿Qué falta?", "answers": ["que no está"], "answerable": True})
    return write(folder / "es__squad_es_v2.jsonl", rows)


def write_judged(folder: Path) -> Path:
    """The sets of judged pairs, with each label, and that of contradictions, below a folder of all sets."""
    labels = ("supported", "refuted", "nei", "not_supported", "disputed")
    for name in TRAINED:
        rows = [
            {"claim": f"{name} claim {n}", "evidence": f"{name} evidence {n // 2}", "label": labels[n % len(labels)]}
            for n in range(20)
        ]
        write(folder / "verdict" / f"{name}.jsonl", rows)
    rows = [{"a": f"Le port {n}.", "b": f"Un port {n}.", "conflict": n % 2 == 0, "url": f"u{n}"} for n in range(8)]
    write(folder / "conflict" / f"{CONTRADICTIONS}.jsonl", rows)
    return folder


def write_all(folder: Path) -> Path:
    """All that both trainings read."""
    write_qa(folder / "qa")
    write_untitled(folder / "abstain")
    return write_judged(folder)
