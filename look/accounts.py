"""Staff accounts and roles in the theme's clothes."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

if TYPE_CHECKING:

    class UserAdmin(DjangoUserAdmin[Any]): ...

    class GroupAdmin(DjangoGroupAdmin): ...

else:
    from unfold.admin import ModelAdmin
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

    class UserAdmin(DjangoUserAdmin, ModelAdmin):
        form = UserChangeForm
        add_form = UserCreationForm
        change_password_form = AdminPasswordChangeForm

    class GroupAdmin(DjangoGroupAdmin, ModelAdmin): ...


__all__ = ["GroupAdmin", "UserAdmin"]
