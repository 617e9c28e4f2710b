"""Tiny BERTs whose weights are set by hand, so that what they answer is known; saved as a folder of `transformers`.

The reader's network finds words of the passage that stand in the question too, and answers from such a word to the
next closing word. The judge's network looks for a word of approval or of denial in the premise alone, and for a word
that takes the matter elsewhere in the hypothesis alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

CODES, HIDDEN = 48, 64
TYPE, CLS, FIRST, SECOND, THIRD, FOUND = range(CODES, CODES + 6)
"""Dimensions beside the codes of the words: first or second text, the null token, three flags, what attention found."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LENGTH = 64


def save_tokenizer(folder: Path, words: Sequence[str], *, length: int = LENGTH, unigram: bool = False) -> None:
    """Whole words and single Chinese characters are tokens; with `unigram` words begin with the space before them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    if unigram:
        pieces = [*((word, 0.0) for word in SPECIAL), *((f"▁{word}", -1.0) for word in words)]
        tokenizer = Tokenizer(models.Unigram(pieces, unk_id=1, byte_fallback=False))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    else:
        vocabulary = {word: number for number, word in enumerate([*SPECIAL, *words])}
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = {f"{word.strip('[]').lower()}_token": word for word in SPECIAL}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=length, **named).save_pretrained(folder)


def save_reader(
    folder: Path, words: Sequence[str], closing: Sequence[str], *, length: int = LENGTH, unigram: bool = False
) -> Path:
    """A question-answering model; a word that is also asked for is worth 10 as a start, a closing word 13 as an end."""
    import torch
    from transformers import BertForQuestionAnswering

    save_tokenizer(folder, words, length=length, unigram=unigram)
    with torch.no_grad():
        model = BertForQuestionAnswering(_config(len(words), length, heads=1)).eval()
        _clear(model)
        _embed(model, words, {FIRST: closing})
        attention = model.bert.encoder.layer[0].attention
        for part in (attention.self.query, attention.self.key):
            part.weight[:CODES, :CODES] = 2 * torch.eye(CODES)  # a token looks at its like
        attention.self.value.weight[FOUND, TYPE] = 1
        attention.output.dense.weight.copy_(torch.eye(HIDDEN))
        head = model.qa_outputs
        head.weight[0, FOUND], head.bias[0] = 20, 10
        head.weight[1, FIRST], head.bias[1] = 20, -10
        null = model.bert(torch.tensor([[2, 1, 3]])).last_hidden_state[0, 0]
        head.weight[:, CLS] = (2 - head.weight @ null - head.bias) / null[CLS]  # the null answer is worth 4
    model.save_pretrained(folder)
    return folder


def save_judge(folder: Path, words: Sequence[str], labels: Sequence[str], meant: Sequence[str]) -> Path:
    """A classifier whose outputs are named `labels` and mean `meant`: "supports", "contradicts" or "neither".

    The first word supports, the second contradicts, the third, in the claim, takes the matter elsewhere.
    """
    import torch
    from transformers import BertForSequenceClassification

    save_tokenizer(folder, words)
    config = _config(len(words), LENGTH, heads=2)
    config.num_labels = len(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: column for column, label in enumerate(labels)}
    with torch.no_grad():
        model = BertForSequenceClassification(config).eval()
        _clear(model)
        _embed(model, words, {FIRST: words[:1], SECOND: words[1:2], THIRD: words[2:3]})
        attention = model.bert.encoder.layer[0].attention
        half = HIDDEN // 2
        for place, (sign, flags) in {0: (1, (FIRST, SECOND)), half: (-1, (THIRD,))}.items():
            attention.self.query.bias[place] = 20  # every token asks each head for flags of one text
            attention.self.key.weight[place, TYPE] = sign * 20
            for number, flag in enumerate(flags):
                attention.self.key.weight[place, flag] = 10
                attention.self.value.weight[place + number, flag] = 1
                attention.output.dense.weight[flag, place + number] = 4
        model.bert.pooler.dense.weight.copy_(torch.eye(HIDDEN))
        weights = {"supports": {FIRST: 10}, "contradicts": {SECOND: 10}, "neither": {THIRD: 20}}
        for column, stance in enumerate(meant):
            model.classifier.bias[column] = 4 if stance == "neither" else 0
            for flag, weight in weights[stance].items():
                model.classifier.weight[column, flag] = weight
    model.save_pretrained(folder)
    return folder


def _config(words: int, length: int, *, heads: int) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(SPECIAL) + words,
        hidden_size=HIDDEN,
        num_hidden_layers=1,
        num_attention_heads=heads,
        intermediate_size=8,
        max_position_embeddings=length + 2,
    )


def _clear(model: Any) -> None:
    for name, weights in model.named_parameters():
        weights.fill_(1.0 if "LayerNorm.weight" in name else 0.0)


def _embed(model: Any, words: Sequence[str], flags: dict[int, Sequence[str]]) -> None:
    """Random codes for the words, half +1 and half -1 so that their mean tells nothing, and their flags."""
    import torch

    generator = torch.Generator().manual_seed(7)
    codes = [torch.randperm(CODES, generator=generator) % 2 * 2.0 - 1 for _ in range(len(SPECIAL) + len(words))]
    embeddings = model.bert.embeddings
    embeddings.word_embeddings.weight[:, :CODES] = torch.stack(codes)
    embeddings.word_embeddings.weight[SPECIAL.index("[CLS]"), CLS] = 1
    for flag, marked in flags.items():
        for word in marked:
            embeddings.word_embeddings.weight[len(SPECIAL) + words.index(word), flag] = 1
    embeddings.token_type_embeddings.weight[:, TYPE] = torch.tensor([1.0, -1.0])
