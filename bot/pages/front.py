"""The parts of the chat page around the conversation: header, welcome, footer. Pure."""

from html import escape

from bot.assistant import Coverage
from bot.pages.markup import language_links, language_list, sentence, written_in
from bot.phrases import format_date, say


def header_html(coverage: Coverage, language: str) -> str:
    """The skip link, the choice of language, the title, and what the corpus holds up to which day."""
    newest = format_date(coverage.newest, language) if coverage.newest else say("undated", language)
    languages = language_list(coverage.languages, language)
    banner = sentence("banner", language, documents=coverage.documents, languages=languages, date=newest)
    return (
        f'<div {written_in(language)} data-language="{language}">'
        f'<a class="skip" href="#content">{escape(say("skip_to_content", language))}</a>'
        f"{language_links('/', language)}"
        f'<header class="masthead"><h1>{escape(say("app_title", language))}</h1>'
        f'<p class="subtitle">{escape(say("app_subtitle", language))}</p><p class="banner">{banner}</p></header></div>'
    )


def welcome_html(language: str) -> str:
    """The greeting, over the questions to start with."""
    title = escape(say("starters_title", language))
    greeting = f'<p class="greeting">{escape(say("greeting", language))}</p>'
    return f'<div {written_in(language)}>{greeting}<h2 class="kicker">{title}</h2></div>'


def footer_html(keep_days: int, language: str) -> str:
    """What this is, how it answers, and how long questions are kept."""
    privacy = sentence("privacy_kept", language, days=keep_days) if keep_days else escape(say("privacy_none", language))
    notes = "".join(f"<p>{escape(say(key, language))}</p>" for key in ("about", "help"))
    title = escape(say("about_title", language))
    return (
        f'<footer class="foot" {written_in(language)}><details><summary>{title}</summary>{notes}</details>'
        f"<p>{privacy}</p></footer>"
    )
