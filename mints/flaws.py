"""What can be wrong with a picture, in sentences. docs/collections.md says of each what to do."""

from enum import StrEnum


class Flaw(StrEnum):
    """Why a picture is refused; the last is a warning."""

    EMPTY = "The picture is empty."
    TOO_LARGE = "The picture has {got} bytes; {most} are allowed."
    TOO_MANY_PIXELS = "The picture has more than {most} pixels."
    NO_PICTURE = "This is {what}, and no PNG, JPEG, GIF, WEBP, AVIF or SVG."
    BROKEN = "The picture is damaged or cut off."
    SVG_DOCTYPE = "The SVG has a document type."
    SVG_ACTIVE = "The SVG has a part that can run: {what}."
    SVG_OUTSIDE = "The SVG refers to something outside of it: {what}."
    # a warning
    NAME_LIES = "The picture is called {name} and is {media}, which its metadata will say."


class PictureRefused(Exception):
    """A picture that cannot be taken; the message says why, as a sentence."""

    def __init__(self, flaw: Flaw, **details: object) -> None:
        super().__init__(flaw.value.format(**details))
        self.flaw = flaw
