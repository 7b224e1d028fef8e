"""The admin theme's classes, seen as Django's own. Together with `look.accounts` the one place that imports the theme."""

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import FieldListFilter, ModelAdmin, TabularInline
    from django.forms import CheckboxSelectMultiple, SplitDateTimeField, Textarea, TextInput, URLInput

    class RangeDateTimeFilter(FieldListFilter): ...

    DateTimeField = SplitDateTimeField
else:
    from django.forms import SplitDateTimeField
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.contrib.filters.admin import RangeDateTimeFilter
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxSelectMultiple
    from unfold.widgets import UnfoldAdminSplitDateTimeWidget
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldAdminURLInputWidget as URLInput

    class DateTimeField(SplitDateTimeField):
        widget = UnfoldAdminSplitDateTimeWidget


__all__ = [
    "CheckboxSelectMultiple", "DateTimeField", "M", "ModelAdmin", "RangeDateTimeFilter",
    "TabularInline", "TextInput", "Textarea", "URLInput",
]  # fmt: skip
