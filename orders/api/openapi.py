"""What the OpenAPI document says of every operation, said once."""

import re
from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="New for each new request. The same key with the same body gives the same order; with another body, 422.",
    pattern=r"^[!-~]{1,200}$",
)


class FieldProblem(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Its path, such as `orders.3.amount`; empty: the body as a whole.")
    message = serializers.CharField()
    code = serializers.CharField()
    row = serializers.IntegerField(required=False, help_text="Of a sheet, as a spreadsheet counts; 0: the sheet as a whole.")
    column = serializers.CharField(required=False, help_text="Of a sheet, as it is headed.")


class Problem(serializers.Serializer[Any]):
    """RFC 9457. A 409 may carry `allowed_actions`, `revision`, `evidence`, the `order` in the way, or a limit's `left`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField(help_text="Stable, for programs.")
    errors = FieldProblem(many=True)  # type: ignore[assignment]  # shadows `.errors`, of instances
    request_id = serializers.CharField()


class ApiSchema(AutoSchema):
    """Reads what `ApiView` says of itself, and adds the problems that any operation may answer with."""

    view: Any  # an ApiView

    def get_operation_id(self) -> str:
        return "_".join([self.method.lower(), *self._words()])

    def get_tags(self) -> list[str]:
        return self._words()[:1]

    def _words(self) -> list[str]:
        return re.findall(r"[a-z_]+", self.path.removeprefix("/api/v1/"))

    def get_override_parameters(self) -> list[Any]:
        if self.method == "POST":
            return [IDEMPOTENCY_KEY] if self.view.needs_key else []
        return [self.view.query] if self.view.query else []

    def get_request_serializer(self) -> Any:
        return self.view.body

    def get_response_serializers(self) -> Any:
        if self.method == "POST" and self.view.accepted:
            return {202: self.view.accepted}
        return {200: self.view.found if self.method == "GET" and self.view.found else self.view.answer}

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, words in self._problems().items():
            response = OpenApiResponse(Problem, description=words)
            bodies[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                response, status, ["application/problem+json"], direction
            )
        return bodies

    def _problems(self) -> dict[str, str]:
        problems = {
            "400": "Something is wrong with the request; `errors` names the fields.",
            "401": "No API key, or one that is unknown, expired or revoked.",
            "403": "The key lacks the scope.",
            "404": "There is no such thing, or it is another client's.",
            "429": "Too many requests; see `Retry-After`.",
            "503": "The database or a node is busy; see `Retry-After`.",
        }
        if self.view.conflicts:
            problems |= {"409": "The state of things is against it: `code` says what."}
        if self.method == "POST":
            problems |= {
                "409": "The state of things is against it: `code` says what.",
                "413": "The body is too long.",
                "415": "The body is of none of the types that are taken.",
                "422": "This Idempotency-Key belongs to another request, or a signature is not its owner's.",
            }
        return problems


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "orders.api.auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cd_PREFIX_SECRET"}
