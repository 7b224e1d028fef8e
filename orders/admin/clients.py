"""API clients and their keys. A key's text is on one page, once; only its digest is stored."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from look.admin import ConfiguredAdmin, ShownAdmin
from look.badges import Tone, badge
from look.base import CheckboxSelectMultiple, DateTimeField
from look.staff_actions import Button, Refused, StaffAction
from look.values import NOTHING
from orders import keys
from orders.models import ApiKey, Client
from orders.states import Scope


class KeyForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=CheckboxSelectMultiple, help_text="What the key may do. Give no more than is needed."
    )
    expires_at = DateTimeField(required=False, label="Expires at", help_text="Optional. Empty: until it is revoked.")


@admin.register(Client)
class ClientAdmin(ConfiguredAdmin[Client]):
    list_display = ["name", "is_active", "created"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    fields = ["name", "is_active"]

    def head(self, row: Client) -> tuple[str, str]:
        if not row.is_active:
            return badge("off", Tone.BAD), "All its keys are refused."
        return badge("active", Tone.GOOD), "Its keys are accepted."

    def buttons(self, request: HttpRequest, row: Client) -> list[Button]:
        found = [
            Button("Its orders", f"{reverse('admin:orders_order_changelist')}?client__id__exact={row.pk}"),
            Button("Its API keys", f"{reverse('admin:orders_apikey_changelist')}?client__id__exact={row.pk}"),
        ]
        if request.user.has_perm("orders.add_apikey"):
            found.append(Button("New API key", reverse("admin:orders_client_key", args=[row.pk]), Tone.GOOD))
        return found

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(self.new_key_view))
        return [path("<int:client_id>/keys/new/", view, name="orders_client_key"), *super().get_urls()]

    def new_key_view(self, request: HttpRequest, client_id: int) -> HttpResponse:
        """Ask for the scopes; then show the key's text, on this one answer and never again."""
        if not request.user.has_perm("orders.add_apikey"):
            raise PermissionDenied
        client = self.get_object(request, str(client_id))
        if client is None:
            raise Http404
        form = KeyForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"New API key for {client}",
            "secret": self._issue(request, client, form.cleaned_data) if form.is_valid() else "",
            "form": form,
            "back": reverse("admin:orders_client_change", args=[client.pk]),
        }
        return TemplateResponse(request, "orders/new_key.html", context)

    def _issue(self, request: HttpRequest, client: Client, answers: Mapping[str, Any]) -> str:
        key, text = keys.issue(client, [Scope(scope) for scope in answers["scopes"]])
        ApiKey.objects.filter(pk=key.pk).update(expires_at=answers["expires_at"])
        self.log_change(request, client, f"New API key {key.prefix}: {', '.join(key.scopes)}")
        return text


def revoke(_request: HttpRequest, key: ApiKey, _answers: Mapping[str, Any]) -> None:
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now()):
        raise Refused("It is revoked already.")


@admin.register(ApiKey)
class ApiKeyAdmin(ShownAdmin[ApiKey]):
    """Keys are made on their client's page and can be revoked; nothing else of them changes."""

    list_display = ["public_part", "client", "may", "created", "expires_at", "revoked_at"]
    list_filter = ["client"]
    list_select_related = ["client"]
    search_fields = ["=prefix"]
    fields = ["public_part", "client", "may", "created", "expires_at", "revoked_at"]
    staff_actions = [
        StaffAction(
            "revoke", "Revoke", "From now on every request with this key is refused. This cannot be undone.", "revoked",
            "orders.change_apikey", revoke, lambda key: key.revoked_at is None, tone=Tone.BAD,
        )
    ]  # fmt: skip

    def head(self, row: ApiKey) -> tuple[str, str]:
        if row.revoked_at is not None:
            return badge("revoked", Tone.BAD), "Refused for good."
        return badge("active", Tone.GOOD), "The key itself was shown once, when it was made, and is stored nowhere."

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        rows: QuerySet[ApiKey] = super().get_queryset(request)
        return rows.defer("digest")

    @admin.display(description="key", ordering="prefix")
    def public_part(self, key: ApiKey) -> str:
        return format_html("cd_{}_…", key.prefix)

    @admin.display(description="may")
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes) or NOTHING
