"""What goes before the first order of a group, and the items that follow it."""

from tests.faults.mutants.kinds import Edit, Mutation

GROUND = "orders/ground.py"
TURN = "orders/turn.py"
MEMORY = "orders/memory.py"
LAID = "tests/orders/test_ground.py::"
ITEMS = "tests/mints/test_processor.py::"

MUTATIONS = (
    Mutation(
        "groundwork-first",
        "no item is signed before its collection's base URI is set, for good",
        [
            Edit(TURN, "plan = ground.plan(*step) or make_plan(*step)", "plan = make_plan(*step)"),
            Edit(TURN, " and ground.still_fits(plan)", ""),
        ],
        [
            f"{LAID}test_the_folder_is_set_alone_and_first_and_the_items_follow_when_that_is_final",
            f"{LAID}test_what_the_contract_refuses_stops_the_group_with_its_words",
        ],
    ),
    Mutation(
        "groundwork-in-the-commit",
        "groundwork that is planned while items are simulated goes first all the same",
        [Edit(TURN, " and ground.still_fits(plan)", "")],
        [f"{LAID}test_groundwork_that_is_planned_while_items_are_simulated_goes_first"],
    ),
    Mutation(
        "groundwork-one-commit",
        "its row and its signed bytes are one commit",
        [
            Edit(TURN, "        if plan.groundwork is not None:\n            ground.bind(plan.groundwork, ready)\n", ""),
            Edit(
                TURN,
                '    crash.point("after_commit")\n',
                '    crash.point("after_commit")\n    if plan.groundwork is not None:\n'
                "        ground.bind(plan.groundwork, ready)\n",
            ),
        ],
        [f"{LAID}test_killed_anywhere_it_is_done_once"],
    ),
    Mutation(
        "groundwork-settled-with-its-transaction",
        "it is done in the same commit as its transaction is final",
        [
            Edit("orders/settle.py", "        ground.settle(ended)\n", ""),
            Edit(
                "orders/settle.py",
                '    crash.point("after_settle")\n',
                '    crash.point("after_settle")\n    ground.settle(ended)\n',
            ),
        ],
        [f"{LAID}test_killed_anywhere_it_is_done_once"],
    ),
    Mutation(
        "groundwork-only-by-success",
        "a transaction that reverted, was cancelled or was pushed out has set nothing",
        [Edit(GROUND, "    if outcome == Outcome.SUCCEEDED:\n", "    if outcome in Outcome:\n")],
        [
            f"{LAID}test_what_reverts_on_the_chain_stops_the_group_and_is_tried_anew_once_it_is_resumed",
            f"{LAID}test_a_cancelled_one_stops_the_group",
            f"{LAID}test_a_nonce_that_a_stranger_took_is_for_people",
        ],
    ),
    Mutation(
        "groundwork-for-people",
        "what came to nothing is not tried again before a person has looked",
        [Edit(GROUND, "    if why := ENDS.get(outcome):\n", "    if why := {}.get(outcome):\n")],
        [
            f"{LAID}test_what_reverts_on_the_chain_stops_the_group_and_is_tried_anew_once_it_is_resumed",
            f"{LAID}test_a_cancelled_one_stops_the_group",
        ],
    ),
    Mutation(
        "groundwork-of-its-wallet",
        "it is signed by the wallet that it was planned for",
        [Edit(GROUND, " or piece.wallet_id != wallet.pk", "")],
        [f"{LAID}test_what_another_wallet_is_to_do_is_not_done_by_this_one"],
    ),
    Mutation(
        "groundwork-in-the-journal",
        "a restored database finds in the journal that it was sent",
        [
            Edit(
                MEMORY,
                "    for piece in Groundwork.objects.filter(transaction__in=ids):\n",
                "    for piece in Groundwork.objects.none():\n",
            )
        ],
        [f"{LAID}test_a_restored_database_finds_it_again"],
    ),
    Mutation(
        "groundwork-audited",
        "an order that was signed before the groundwork of its group is found",
        [Edit("orders/audit/invariants.py", "WHERE (g.done_at IS NULL OR", "WHERE g.done_at IS NOT NULL AND (")],
        [f"{LAID}test_an_order_that_was_signed_before_the_groundwork_is_found"],
    ),
    Mutation(
        "items-after-the-plan",
        "no item is signed before the base URI of its collection is even planned",
        [Edit("mints/processor.py", "        raise NotPlanned  #", "        pass  #")],
        [f"{LAID}test_an_item_that_is_released_before_its_base_uri_is_planned_is_refused"],
    ),
    Mutation(
        "items-with-metadata",
        "no item is minted whose metadata is not stored yet",
        [Edit("mints/processor.py", "    if not item.uri:\n        raise NoMetadata\n", "")],
        [f"{ITEMS}test_nothing_is_minted_whose_metadata_nobody_can_read"],
    ),
    Mutation(
        "own-token",
        "the token that an order asked for is the one that must have been minted",
        [
            Edit(
                "orders/minting.py", "        if wanted.token_id is not None and mint.token_id != wanted.token_id:\n",
                "        if wanted.token_id is None and mint is None:\n",
            )
        ],
        [
            f"{ITEMS}test_the_token_that_was_asked_for_must_be_the_one_minted",
            "tests/claims/test_processor.py::test_an_erc1155_claim_needs_its_token_and_its_number",
        ],
    ),
)  # fmt: skip
