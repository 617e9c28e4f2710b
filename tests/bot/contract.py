"""What others rely on in an answer."""

ANSWER_KEYS = {
    "id",
    "question",
    "language",
    "status",
    "answer",
    "citations",
    "related",
    "disagreement",
    "missing",
    "small_talk",
    "pinned",
    "elapsed_ms",
}
