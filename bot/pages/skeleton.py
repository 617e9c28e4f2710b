"""The document around the pages that are not the chat: sources and errors. Plain HTML, no inline script."""

from html import escape

from bot.pages.markup import language_links, written_in
from bot.phrases import say

ASSETS = (
    '<link rel="stylesheet" href="/page/page.css">'
    '<link rel="icon" href="/page/icon.svg" type="image/svg+xml">'
    '<script src="/page/page.js" defer></script>'
)


def page(title: str, body: str, language: str, *, address: str = "") -> str:
    """A whole document in the visitor's `language`; `body` is HTML, `title` is not.

    With `address`, the header links to the page in the other languages.
    """
    name = say("app_title", language)
    links = language_links(address, language) if address else ""
    return (
        f'<!doctype html><html {written_in(language)}><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} | {escape(name)}</title>{ASSETS}</head>"
        f'<body class="reading"><a class="skip" href="#content">{escape(say("skip_to_content", language))}</a>'
        f'<header class="band"><a class="home" href="/?lang={language}">{escape(name)}</a>{links}</header>'
        f'<main id="content" tabindex="-1">{body}</main></body></html>'
    )


def error_page(message: str, language: str) -> str:
    """What went wrong, in words, and the way home."""
    title = say("error_title", language)
    home = f'<p><a href="/?lang={language}">{escape(say("home", language))}</a></p>'
    body = f'<article class="document error"><h1>{escape(title)}</h1><p>{escape(message)}</p>{home}</article>'
    return page(title, body, language)
