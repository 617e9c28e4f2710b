"""Countries that questions name, in six languages and some of their cases."""

import pytest

from bot.staff.countries import countries


@pytest.mark.parametrize(
    ("language", "question", "found"),
    [
        ("fr", "Combien l'Allemagne et les États-Unis ont-ils versé ?", {"DE", "US"}),
        ("en", "Did the United Kingdom or SOUTH KOREA pay?", {"GB", "KR"}),
        ("ar", "كم دفعت ألمانيا وكم دفعت قطر؟", {"DE", "QA"}),
        ("es", "¿Cuánto aportó Corea del Sur?", {"KR"}),
        ("ru", "Сколько дали Германия, Франция и Катар? А что в Сирии и Ираке?", {"DE", "FR", "QA", "SY", "IQ"}),
        ("zh", "德国和英国出了多少钱？", {"DE", "GB"}),
        ("fr", "Où est la réunion des États parties ?", set()),
        ("ru", "Кто на сессии ОЗХО говорил об ИИ?", set()),
        ("en", "How many people came?", set()),
        ("de", "Wie viel zahlte Frankreich?", set()),
        ("zh", "", set()),
    ],
)
def test_countries(language: str, question: str, found: set[str]) -> None:
    assert countries(question, language) == found
