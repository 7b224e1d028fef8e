"""What keeps people, callers and addresses out, and what shows who did what."""

from tests.faults.mutants.kinds import Edit, Mutation, Rewrite, Statement

URLS = "chain/urls.py"
AUTH = "orders/api/auth.py"
GRANTS = "desk/grants.py"
TRAIL = "tests/security/test_trail.py::"
PEOPLE = "tests/security/test_people.py::"
ADDRESSES = "tests/chain/test_urls.py::"
ROLES = "tests/security/test_database_roles.py::"

HISTORY = (
    Mutation(
        "identity-immutable",
        "who ordered what, and under which key, never changes",
        [Statement("DROP TRIGGER orders_guard_identity ON orders_order")],
        [f"{TRAIL}test_who_ordered_what_never_changes"],
    ),
    Mutation(
        "history-never-emptied",
        "the history of orders cannot be truncated",
        [Statement("DROP TRIGGER orders_event_never_emptied ON orders_event")],
        [f"{TRAIL}test_a_history_cannot_be_emptied[Event]"],
    ),
    Mutation(
        "signed-never-emptied",
        "signed bytes cannot be truncated",
        [Statement("DROP TRIGGER chain_attempt_never_emptied ON chain_attempt")],
        [f"{TRAIL}test_a_history_cannot_be_emptied[Attempt]"],
    ),
    Mutation(
        "trail-append-only",
        "a line of the trail never changes",
        [Statement("DROP TRIGGER chain_trail_append_only ON chain_trail")],
        [f"{TRAIL}test_a_line_of_the_trail_cannot_be_changed"],
    ),
    Mutation(
        "trail-chained",
        "each line of the trail carries the hash of the one before",
        [
            Rewrite(
                "chain_trail_link", "NEW.previous := coalesce(last.hash, repeat('0', 64))", "NEW.previous := repeat('0', 64)"
            )
        ],
        [f"{TRAIL}test_an_untouched_trail_is_whole"],
    ),
    Mutation(
        "trail-of-configuration",
        "a change of a network leaves a line in the trail, whoever makes it",
        [Statement("DROP TRIGGER chain_network_trail ON chain_network")],
        [f"{TRAIL}test_configuration_leaves_a_trace_even_past_the_code"],
    ),
    Mutation(
        "trail-of-moves",
        "what people do to an order leaves a line in the trail",
        [Statement("DROP TRIGGER orders_trail_move ON orders_event")],
        [f"{TRAIL}test_what_staff_do_to_an_order_is_in_it", f"{TRAIL}test_what_a_client_does_to_an_order_is_in_it"],
    ),
)

MONEY = (
    Mutation(
        "withdrawal-recipient-check",
        "a withdrawal's recipient is an address that can be paid: the database's check",
        [Statement("ALTER TABLE withdrawals_withdrawal DROP CONSTRAINT withdrawal_recipient_payable")],
        [f"{PEOPLE}test_the_database_refuses_them_too"],
    ),
    Mutation(
        "claim-recipient-check",
        "the same of a claim's",
        [Statement("ALTER TABLE claims_claim DROP CONSTRAINT claim_recipient_payable")],
        [f"{PEOPLE}test_and_for_claims"],
    ),
    Mutation(
        "real-money-check",
        "a chain of real money is no development network",
        [Statement("ALTER TABLE chain_network DROP CONSTRAINT network_of_real_money_is_no_development")],
        [f"{ADDRESSES}test_not_even_sql_makes_a_chain_of_real_money_a_development_network"],
    ),
    Mutation(
        "may-sign",
        "a process that may not sign loads no key, even where it finds one",
        [Edit("chain/signing.py", "    if not settings.MAY_SIGN:", "    if settings.MAY_SIGN is None:")],
        ["tests/security/test_web_process.py::test_a_process_that_may_not_sign_loads_no_key"],
    ),
    Mutation(
        "withdrawals-are-counted",
        "while requests cannot be counted no withdrawal is taken",
        [Edit(AUTH, '    if hasattr(request, "uncounted"):', '    if hasattr(request, "counted"):')],
        ["tests/security/test_throttle.py::test_without_a_cache_no_withdrawal_is_taken_through_any_door"],
    ),
)

OUTSIDERS = (
    Mutation(
        "login-locked",
        "a few wrong passwords lock a name",
        [Edit("desk/lockout.py", "BY_NAME = 5 ", "BY_NAME = 5000 ")],
        ["tests/security/test_lockout.py::test_after_a_few_wrong_ones_even_the_right_one_waits"],
    ),
    Mutation(
        "throttle-of-a-client",
        "more keys are not more requests",
        [Edit(AUTH, 'return f"rate:client:{who.client.pk}"', 'return f"rate:client:{who.key.pk}"')],
        ["tests/security/test_throttle.py::test_more_keys_are_not_more_requests"],
    ),
    Mutation(
        "no-metadata",
        "a metadata service is spoken to by nobody",
        [Edit(URLS, "    if any(meant in network for network in _METADATA):", "    if meant in ():")],
        [f"{ADDRESSES}test_metadata_services_are_for_nobody"],
    ),
    Mutation(
        "no-private-address",
        "staff name no address of the private network that the operator has not allowed",
        [Edit(URLS, "    if not _is_allowed(host, meant):", "    if not host:")],
        [f"{ADDRESSES}test_staff_cannot_name_what_is_not_public"],
    ),
    Mutation(
        "checked-is-connected",
        "the address that was checked is the one connected to",
        [Edit("chain/evm/connections.py", "        self._dns_host = address\n", "        self._dns_host = name\n")],
        [f"{ADDRESSES}test_the_address_that_was_checked_is_the_one_connected_to"],
    ),
    Mutation(
        "web-signs-nothing",
        "the web process's database role writes no signed bytes",
        [Edit(GRANTS, '"chain_attempt": Rights(READ, f', '"chain_attempt": Rights(EDIT, f')],
        [f"{ROLES}test_forbidden_statements_are_refused"],
    ),
    Mutation(
        "web-queues-no-code",
        "the web process's database role puts no task before a worker",
        [Edit(GRANTS, '"django_q_ormq": Rights(READ, EDIT)', '"django_q_ormq": Rights(EDIT, EDIT)')],
        [f"{ROLES}test_a_task_cannot_be_slipped_in_by_the_web_process"],
    ),
)

MUTATIONS = (*HISTORY, *MONEY, *OUTSIDERS)
