"""What is let in, for whom, how often; and where keys may be."""

from tests.faults.mutants.kinds import Edit, Mutation

INTAKE = "orders/intake.py"
LIMITS = "claims/limits.py"
AUTH = "orders/api/auth.py"
KEYS = "orders/keys.py"
SIGNERS = "chain/signers.py"
TAKEN = "tests/api/test_intake.py::"
LIMITED = "tests/api/test_limits.py::"
READ = "tests/api/test_orders.py::"
WHO = "tests/api/test_problems.py::"
SIGNED = "tests/chain/test_signers.py::"

ORDERS = (
    Mutation(
        "same-key-same-request",
        "another body under a used key is refused",
        [Edit(INTAKE, "        if order.request_hash != request_hash:", "        if not order.request_hash:")],
        [f"{TAKEN}test_another_body_under_the_same_key_is_refused"],
    ),
    Mutation(
        "same-bulk-key-same-request",
        "another bulk body under a used key is refused",
        [Edit("orders/many/bulk.py", "    if request.request_hash != request_hash:", "    if not request.request_hash:")],
        ["tests/api/test_bulk.py::test_other_items_under_the_same_key_are_refused"],
    ),
    Mutation(
        "one-commit-of-intake",
        "an order that is refused leaves nothing behind: its one transaction",
        [
            Edit(INTAKE, "        with atomic():\n            # First", "        with nullcontext():\n            # First"),
            Edit(
                INTAKE,
                "from collections.abc import Callable",
                "from contextlib import nullcontext\nfrom collections.abc import Callable",
            ),
        ],
        [f"{LIMITED}test_a_total_is_not_exceeded"],
    ),
    Mutation(
        "total-in-one-statement",
        "what is left of a reward is looked at and taken in one statement",
        [
            Edit(
                LIMITS,
                '    if not row.filter(opened, unclosed, room, is_open=True).update(taken=F("taken") + quantity):',
                "    seen = row.filter(opened, unclosed, room, is_open=True).first()\n"
                "    if not seen or not row.update(taken=seen.taken + quantity):",
            )
        ],
        [f"{LIMITED}test_claims_at_once_cannot_exceed_a_limit[limit_total]"],
    ),
    Mutation(
        "recipient-limit",
        "a recipient's limit holds in the statement that takes of it",
        [Edit(LIMITS, "\nWHERE a.taken + excluded.taken <= %(limit)s\n", "\n")],
        [
            f"{LIMITED}test_a_recipient_has_a_limit_of_its_own",
            f"{LIMITED}test_claims_at_once_cannot_exceed_a_limit[limit_per_recipient]",
        ],
    ),
    Mutation(
        "no-own-wallet",
        "nobody is paid into a wallet of this installation",
        [Edit(INTAKE, "    if recipient in own:", "    if not recipient:")],
        [f"{TAKEN}test_a_bad_recipient_is_named_and_nothing_is_stored"],
    ),
    Mutation(
        "no-called-contract",
        "nobody is paid into the contract that is called",
        [Edit(INTAKE, "    if recipient in contracts:", "    if not recipient:")],
        [f"{TAKEN}test_a_bad_recipient_is_named_and_nothing_is_stored"],
    ),
    Mutation(
        "amounts-are-bounded",
        "an amount outside 1 to 2^256 - 1 is refused at the door",
        [Edit("orders/api/fields.py", "        if not self.lowest <= number <= UINT256_MAX:", "        if number is None:")],
        [f"{TAKEN}test_a_bad_amount_is_named_and_nothing_is_stored"],
    ),
)

CALLERS = (
    Mutation(
        "own-orders-only",
        "a client sees its own orders: the filter of the query set",
        [Edit("orders/api/shapes.py", "filter(client=client)", "all()")],
        [
            f"{READ}test_an_order_of_another_client_does_not_exist",
            f"{READ}test_an_order_of_another_client_cannot_be_steered",
            f"{READ}test_a_list_has_only_ones_own_orders",
        ],
    ),
    Mutation(
        "own-transactions-only",
        "a client sees the transactions of its own orders",
        [
            Edit(
                "orders/api/wallets.py",
                "Transaction.objects.filter(Exists(bound) | Exists(once_bound))",
                "Transaction.objects.all()",
            )
        ],
        [f"{READ}test_a_transaction_of_others_does_not_exist"],
    ),
    Mutation(
        "own-orders-of-a-transaction",
        "a transaction shows a client its own orders, not those beside them",
        [Edit("orders/api/wallets.py", "transaction.orders.filter(client=client)", "transaction.orders.all()")],
        [f"{READ}test_a_transaction_does_not_tell_of_the_orders_of_others"],
    ),
    Mutation(
        "scopes",
        "a key may do what its scopes say",
        [Edit(AUTH, "return not request.user.scopes.isdisjoint(needed)", "return bool(needed)")],
        [f"{WHO}test_a_key_without_the_scope_is_refused", f"{WHO}test_giving_and_claiming_are_different_scopes"],
    ),
    Mutation(
        "key-digest",
        "a key is compared whole, not by its prefix",
        [
            Edit(
                KEYS,
                "if key is not None and hmac.compare_digest(key.digest, _digest(text)) else None",
                "if key is not None else None",
            )
        ],
        [f"{WHO}test_the_right_prefix_with_another_secret_is_refused"],
    ),
    Mutation(
        "key-revoked",
        "a revoked key opens nothing",
        [Edit(KEYS, "client__is_active=True, revoked_at=None", "client__is_active=True")],
        [f"{WHO}test_a_key_that_has_ended_is_refused"],
    ),
    Mutation(
        "throttle",
        "a key makes so many requests in a time",
        [Edit(AUTH, "        return left > 0\n", "        return left > 0 or True\n")],
        [f"{WHO}test_too_many_requests_are_told_when_to_return"],
    ),
)

SECRETS = (
    Mutation(
        "keystore-private",
        "a keystore is for its owner's eyes only",
        [Edit(SIGNERS, "os.O_EXCL, 0o600)", "os.O_EXCL, 0o644)")],
        [f"{SIGNED}test_a_keystore_is_for_its_owners_eyes_only"],
    ),
    Mutation(
        "keystore-not-overwritten",
        "a keystore is never written over",
        [Edit(SIGNERS, "os.O_CREAT | os.O_EXCL, 0o600", "os.O_CREAT, 0o600")],
        [f"{SIGNED}test_a_keystore_is_never_overwritten"],
    ),
    Mutation(
        "raw-key-on-development-only",
        "a raw key in the environment serves on development networks only",
        [Edit(SIGNERS, '    if kind == "env" and not development:', '    if kind == "env" and development is None:')],
        [
            f"{SIGNED}test_a_raw_key_is_refused_on_any_other_chain",
            "tests/chain/test_signing.py::test_a_raw_key_serves_nowhere_else",
        ],
    ),
    Mutation(
        "web-without-keys",
        "the web process has no key, whatever its environment says",
        [
            Edit(
                "gunicorn.conf.py",
                '    "MNEMONIC", "MNEMONIC_FILE", "PROCESSOR_MNEMONIC", "PROCESSOR_MNEMONIC_FILE", "KEYSTORE_PASSWORD_FILE",\n',
                "",
            )
        ],
        ["tests/security/test_web_process.py::test_no_secret_is_in_the_environment_of_any_of_its_processes"],
    ),
    Mutation(
        "urls-without-secrets",
        "an error shows of a node's URL the host and no key",
        [Edit("chain/errors.py", '    return _URL.sub(r"\\1\\2/…", text)', "    return text")],
        [
            "tests/chain/test_errors.py::test_urls_keep_their_host_only",
            "tests/chain/test_node.py::test_the_key_in_a_url_is_in_no_error",
        ],
    ),
)

MUTATIONS = (*ORDERS, *CALLERS, *SECRETS)
