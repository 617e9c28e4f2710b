"""A reader over a folder of `transformers`: spans, windows, offsets, odd text, models that are refused."""

import shutil
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.hub_models import HubModel
from bot.hub_reader import LONGEST_ANSWER, TASK, HubReader, best_span
from bot.reader import NOT_READ, Reader, SentenceReading
from corpus.errors import StorageError
from corpus.models import Passage, Span
from tests.bot.tiny_models import LENGTH, save_reader, save_tokenizer
from vectorstore import bundled_model

FILLER = [f"mot{number}" for number in range(40)]
TEXT = "le la de en est traité rabat paris signé entré vigueur 1997 2024 où quand ? . «"
OTHER = "المؤتمر في الرباط عام ؟ 会 议 拉 巴 特 年 于 。 ？ 何 时 😀 𠀀 ! [ ] sep cls"
WORDS = [*TEXT.split(), *OTHER.split(), *FILLER]
CLOSING = ["1997", "2024", "年"]
SHIFT = 1_000
"""Where the passages begin in their documents."""


def passage(*sentences: str, between: str = " ", shift: int = SHIFT) -> Passage:
    """A passage of whole sentences that begins at `shift` of its document."""
    spans, at = [], shift
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + len(between)
    text = between.join(sentences)
    return Passage("note", 1, Span(shift, shift + len(text)), text, "fr", tuple(spans))


def answers(of: Passage, readings: tuple[SentenceReading, ...]) -> list[str | None]:
    """The words that answer, cut out of each sentence."""
    assert [reading.span for reading in readings] == list(of.sentences)
    return [
        reading.answer.of(of.sentence_text(reading.span)) if reading.answer is not None else None
        for reading in readings
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_reader(tmp_path_factory.mktemp("models") / "tiny-reader", WORDS, CLOSING)


@pytest.fixture(scope="module")
def reader(folder: Path) -> HubReader:
    return HubReader(str(folder))


def test_it_is_a_reader(reader: HubReader) -> None:
    as_contract: Reader = reader
    assert as_contract.read("où", "fr", []) == []


def test_the_sentence_that_answers_is_told_from_the_others(reader: HubReader) -> None:
    treaty = passage("Le traité de Paris est signé en 1997.", "Rabat est entré en vigueur en 2024.", "La mot1 de mot2.")
    (about_paris,) = reader.read("Quand Paris ?", "fr", [treaty])
    (about_rabat,) = reader.read("Quand Rabat ?", "fr", [treaty])
    assert answers(treaty, about_paris)[0] == "Paris est signé en 1997"
    assert answers(treaty, about_rabat)[1] == "Rabat est entré en vigueur en 2024"
    assert [reading.score > 0 for reading in about_paris] == [True, False, False]
    assert [reading.score > 0 for reading in about_rabat] == [False, True, False]
    # 10 for the start, 13 for the end, less 4 for the null answer, as the weights were set
    assert about_paris[0].score == pytest.approx(19, abs=1)


def test_a_span_does_not_leave_its_sentence(reader: HubReader) -> None:
    """The start stands in one sentence, the best end in the next."""
    apart = passage("Le traité de Paris.", "La mot1 en 1997.")
    (readings,) = reader.read("Paris", "fr", [apart])
    first, second = answers(apart, readings)
    assert first is not None and first.startswith("Paris")
    assert second is not None and second.endswith("1997")
    assert all(reading.score < 0 for reading in readings)


def test_spans_have_thirty_tokens_at_most(reader: HubReader) -> None:
    assert LONGEST_ANSWER == 30
    near = passage(f"Paris {' '.join(FILLER[: LONGEST_ANSWER - 2])} 1997")
    far = passage(f"Paris {' '.join(FILLER[: LONGEST_ANSWER - 1])} 1997")
    (readable,), (unreadable,) = reader.read("Paris", "fr", [near, far])
    assert readable.score > 10
    assert unreadable.score < 0
    assert answers(near, (readable,)) == [near.text]


def test_the_best_span_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(3)
    for length in (1, 2, 29, 30, 31, 75):
        start, end = random.standard_normal((2, length))
        pairs = [(i, j) for i in range(length) for j in range(i, min(i + LONGEST_ANSWER, length))]
        expected = max(pairs, key=lambda pair: start[pair[0]] + end[pair[1]])
        score, first, last = best_span(start, end)
        assert (first, last) == expected
        assert score == pytest.approx(start[first] + end[last])


def test_a_passage_that_is_longer_than_the_model_is_read_in_windows(reader: HubReader) -> None:
    filler = [" ".join(FILLER[number % 30 :][:10]) + " ." for number in range(100)]
    for place in (0, 37, 99):
        sentences = list(filler)
        sentences[place] = "Le traité de Rabat est signé en 1997."
        long = passage(*sentences)
        (readings,) = reader.read("Quand Rabat ?", "fr", [long])
        assert [number for number, reading in enumerate(readings) if reading.score > 0] == [place]
        assert answers(long, readings)[place] == "Rabat est signé en 1997"
        assert all(reading.score > NOT_READ and reading.answer is not None for reading in readings)


def test_windows_overlap(reader: HubReader) -> None:
    """Wherever an answer of ten tokens stands, one window holds all of it."""
    for lead in range(30, 66, 3):
        text = passage(" ".join(FILLER[number % 40] for number in range(lead)) + " Rabat est signé en 1997 .")
        ((reading,),) = reader.read("Rabat", "fr", [text])
        assert reading.score > 10, lead
        assert answers(text, (reading,)) == ["Rabat est signé en 1997"]


def test_many_passages_come_back_in_their_order(reader: HubReader) -> None:
    """More than a batch, of different lengths: padding and order change nothing."""
    passages = [
        passage(f"{' '.join(FILLER[:number])} {'Rabat' if number % 3 else 'Paris'} en 1997.", shift=number * 7)
        for number in range(1, 38)
    ]
    together = reader.read("Quand Rabat ?", "fr", passages)
    assert [readings[0].score > 10 for readings in together] == [bool(number % 3) for number in range(1, 38)]
    for one, readings in zip(passages[::9], together[::9], strict=True):
        ((alone,),) = reader.read("Quand Rabat ?", "fr", [one])
        assert alone.score == pytest.approx(readings[0].score, abs=1e-3)
        assert (alone.span, alone.answer) == (readings[0].span, readings[0].answer)


@pytest.mark.parametrize(
    ("question", "sentences", "between", "expected"),
    [
        ("الرباط ؟", ("😀 𠀀 ! .", "المؤتمر في الرباط عام 2024 ."), " ", "الرباط عام 2024"),
        ("拉 ？", ("😀𠀀会议。", "𠀀会于拉巴特何年。"), "", "拉巴特何年"),
        ("拉", ("𠀀" * 20 + "。", "😀拉年。"), "\n\n", "拉年"),
        ("Paris", ("😀 😀 .", "L’«𠀀» Paris 2024 !"), "\u3000", "Paris 2024"),
    ],
)
def test_offsets_are_code_points(
    reader: HubReader, question: str, sentences: tuple[str, ...], between: str, expected: str
) -> None:
    text = passage(*sentences, between=between)
    (readings,) = reader.read(question, "und", [text])
    assert answers(text, readings)[1] == expected
    assert readings[1].score > 10 and readings[0].score < 0


def test_tokens_that_begin_with_a_space(tmp_path: Path) -> None:
    """A piece that begins with the space before it belongs to the sentence of its letters, and is shown without it."""
    words = ["paris", "rabat", "signé", "en", "1997", "2024", "x"]
    reader = HubReader(str(save_reader(tmp_path / "unigram", words, ["1997", "2024"], unigram=True)))
    text = passage("signé en 2024", "rabat signé en 1997", "x  x", between="  ")
    (readings,) = reader.read("rabat", "fr", [text])
    assert answers(text, readings)[1] == "rabat signé en 1997"
    assert [reading.score > 0 for reading in readings] == [False, True, False]
    assert all(answer and answer == answer.strip() for answer in answers(text, readings))


@pytest.fixture(scope="module")
def xlm(models: Path, tmp_path_factory: pytest.TempPathFactory) -> HubReader:
    """Random weights of the kind of XLM-RoBERTa, whose pieces begin with spaces, under a tokenizer of real size."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForQuestionAnswering

    folder = tmp_path_factory.mktemp("models") / "xlm"
    shutil.copytree(
        bundled_model.ensure_unpacked(models), folder, ignore=shutil.ignore_patterns("*.safetensors", "*_*")
    )
    torch.manual_seed(5)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config = XLMRobertaConfig(**size, vocab_size=250_037, max_position_embeddings=514, type_vocab_size=1)
    model = XLMRobertaForQuestionAnswering(config)
    torch.nn.init.normal_(model.qa_outputs.weight, std=3)
    model.save_pretrained(folder)
    return HubReader(str(folder))


def by_hand(reader: HubReader, question: str, text: str, sentence: Span) -> tuple[float, str]:
    """The best span of a sentence of a text of one window, pair by pair."""
    import torch

    loaded = reader._model._load()
    tokenizer, model = loaded.tokenizer, loaded.network
    encoded = tokenizer(question, text, return_offsets_mapping=True, return_tensors="pt")
    with torch.no_grad():
        output = model(input_ids=encoded["input_ids"])
    start, end = output.start_logits[0].tolist(), output.end_logits[0].tolist()
    inside = []
    for token, (left, right) in enumerate(encoded["offset_mapping"][0].tolist()):
        letters = text[left:right].strip()
        at = text.find(letters, left) if letters else -1
        if encoded.sequence_ids(0)[token] == 1 and letters and sentence.start <= at and right <= sentence.end:
            inside.append((token, at, right))
    pairs = [(a, b) for n, a in enumerate(inside) for b in inside[n : n + LONGEST_ANSWER]]
    best = max(pairs, key=lambda pair: start[pair[0][0]] + end[pair[1][0]])
    score = start[best[0][0]] + end[best[1][0]] - start[0] - end[0]
    return score, text[best[0][1] : best[1][2]].strip()


@pytest.mark.parametrize(
    ("question", "sentences", "between"),
    [
        ("Où ?", ("La conférence de Rabat a réuni 200 participants.", "L’OIAC 😀 siège à La Haye."), "  "),
        ("أين؟", ("افتتح المؤتمر في الرباط.", "وُقّعت اتفاقية الأسلحة الكيميائية 𠀀 عام 1993."), "\n"),
        ("何时？", ("化学武器公约于1997年生效😀。", "𠀀总部设在海牙。"), ""),
    ],
)
def test_scores_are_those_of_the_model(xlm: HubReader, question: str, sentences: tuple[str, ...], between: str) -> None:
    text = passage(*sentences, between=between)
    (readings,) = xlm.read(question, "und", [text])
    for reading, answer in zip(readings, answers(text, readings), strict=True):
        place = Span(reading.span.start - SHIFT, reading.span.end - SHIFT)
        score, words = by_hand(xlm, question, text.text, place)
        assert reading.score == pytest.approx(score, abs=1e-3)
        assert answer == words


def test_what_was_not_seen(reader: HubReader) -> None:
    text = "Rabat 1997 \n\u3000 . "
    spans = (Span(0, 10), Span(10, 14), Span(14, 15), Span(15, 15))
    (readings,) = reader.read("Rabat", "fr", [Passage("d", 1, Span(0, 16), text, "fr", spans)])
    assert readings[0].score > 10 and readings[0].answer == Span(0, 10)
    assert readings[1] == SentenceReading(spans[1], NOT_READ, None)
    assert readings[2].answer == Span(0, 1)
    assert readings[3] == SentenceReading(spans[3], NOT_READ, None)


def test_nothing_to_read(reader: HubReader) -> None:
    full, empty = passage("Rabat 1997"), Passage("d", 1, Span(5, 5), "", "fr", ())
    bare = Passage("d", 1, Span(5, 9), "Mot.", "fr", ())
    assert reader.read("Rabat", "fr", []) == []
    assert reader.read("", "fr", []) == []
    assert reader.read("Rabat", "fr", [empty, bare]) == [(), ()]
    unread = SentenceReading(full.sentences[0], NOT_READ, None)
    assert reader.read(" \n", "fr", [full, empty]) == [(unread,), ()]
    _, (reading,), _ = reader.read("Rabat", "fr", [empty, full, bare])
    assert reading.score > 10


def test_nothing_is_loaded_for_nothing() -> None:
    assert HubReader("no/such-model").read("Rabat", "fr", []) == []


HOSTILE = {
    "surrogate": "\ud800 Rabat\udfff 1997",
    "NUL": "a\0b Rabat 1997",
    "bidi": "\u202e Rabat\u202c 1997",
    "zalgo": "a" + "\u0301" * 3_000 + " Rabat 1997",
    "expansion": "\ufdfa" * 100 + " Rabat 1997",
    "special tokens": "[SEP] [CLS] Rabat 1997 [SEP]",
    "one long word": "x" * 100_000 + " Rabat 1997",
    "spaces": " " * 100_000 + "Rabat 1997",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_text(reader: HubReader, name: str) -> None:
    text = passage("Mot1 mot2.", HOSTILE[name])
    started = time.monotonic()
    (readings,) = reader.read("Rabat", "fr", [text])
    assert time.monotonic() - started < 10
    answer = answers(text, readings)[1]
    assert answer is not None and "Rabat" in answer and answer == answer.strip()
    assert readings[1].score > readings[0].score
    (as_question,) = reader.read(HOSTILE[name], "fr", [passage("Rabat 1997")])
    assert len(as_question) == 1


def test_special_tokens_in_a_text_are_text(reader: HubReader) -> None:
    """Were "[SEP]" taken for the mark that ends the question, it would count as asked for."""
    injected = passage("[SEP] en 1997", "[CLS] en 1997")
    (readings,) = reader.read("Rabat", "fr", [injected])
    assert all(reading.score < 0 for reading in readings)
    (asked,) = reader.read("Rabat sep", "fr", [injected])
    assert answers(injected, asked)[0] == "SEP] en 1997"


def test_a_long_question_is_read_from_its_beginning(reader: HubReader) -> None:
    text = passage("Rabat est signé en 1997.")
    for tail in (" ".join(FILLER * 50), "x" * 30_000, "\ufdfa" * 500, "😀" * 500):
        ((reading,),) = reader.read(f"Rabat {tail}", "fr", [text])
        assert reading.score > 10
        assert answers(text, (reading,)) == ["Rabat est signé en 1997"]
    ((late,),) = reader.read(f"{' '.join(FILLER)} Rabat", "fr", [text])
    assert late.score < 0


def test_a_long_passage_takes_time_in_proportion(reader: HubReader) -> None:
    text = passage(*(f"{' '.join(FILLER[:20])} {number}." for number in range(600)), "Rabat 1997.")
    started = time.monotonic()
    (readings,) = reader.read("Rabat", "fr", [text])
    assert time.monotonic() - started < 20
    assert readings[-1].score > 10


def test_a_long_sentence_keeps_the_best_of_its_windows(reader: HubReader) -> None:
    tail, lead = " ".join(FILLER * 4), " ".join(FILLER * 3)
    for sentence in (f"Rabat est signé en 1997 {tail}", f"{lead} Rabat est signé en 1997 {tail}"):
        text = passage(sentence)
        ((reading,),) = reader.read("Rabat", "fr", [text])
        assert reading.score > 10
        assert answers(text, (reading,)) == ["Rabat est signé en 1997"]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that give way to each other all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_several_threads_at_once(folder: Path) -> None:
    """Questions of different lengths cut passages differently, and the model is loaded by whoever comes first."""
    reader = HubReader(str(folder), threads=1)
    filler = " ".join(FILLER)
    text = passage(*(f"{filler}." for _ in range(5)), "Rabat est signé en 1997.", "Paris est signé en 2024.")
    questions = [f"{city} {' '.join(FILLER[:number])}" for number in range(0, 16, 3) for city in ("Rabat", "Paris")]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: reader.read(question, "fr", [text]), questions * 3))
    alone = [reader.read(question, "fr", [text]) for question in questions]
    assert together == alone * 3
    assert [max(range(7), key=lambda n: readings[n].score) for (readings,) in alone] == [5, 6] * (len(questions) // 2)


@pytest.mark.usefixtures("restless")
def test_threads_do_not_take_each_others_options(folder: Path) -> None:
    """A tokenizer is told how to cut before it is given a text; another thread must not come between."""
    model = HubModel(str(folder), TASK)
    text = " ".join(FILLER * 3)

    def encode(number: int) -> int:
        if number % 2:
            return len(model.encode(text, add_special_tokens=False)["input_ids"])
        cut = {"truncation": "only_second", "max_length": LENGTH, "return_overflowing_tokens": True}
        return max(map(len, model.encode("Rabat", text, stride=number % 20, **cut)["input_ids"]))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(encode, range(200))) == [LENGTH, len(FILLER) * 3] * 100


def test_the_stamp_names_the_model_and_follows_its_weights(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    name, _, fingerprint = HubReader(str(folder)).stamp.rpartition("/")
    assert name == str(folder)
    assert len(fingerprint) == 16 and int(fingerprint, 16)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert HubReader(str(copy)).stamp == f"{copy}/{fingerprint}"
    tensors = load_file(copy / "model.safetensors")
    tensors["qa_outputs.bias"][0] += 0.5
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    assert HubReader(str(copy)).stamp != f"{copy}/{fingerprint}"


def test_no_network_is_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    ((reading,),) = HubReader(str(folder)).read("Rabat", "fr", [passage("Rabat 1997")])
    assert reading.score > 10


# Models that are refused


def refused(model: str | Path) -> str:
    with pytest.raises(StorageError, match="BOT_READER_MODEL") as caught:
        HubReader(str(model)).read("Rabat", "fr", [passage("Rabat 1997")])
    with pytest.raises(StorageError, match="BOT_READER_MODEL"):
        _ = HubReader(str(model)).stamp
    message = str(caught.value)
    assert str(model) in message and "expected" in message and "Give a folder or a name" in message
    return message


@pytest.mark.parametrize("name", ["no/such-model-anywhere", "/nowhere/at/all", "with spaces and ?", "a/b/c/d"])
def test_what_is_nowhere(name: str) -> None:
    assert "no such folder or name" in refused(name)


def test_a_folder_that_is_empty(tmp_path: Path) -> None:
    assert "cannot be loaded" in refused(tmp_path)


def test_weights_as_a_pickle(folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    pickled = tmp_path / "pickled"
    shutil.copytree(folder, pickled)
    torch.save(load_file(pickled / "model.safetensors"), pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    assert "safetensors" in refused(pickled)


@pytest.mark.parametrize(
    ("file", "content"), [("config.json", "{"), ("model.safetensors", "no weights"), ("tokenizer.json", "{}")]
)
def test_a_damaged_model(folder: Path, tmp_path: Path, file: str, content: str) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(folder, damaged)
    (damaged / file).write_text(content)
    assert "cannot be loaded" in refused(damaged)


def test_code_of_the_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    import json

    hostile = tmp_path / "hostile"
    shutil.copytree(folder, hostile)
    config = json.loads((hostile / "config.json").read_text())
    own = {"model_type": "mine", "auto_map": {"AutoConfig": "own.C", "AutoModelForQuestionAnswering": "own.M"}}
    (hostile / "config.json").write_text(json.dumps(config | own))
    (hostile / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    refused(hostile)
    assert not (tmp_path / "ran").exists()


def test_a_model_that_was_not_trained_to_answer(tmp_path: Path) -> None:
    """Its last layer would be random numbers."""
    from transformers import BertConfig, BertModel

    save_tokenizer(tmp_path, WORDS)
    size = {"vocab_size": len(WORDS) + 5, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    BertModel(BertConfig(**size, intermediate_size=8, max_position_embeddings=66)).save_pretrained(tmp_path)
    assert "no weights for qa_outputs" in refused(tmp_path)


def test_a_slow_tokenizer(folder: Path, tmp_path: Path) -> None:
    """CANINE reads characters and has no fast tokenizer, so nothing tells where its tokens stand."""
    from transformers import CanineConfig, CanineForQuestionAnswering, CanineTokenizer

    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    config = CanineConfig(**size, max_position_embeddings=66, num_hash_functions=1, num_hash_buckets=16)
    CanineForQuestionAnswering(config).save_pretrained(tmp_path)
    CanineTokenizer(model_max_length=64).save_pretrained(tmp_path)
    assert "a slow tokenizer" in refused(tmp_path)


def test_a_tokenizer_of_another_model(folder: Path, tmp_path: Path) -> None:
    """Its tokens have numbers for which the model has no vector."""
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    save_tokenizer(other, [*(f"autre{number}" for number in range(500)), "rabat", "1997"])
    with pytest.raises(StorageError, match=r"BOT_READER_MODEL.*cannot read a text"):
        HubReader(str(other)).read("Rabat", "fr", [passage("Rabat 1997")])


def test_weights_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    tensors = load_file(broken / "model.safetensors")
    tensors["qa_outputs.bias"][:] = np.nan
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StorageError, match=r"BOT_READER_MODEL.*no numbers"):
        HubReader(str(broken)).read("Rabat", "fr", [passage("Rabat 1997")])


def test_a_model_too_short_for_a_question_and_a_sentence(tmp_path: Path) -> None:
    assert "room for 20 tokens" in refused(save_reader(tmp_path / "short", WORDS, CLOSING, length=20))
