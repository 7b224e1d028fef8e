"""Staff accounts and roles in the theme's clothes."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from look.admin import is_used

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm as LoginForm

    class UserAdmin(DjangoUserAdmin[Any]): ...

    class GroupAdmin(DjangoGroupAdmin): ...

else:
    from unfold.admin import ModelAdmin
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
    from unfold.forms import AuthenticationForm as LoginForm

    class UserAdmin(DjangoUserAdmin, ModelAdmin):
        form = UserChangeForm
        add_form = UserCreationForm
        change_password_form = AdminPasswordChangeForm

        def get_actions(self, request: HttpRequest) -> dict[str, Any]:
            return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

        def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
            """Whoever has done anything is switched off and not deleted: what was done would go with the account."""
            return super().has_delete_permission(request, obj) and (obj is None or not is_used(obj))

    class GroupAdmin(DjangoGroupAdmin, ModelAdmin): ...


__all__ = ["GroupAdmin", "LoginForm", "UserAdmin"]
