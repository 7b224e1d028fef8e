"""The three roles: a viewer sees all, an operator also acts on orders and wallets, an administrator also configures."""

from collections.abc import Iterable
from functools import partial
from typing import Any

SEEN = {
    "chain": ["network", "wallet", "transaction", "attempt", "forwardrequest"],
    "orders": ["client", "apikey", "order", "event", "stop", "auditrun", "auditfinding"],
    "claims": ["reward", "claim", "leftover"],
    "withdrawals": ["pool", "withdrawal"],
    "stakes": ["stakingcontract", "stake", "streammessage"],
    "mints": ["press", "collection", "item", "mintjob"],
    "django_q": ["schedule", "failure"],
}
WATCHED = {"chain": ["trail"], "desk": ["loginfailure"]}  # by administrators: who changed what, who cannot get in
CONFIGURED = {
    "chain": ["network", "wallet"],
    "orders": ["client", "apikey"],
    "claims": ["reward"],
    "withdrawals": ["pool"],
    "stakes": ["stakingcontract"],
    "mints": ["press", "collection"],
    "auth": ["user", "group"],
}
OPERATED = {
    ("orders", "order", "operate_order"): "Can retry, cancel, hold and release orders, and stop and resume rewards and pools",
    ("chain", "wallet", "operate_wallet"): "Can pause and resume wallets and ask to cancel transactions",
}
ROLES = ("viewer", "operator", "administrator")


def create_roles(apps: Any) -> None:
    """Make the groups and give each its permissions; what is there already is left as it is.

    `apps` is a migration's registry or Django's own. The permission rows are made here too: Django makes its own only after
    the last migration.
    """
    group = apps.get_model("auth", "Group").objects
    seen = list(_default(apps, SEEN, ["view"]))
    operated = [_permission(apps, app, model, code, name) for (app, model, code), name in OPERATED.items()]
    configured = [*_default(apps, CONFIGURED, ["view", "add", "change", "delete"]), *_default(apps, WATCHED, ["view"])]
    for role, permissions in zip(ROLES, (seen, [*seen, *operated], [*seen, *operated, *configured]), strict=True):
        group.get_or_create(name=role)[0].permissions.add(*permissions)


def _default(apps: Any, models: dict[str, list[str]], verbs: Iterable[str]) -> Iterable[Any]:
    """Without those of models that an earlier migration does not have yet."""
    for app, names in models.items():
        for model in filter(partial(_exists, apps, app), names):
            noun = apps.get_model(app, model)._meta.verbose_name
            for verb in verbs:
                yield _permission(apps, app, model, f"{verb}_{model}", f"Can {verb} {noun}")


def _exists(apps: Any, app: str, model: str) -> bool:
    """Whether the model has been made yet: the first of the migrations that come here is older than some."""
    return (app, model) in {(each._meta.app_label, each._meta.model_name) for each in apps.get_models()}


def _permission(apps: Any, app: str, model: str, code: str, name: str) -> Any:
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.get_or_create(content_type=content_type, codename=code, defaults={"name": name})[0]
