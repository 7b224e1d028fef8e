"""Coloured words for states, legible in light and dark."""

from enum import StrEnum

from django.utils.html import format_html
from django.utils.safestring import SafeString


class Tone(StrEnum):
    """What a colour says: nothing special, on its way, wait, good, bad."""

    PLAIN = "plain"
    BUSY = "busy"
    WAIT = "wait"
    GOOD = "good"
    BAD = "bad"


def badge(text: object, tone: Tone = Tone.PLAIN) -> SafeString:
    return format_html('<span class="look-badge look-{}">{}</span>', tone.value, text)
