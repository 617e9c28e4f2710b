"""Sizes of files as people write them."""

from bot.phrases import format_number, say_to_staff

UNITS = ((1_000_000_000, "size_gigabytes"), (1_000_000, "size_megabytes"), (1_000, "size_kilobytes"))


def size(count: int, language: str) -> str:
    """A number of bytes in decimal units, with one decimal below ten."""
    for unit, key in UNITS:
        if count >= unit:
            amount = count / unit
            shown = format_number(round(amount, 1) if amount < 10 else round(amount), language)
            return say_to_staff(key, language, amount=shown)
    return say_to_staff("size_bytes", language, amount=count)
