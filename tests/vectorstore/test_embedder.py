"""The real model: reproducible, offline, safe against odd text; other models by folder, pickles refused."""

import socket
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import StorageError
from vectorstore import bundled_model
from vectorstore.embedder import PassageEncoding, SentenceTransformerEmbedder
from vectorstore.geometry import ANY, Array

SENTENCES = {
    "La conférence de Rabat a réuni 200 participants.": (0.0372, -0.0104, -0.0316, -0.0807),
    "افتتح المؤتمر في الرباط.": (0.0534, -0.0050, -0.0144, -0.0666),
    "化学武器公约于1997年生效。": (0.0724, -0.0263, -0.0446, -0.0547),
}
"""The first components of the model's own vectors, before any centring."""
HIDDEN = 384


def passages(embedder: SentenceTransformerEmbedder, *texts: str, language: str = "fr") -> list[PassageEncoding]:
    return list(embedder.encode_passages(texts, [language] * len(texts)))


def is_unit(vector: Array) -> bool:
    return bool(np.isfinite(vector).all()) and abs(float(np.linalg.norm(vector)) - 1) < 1e-4


def test_vectors_are_reproducible(real_embedder: SentenceTransformerEmbedder) -> None:
    encoded = real_embedder.raw(list(SENTENCES), "passage")
    for raw, expected in zip(encoded, SENTENCES.values(), strict=True):
        assert raw.vector.shape == (HIDDEN,)
        assert is_unit(raw.vector)
        assert np.allclose(raw.vector[:4], expected, atol=5e-4)


def test_a_batch_gives_what_each_text_gives_alone(real_embedder: SentenceTransformerEmbedder) -> None:
    texts = [*SENTENCES, "Court.", "Un texte plus long. " * 30]
    together = passages(real_embedder, *texts)
    for text, encoding in zip(texts, together, strict=True):
        (alone,) = passages(real_embedder, text)
        assert float(alone.vector @ encoding.vector) > 0.9999
        assert np.array_equal(alone.offsets, encoding.offsets)
        assert alone.tokens.shape == encoding.tokens.shape


def test_questions_find_their_passages_across_languages(real_embedder: SentenceTransformerEmbedder) -> None:
    texts = {
        "fr": "Le laboratoire de l'OIAC se trouve à Pijnacker, aux Pays-Bas.",
        "en": "The conference in Rabat brought together 200 participants.",
        "ru": "Уничтожение запасов химического оружия завершено в 2023 году.",
    }
    encoded = [passages(real_embedder, text, language=code)[0].vector for code, text in texts.items()]
    for question, language, expected in (
        ("Où est le laboratoire ?", "fr", 0),
        ("Combien de participants à la conférence ?", "fr", 1),
        ("متى انتهى تدمير مخزونات الأسلحة الكيميائية؟", "ar", 2),
        ("拉巴特会议有多少人参加？", "zh", 1),
    ):
        vector = real_embedder.encode_query(question, language).vector
        assert int(np.argmax([vector @ other for other in encoded])) == expected, question


def test_token_offsets_are_code_points_of_the_text(real_embedder: SentenceTransformerEmbedder) -> None:
    text = "😀 Rabat, le 24 octobre 2024 : l’OIAC"
    (encoding,) = passages(real_embedder, text)
    assert encoding.offsets.shape == (len(encoding.tokens), 2)
    assert (encoding.offsets[:, 0] >= 0).all() and (encoding.offsets[:, 1] <= len(text)).all()
    assert (encoding.offsets[:, 1] > encoding.offsets[:, 0]).all()
    pieces = [text[start:end].strip() for start, end in encoding.offsets]
    assert "".join(pieces) == text.replace(" ", "")


def test_token_states_are_unit_vectors(real_embedder: SentenceTransformerEmbedder) -> None:
    query = real_embedder.encode_query("Combien de participants à Rabat ?", "fr")
    (passage,) = passages(real_embedder, "La conférence de Rabat a réuni 200 participants.")
    for states in (query.tokens, passage.tokens):
        assert np.allclose(np.linalg.norm(states, axis=1), 1, atol=1e-4)
    assert query.tokens.shape[1] == passage.tokens.shape[1]
    assert len(query.weights) == len(query.tokens)
    assert float(query.weights.sum()) == pytest.approx(1, abs=1e-4)
    assert (query.weights > 0).all()


HOSTILE = {
    "expansion": "\ufdfa" * 100,
    "nothing": "",
    "spaces": " \n\t\u3000",
    "NUL": "a\0b",
    "lone surrogate": "Rabat \ud800 2024",
    "bidi": "\u202eRabat\u202c",
    "emoji": "👩‍👩‍👧‍👦🇲🇦" * 50,
    "zalgo": "a" + "\u0301" * 500,
    "very long": "mot " * 50_000,
    "one long word": "x" * 20_000,
    "special tokens": "<s></s><pad><unk><mask>",
    "private use": "\ue000\U0010ffff\ufffe",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_text_is_encoded(real_embedder: SentenceTransformerEmbedder, name: str) -> None:
    query = real_embedder.encode_query(HOSTILE[name], "fr")
    assert is_unit(query.vector)
    assert np.isfinite(query.tokens).all() and np.isfinite(query.weights).all()
    (passage,) = passages(real_embedder, HOSTILE[name][:1_000])
    assert is_unit(passage.vector)
    assert len(passage.tokens) == len(passage.offsets)


def test_a_language_without_a_mean_of_its_own(real_embedder: SentenceTransformerEmbedder) -> None:
    text = "De conferentie werd in Rabat gehouden."
    for language in ("nl", "und", ANY, ""):
        assert is_unit(real_embedder.encode_query(text, language).vector)
        (encoding,) = passages(real_embedder, text, language=language)
        assert is_unit(encoding.vector)


def test_no_texts(real_embedder: SentenceTransformerEmbedder) -> None:
    assert passages(real_embedder) == []


def test_the_contract_of_langchain(real_embedder: SentenceTransformerEmbedder) -> None:
    vectors = real_embedder.embed_documents(["Un texte.", "Un autre."])
    assert [len(vector) for vector in vectors] == [HIDDEN, HIDDEN]
    assert all(isinstance(number, float) for number in real_embedder.embed_query("Un texte ?"))


def test_the_stamp_names_the_model_and_its_weights_without_loading_it(tmp_path: Path) -> None:
    stamp = SentenceTransformerEmbedder(None, tmp_path / "nowhere").stamp
    assert stamp.startswith(f"{bundled_model.NAME}/{bundled_model.SHA256[:16]}/")
    assert not (tmp_path / "nowhere").exists()


def test_no_network_is_touched(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    embedder = SentenceTransformerEmbedder(None, models)
    assert is_unit(embedder.encode_query("Où a eu lieu la conférence ?", "fr").vector)


# Other models


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT of few dimensions with its weights as safetensors."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("note5") / "tiny-model"
    words = ["la", "de", "le", "rabat", "conférence", "participants", "combien", "laboratoire", "?", "."]
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=32,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder)
    assert (folder / "model.safetensors").is_file()
    return folder


def test_another_model_by_its_folder(tiny: Path, tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(tiny), tmp_path / "unused")
    (encoding,) = passages(embedder, "La conférence de Rabat.")
    assert encoding.vector.shape == (24,)
    assert is_unit(encoding.vector)
    assert [tuple(pair) for pair in encoding.offsets] == [(0, 2), (3, 13), (14, 16), (17, 22), (22, 23)]
    query = embedder.encode_query("Combien de participants ?", "fr")
    assert query.tokens.shape == (4, 24)
    assert np.allclose(query.weights, 0.25)
    assert not embedder.has_geometry
    assert not (tmp_path / "unused").exists(), "the bundled model is not needed"


def test_another_model_has_another_stamp(tiny: Path, tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(str(tiny), tmp_path)
    assert embedder.stamp != SentenceTransformerEmbedder(None, tmp_path).stamp
    assert embedder.stamp == SentenceTransformerEmbedder(str(tiny), tmp_path).stamp


def test_the_stamp_follows_the_weights(tiny: Path, tmp_path: Path) -> None:
    """The same folder with other weights is another model."""
    import shutil

    from safetensors.numpy import load_file, save_file

    before = SentenceTransformerEmbedder(str(tiny), tmp_path).stamp
    copy = tmp_path / "tiny-model"
    shutil.copytree(tiny, copy)
    same = SentenceTransformerEmbedder(str(copy), tmp_path).stamp
    tensors = load_file(copy / "model.safetensors")
    name = next(name for name in tensors if name.endswith("word_embeddings.weight"))
    tensors[name][0, 0] += 0.5
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    changed = SentenceTransformerEmbedder(str(copy), tmp_path).stamp
    assert same.split("/")[-2] == before.split("/")[-2]
    assert changed.split("/")[-2] != before.split("/")[-2]


def test_weights_as_a_pickle_are_refused(tiny: Path, tmp_path: Path) -> None:
    import shutil

    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    shutil.copytree(tiny, folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(StorageError, match="BOT_EMBEDDING_MODEL") as caught:
        SentenceTransformerEmbedder(str(folder), tmp_path).encode_query("Rabat", "fr")
    assert "safetensors" in str(caught.value)


@pytest.mark.parametrize("name", ["no/such-model-anywhere", "/nowhere/at/all", "with spaces and ?", "a/b/c/d", "."])
def test_what_is_no_model_is_a_message(tmp_path: Path, name: str) -> None:
    if name == ".":
        name = str(tmp_path)
    with pytest.raises(StorageError, match="BOT_EMBEDDING_MODEL"):
        SentenceTransformerEmbedder(name, tmp_path).encode_query("Rabat", "fr")


def test_a_damaged_model_is_a_message(tiny: Path, tmp_path: Path) -> None:
    import shutil

    for number, (file, content) in enumerate(
        [("config.json", "{"), ("model.safetensors", "no weights"), ("tokenizer.json", "{}")]
    ):
        folder = tmp_path / str(number)
        shutil.copytree(tiny, folder)
        (folder / file).write_text(content)
        with pytest.raises(StorageError, match="BOT_EMBEDDING_MODEL"):
            SentenceTransformerEmbedder(str(folder), tmp_path).encode_query("Rabat", "fr")
