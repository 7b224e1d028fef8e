"""A bar that shows how far something is, legible in light and dark."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from look.badges import Tone


def bar(percentage: int, tone: Tone = Tone.BUSY) -> SafeString:
    return format_html(
        '<div class="look-bar look-{}" role="progressbar" aria-valuenow="{}" aria-valuemin="0" aria-valuemax="100">'
        '<i style="width:{}%"></i><b>{} %</b></div>',
        tone.value, percentage, percentage, percentage,
    )  # fmt: skip
