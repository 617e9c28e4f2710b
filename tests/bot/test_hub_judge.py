"""A judge over a folder of `transformers`: labels, order of the pair, odd text, models that are refused."""

import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.hub_judge import HubJudge, stance_of
from bot.judge import Judge, Judgement
from corpus.errors import StorageError
from tests.bot.tiny_models import save_judge

WORDS = ["confirme", "dément", "ailleurs", "rabat", "le", "traité", "."] + [f"mot{number}" for number in range(20)]
THREE = ("contradiction", "entailment", "neutral")
MEANT = ("contradicts", "supports", "neither")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_judge(tmp_path_factory.mktemp("models") / "tiny-judge", WORDS, THREE, MEANT)


@pytest.fixture(scope="module")
def judge(folder: Path) -> HubJudge:
    return HubJudge(str(folder))


def stances(judge: HubJudge, *pairs: tuple[str, str]) -> list[str]:
    judgements = judge.judge(pairs)
    for judgement in judgements:
        assert judgement.supports + judgement.contradicts + judgement.neither == pytest.approx(1)
    return [judgement.stance for judgement in judgements]


def test_it_is_a_judge(judge: HubJudge) -> None:
    as_contract: Judge = judge
    assert as_contract.judge([]) == []


CASES = [
    ("Le traité.", "Rabat confirme le traité.", "supports"),
    ("Le traité.", "Rabat dément le traité.", "contradicts"),
    ("Le traité.", "Rabat, le traité.", "neither"),
    ("Le traité, ailleurs.", "Rabat confirme le traité.", "neither"),
    ("Confirme.", "Le traité.", "neither"),
    ("Le traité.", "Ailleurs, Rabat confirme.", "supports"),
]
"""Claims, sentences, and what the weights that were set make of them: the sentence is the premise."""


@pytest.mark.parametrize(("claim", "sentence", "expected"), CASES)
def test_the_sentence_is_the_premise_and_the_claim_the_hypothesis(
    judge: HubJudge, claim: str, sentence: str, expected: str
) -> None:
    assert stances(judge, (claim, sentence)) == [expected]


def test_more_pairs_than_a_batch_come_back_in_their_order(judge: HubJudge) -> None:
    pairs = [
        (claim, f"{' '.join(WORDS[7 : 7 + number % 13])} {sentence}")
        for number in range(7)
        for claim, sentence, _ in CASES
    ]
    together = judge.judge(pairs)
    assert [judgement.stance for judgement in together] == [expected for _, _, expected in CASES] * 7
    for pair, judgement in list(zip(pairs, together, strict=True))[::11]:
        (alone,) = judge.judge([pair])
        assert alone.supports == pytest.approx(judgement.supports, abs=1e-4)
        assert alone.contradicts == pytest.approx(judgement.contradicts, abs=1e-4)


def test_a_judgement_is_a_softmax(judge: HubJudge) -> None:
    """Surer where the weights are further apart, and never beyond 1."""
    plain, certain = judge.judge([("Le traité.", "Rabat."), ("Ailleurs.", "Rabat.")])
    assert 0.9 < plain.neither < certain.neither <= 1
    assert plain.supports == pytest.approx(plain.contradicts, rel=0.2)


@pytest.mark.parametrize(
    ("labels", "meant"),
    [
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), ("supports", "neither", "contradicts")),
        (("SUPPORTS", "REFUTES", "NOT ENOUGH INFO"), ("supports", "contradicts", "neither")),
        (("refuted", "nei", "supported"), ("contradicts", "neither", "supports")),
        (("neither", "Contradicts", "Entails"), ("neither", "contradicts", "supports")),
    ],
)
def test_labels_are_told_by_their_names(tmp_path: Path, labels: tuple[str, ...], meant: tuple[str, ...]) -> None:
    judge = HubJudge(str(save_judge(tmp_path / "named", WORDS, labels, meant)))
    assert stances(judge, *((claim, sentence) for claim, sentence, _ in CASES)) == [case[2] for case in CASES]


@pytest.mark.parametrize("labels", [("entailment", "not_entailment"), ("not_entailment", "entailment")])
def test_two_labels(tmp_path: Path, labels: tuple[str, ...]) -> None:
    meant = ["neither" if label.startswith("not") else "supports" for label in labels]
    judge = HubJudge(str(save_judge(tmp_path / "two", WORDS, labels, meant)))
    (supported, denied) = judge.judge([("Le traité.", "Rabat confirme."), ("Le traité.", "Rabat dément.")])
    assert (supported.stance, denied.stance) == ("supports", "neither")
    assert supported.contradicts == denied.contradicts == 0.0
    assert supported.supports + supported.neither == pytest.approx(1)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Not-Entailment", "neither"),
        ("NOT_ENOUGH_INFO", "neither"),
        ("NotEnoughInfo", "neither"),
        (" refutes ", "contradicts"),
        ("entails", "supports"),
        ("not_supported", None),
        ("neighbour", None),
        ("LABEL_1", None),
        ("", None),
    ],
)
def test_what_a_label_means(label: str, expected: str | None) -> None:
    assert stance_of(label) == expected


def test_blank_texts_say_nothing(judge: HubJudge) -> None:
    silent = Judgement(0.0, 0.0, 1.0)
    blank = [("", "Rabat confirme."), ("Le traité.", " \n"), ("", "")]
    assert judge.judge(blank) == [silent] * 3
    mixed = judge.judge([blank[0], ("Le traité.", "Rabat confirme."), blank[1]])
    assert [judgement.stance for judgement in mixed] == ["neither", "supports", "neither"]
    assert mixed[0] == mixed[2] == silent


def test_nothing_is_loaded_for_nothing() -> None:
    assert HubJudge("no/such-model").judge([]) == []


@pytest.mark.parametrize(
    "odd",
    ["\ud800", "\0", "\u202e", "😀𠀀", "[SEP] [CLS] [PAD]", "mot1 " * 20_000, "x" * 100_000, "a" + "\u0301" * 3_000],
)
def test_odd_text(judge: HubJudge, odd: str) -> None:
    assert stances(judge, ("Le traité.", f"Rabat confirme {odd}"), (f"Le traité {odd}", "Rabat dément.")) == [
        "supports",
        "contradicts",
    ]
    assert len(judge.judge([(odd, odd)])) == 1


def test_special_tokens_in_a_text_are_text(judge: HubJudge) -> None:
    """Were "[SEP]" taken for the end of the premise, the pair would be read as another."""
    assert stances(judge, ("Le traité.", "Rabat [SEP] [SEP] confirme")) == ["supports"]
    from transformers import AutoTokenizer

    taken_for_special = AutoTokenizer.from_pretrained(judge.stamp.rpartition("/")[0], local_files_only=True)
    encoded = judge._model.encode("Rabat [SEP]", "le")
    assert encoded["input_ids"].count(3) == 2
    assert taken_for_special("Rabat [SEP]", "le")["input_ids"].count(3) == 3


def test_several_threads_at_once(folder: Path) -> None:
    judge = HubJudge(str(folder))
    pairs = [(claim, sentence) for claim, sentence, _ in CASES]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: stances(judge, *pairs), range(24)))
    assert results == [[expected for _, _, expected in CASES]] * 24


def test_the_stamp_names_the_model_and_its_weights(folder: Path, tmp_path: Path) -> None:
    name, _, fingerprint = HubJudge(str(folder)).stamp.rpartition("/")
    assert name == str(folder)
    assert len(fingerprint) == 16 and int(fingerprint, 16)
    other = save_judge(tmp_path / "other", [*WORDS, "encore"], THREE, MEANT)
    assert not HubJudge(str(other)).stamp.endswith(fingerprint)


def test_no_network_is_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert stances(HubJudge(str(folder)), ("Le traité.", "Rabat confirme.")) == ["supports"]


# Models that are refused


def refused(model: str | Path) -> str:
    with pytest.raises(StorageError, match="BOT_JUDGE_MODEL") as caught:
        HubJudge(str(model)).judge([("Le traité.", "Rabat confirme.")])
    with pytest.raises(StorageError, match="BOT_JUDGE_MODEL"):
        _ = HubJudge(str(model)).stamp
    message = str(caught.value)
    assert str(model) in message and "expected" in message and "Give a folder or a name" in message
    return message


@pytest.mark.parametrize("labels", [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "neutral", "other")])
def test_labels_that_do_not_say_what_they_mean(tmp_path: Path, labels: tuple[str, ...]) -> None:
    message = refused(save_judge(tmp_path / "unnamed", WORDS, labels, MEANT))
    assert all(repr(label) in message for label in labels)
    assert "not_entailment" in message


@pytest.mark.parametrize("labels", [("supports", "refutes"), ("contradiction", "neutral")])
def test_labels_that_leave_no_doubt_or_no_support(tmp_path: Path, labels: tuple[str, ...]) -> None:
    assert "labels" in refused(save_judge(tmp_path / "lacking", WORDS, labels, MEANT[:2]))


@pytest.mark.parametrize("name", ["no/such-model-anywhere", "/nowhere/at/all", "with spaces and ?"])
def test_what_is_nowhere(name: str) -> None:
    assert "no such folder or name" in refused(name)


def test_weights_as_a_pickle(folder: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    pickled = tmp_path / "pickled"
    shutil.copytree(folder, pickled)
    torch.save(load_file(pickled / "model.safetensors"), pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    assert "safetensors" in refused(pickled)


def test_a_model_of_another_kind(tmp_path: Path) -> None:
    from tests.bot.tiny_models import save_reader

    assert "no weights for" in refused(save_reader(tmp_path / "reader", WORDS, ["."]))
