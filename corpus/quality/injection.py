"""Text that speaks to a language model instead of a reader, in the six languages; pure, in linear time.

In: a `Wording`. Out: a finding. It is a hint for staff: an article about such attacks is found too.
"""

import re
from collections.abc import Iterator

from corpus.quality.findings import Finding, Wording, place

GAP = r"(?:\S{1,30}\s{1,3}){0,4}?"
"""Up to four words."""
WORD = r"(?:\S{1,30}\s{1,3})?"
AI_EN = (
    r"(?:ai(?=\s(?:assistant|model|system|agent|bot|and|reading|that|with|without)\b|[.,:;!?]|$)"
    r"|artificial intelligence|(?:large )?language model|llm\b|chat ?bot|(?:virtual|helpful) assistant)"
)
AI_FR = (
    r"(?:ia\b|intelligence artificielle|modèle de lang(?:age|ue)|chat ?bot"
    r"|assistant (?:ia\b|virtuel|conversationnel))"
)
AI_ES = r"(?:ia\b|inteligencia artificial|modelo de lenguaje|chat ?bot|asistente (?:de ia\b|virtual))"
AI_RU = r"(?:языковая модель|ии\b|искусственный интеллект|чат-?бот|(?:виртуальный |ии-)ассистент)"
OLD_EN = r"(?:previous|prior|above|earlier|preceding|foregoing|initial|original|system|your)"
OLD_FR = r"(?:précédent|antérieur|ci-dessus|initial|d'origine|système)"
OLD_ES = r"(?:anterior|previ[ao]|precedente|inicial|original|del sistema)"
OLD_RU = r"(?:предыдущ|прежн|вышеуказанн|выше|системн|сво[ийя]|изначальн)"

PATTERNS: tuple[tuple[tuple[str, ...], str], ...] = (
    # how it begins, and how it goes on; both in lower case
    (
        ("ignore", "disregard", "forget"),
        rf"\s{{1,3}}{GAP}{OLD_EN}\s{{1,3}}{GAP}(?:instruction|prompt|system message)s?\b",
    ),
    (("ignore", "disregard", "forget"), rf"\s{{1,3}}{GAP}(?:above|your)\s{{1,3}}(?:rules|directives|guidelines)\b"),
    (("ignore", "disregard", "forget"), rf"\s{{1,3}}(?:all|any)\s{{1,3}}{WORD}(?:instruction|prompt)s?\b"),
    (("system prompt", "<|im_start|>", "<|im_end|>", "<|system|>", "<|endoftext|>", "<|eot_id|>", "<<sys>>"), ""),
    (("<|start_header_id|>", "<|begin_of_text|>", "[/inst]", "</system>"), ""),
    (("you are", "you're"), rf"\s{{1,3}}(?:now\s{{1,3}})?(?:an?|the)\s{{1,3}}{AI_EN}"),
    (("if you are", "if you're", "pretend to be"), rf"\s{{1,3}}(?:an?|the)\s{{1,3}}{AI_EN}"),
    (("do not", "don't", "never"), r"\s{1,3}tell\s{1,3}the\s{1,3}user\b"),
    (("reveal", "print", "output", "repeat", "show"), rf"\s{{1,3}}{WORD}your\s{{1,3}}{WORD}(?:prompt|instructions)\b"),
    (
        ("ignore", "ignorer", "ignorez", "oublie", "oublier", "oubliez", "ne tiens pas compte", "ne tenez pas compte"),
        rf"\s{{1,3}}{GAP}(?:instruction|consigne|directive|message)s?\s{{1,3}}{WORD}{OLD_FR}",
    ),
    (
        ("ignore", "ignorez", "oublie", "oubliez"),
        rf"\s{{1,3}}{WORD}(?:tes|vos|ces)\s{{1,3}}{WORD}(?:instruction|consigne|directive)s?\b",
    ),
    (("prompt système", "invite système", "prompt del sistema", "prompt de sistema"), ""),
    (("tu es", "vous êtes", "si tu es", "agis comme", "agissez comme"), rf"\s{{1,3}}{WORD}(?:une? )?{AI_FR}"),
    (
        ("ignora", "ignore", "ignorad", "ignoren", "olvida", "olvide", "olviden", "descarta", "descarte", "omite"),
        rf"\s{{1,3}}{GAP}(?:instrucci[oó]n|indicaci[oó]n|directri[zc])(?:es)?\s{{1,3}}{WORD}{OLD_ES}",
    ),
    (("eres", "usted es", "si eres"), rf"\s{{1,3}}{WORD}(?:una? )?{AI_ES}"),
    (
        ("игнорируй", "игнорируйте", "проигнорируй", "проигнорируйте", "забудь", "забудьте", "не обращай внимания на"),
        rf"\s{{1,3}}{GAP}{OLD_RU}\S{{0,6}}\s{{1,3}}{WORD}(?:инструкц|указан|правил|команд|промпт)",
    ),
    (("игнорируй", "игнорируйте", "забудь", "забудьте"), rf"\s{{1,3}}вс[её]\s{{1,3}}{WORD}(?:инструкц|указан|промпт)"),
    (("системный промпт", "системного промпта", "системная подсказка", "системную подсказку"), ""),
    (("ты", "вы", "если ты"), rf"\s{{1,3}}(?:теперь |— |- )?{AI_RU}"),
    (
        ("تجاهل", "تجاهلي", "تجاهلوا", "انس", "انسَ", "تغاض عن"),
        rf"\s{{1,3}}{GAP}(?:ال)?(?:تعليمات|أوامر|توجيهات|إرشادات)\S{{0,3}}\s{{1,3}}{WORD}"
        "(?:السابقة|سابقة|أعلاه|الأولية|الأصلية)",
    ),
    (("موجه النظام", "مطالبة النظام", "موجّه النظام", "تعليمات النظام السرية"), ""),
    (("أنت", "إذا كنت"), rf"\s{{1,3}}{WORD}(?:نموذج لغوي|نموذج لغة|ذكاء اصطناعي|مساعد ذكي|مساعد افتراضي|روبوت محادثة)"),
    (
        ("忽略", "无视", "無視", "忘记", "忘記", "忘掉", "不要理会", "不要遵守"),
        "[^。，；！？\n]{0,8}?(?:之前|以前|先前|上述|以上|前面|上面|此前|系统|你的)[^。，；！？\n]{0,6}?(?:指令|指示|提示|命令|設定|设定)",
    ),
    (
        ("忽略", "无视", "無視", "忘记", "忘掉"),
        r"[^。，；！？\n]{0,4}?(?:所有|全部|一切)[^。，；！？\n]{0,4}?(?:指令|提示词|提示詞)",
    ),
    (("系统提示词", "系統提示詞", "系统提示语"), ""),
    (
        ("你是", "你现在是", "假装你是", "如果你是"),
        "(?:一个|一個|一名)?(?:人工智能|ai|语言模型|大语言模型|大模型|聊天机器人|智能助手)",
    ),
)
COMPILED = tuple((opening, re.compile(re.escape(opening) + rest)) for many, rest in PATTERNS for opening in many)
UNSPACED_START = re.compile("[\u0600-\u06ff\u3400-\u9fff<\\[]")
"""An Arabic conjunction is written to the word that follows, and Chinese has no spaces."""


def prompt_injection(wording: Wording) -> Iterator[Finding]:
    """Orders to a language model."""
    text = wording.text
    lowered = text.replace("\u0130", "i").lower()  # the only character whose lower case is longer
    spans: set[tuple[int, int]] = set()
    for opening, pattern in COMPILED:
        if opening in lowered:
            found = (match.span() for match in pattern.finditer(lowered))
            spans.update(span for span in found if _begins(lowered, span[0]))
    if spans:
        count = len({start for start, _ in spans})
        yield Finding("prompt_injection", "warning", {"count": count, **place(text, *min(spans))})


def _begins(text: str, start: int) -> bool:
    """Whether a word begins at `start`."""
    return not start or not text[start - 1].isalnum() or UNSPACED_START.match(text[start]) is not None
