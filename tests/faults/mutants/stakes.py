"""What users signed: checked at the door, one order each, and settled by nothing but its own event."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

INTAKE = "stakes/intake.py"
TWINS = "stakes/twins.py"
MODELS = "stakes/models.py"
PROCESSOR = "stakes/processor.py"
RECIPES = "stakes/recipes.py"
TYPED = "chain/typed_data.py"
REST = "tests/stakes/test_rest.py::"
SETTLED = "tests/stakes/test_processor.py::"
GUARDS = "tests/stakes/test_guards.py::"
PLAYED = "tests/flow/test_stakes.py::"
STAFF = "tests/admin/test_stakes.py::"

DOOR = (
    Mutation(
        "stake-signed-by-owner",
        "what its owner has not signed is refused at the door",
        [Edit(INTAKE, "    if signer != row.owner:", "    if not signer:")],
        [f"{REST}test_what_the_owner_has_not_signed_is_refused_at_the_door"],
    ),
    Mutation(
        "stake-signed-for-this-chain",
        "a signature for another chain is refused",
        [Edit(MODELS, "self.network.evm_id, contract)", "1, contract)")],
        [f"{REST}test_a_signature_for_another_contract_chain_or_version_is_refused"],
    ),
    Mutation(
        "signature-one-form",
        "a signature in its other form, which contracts refuse, is refused",
        [Edit(TYPED, "    if int.from_bytes(signature[32:64]) > _HIGHEST_S:", "    if not signature:")],
        ["tests/chain/test_typed_data.py::test_a_signature_no_contract_takes_is_refused"],
    ),
    Mutation(
        "signature-id-one-order",
        "one order per signature id of a contract",
        [Statement("ALTER TABLE stakes_stake DROP CONSTRAINT stake_signature_id_once")],
        [f"{GUARDS}test_one_signature_id_twice", f"{REST}test_twenty_at_once_under_twenty_keys_are_one_order"],
    ),
    Mutation(
        "signature-id-same-action",
        "another action under a taken signature id is not that order",
        [
            Edit(
                TWINS,
                "*(getattr(stake, name) for name in _SAME), bytes(stake.signature)",
                "*(getattr(stake, name) for name in ()), b''",
            )
        ],
        [f"{REST}test_another_action_under_a_taken_signature_id_is_refused_with_the_order"],
    ),
    Mutation(
        "signature-id-own-client",
        "a signature id that another client has used names no order of his",
        [Edit(TWINS, "    if mine and ", "    if ")],
        [f"{REST}test_a_signature_id_that_another_client_has_taken_names_no_order"],
    ),
)

DATABASE = (
    Mutation(
        "stake-never-changes",
        "what was signed never changes",
        [Statement("DROP TRIGGER stakes_guard ON stakes_stake")],
        [f"{GUARDS}test_what_was_signed_never_changes"],
    ),
    Mutation(
        "stake-never-deleted",
        "a stake is never deleted",
        [Statement("DROP TRIGGER stakes_stake_never_deleted ON stakes_stake")],
        [f"{GUARDS}test_a_stake_is_never_lost"],
    ),
    Mutation(
        "stake-complete",
        "a stake has an amount and no stake id, a restake a stake id and no amount",
        [Statement("ALTER TABLE stakes_stake DROP CONSTRAINT stake_has_what_it_needs")],
        [f"{GUARDS}test_what_cannot_be_a_stake"],
    ),
)

LANE = (
    Mutation(
        "stake-own-emitter",
        "an event counts only if the contract that is believed has emitted it",
        [Edit(RECIPES, " if log.address.lower() == self.emitter.lower() else None", "")],
        [
            f"{SETTLED}test_an_emitter_of_its_own_is_who_is_believed",
            f"{SETTLED}test_an_event_that_says_anything_else_does_not",
        ],
    ),
    Mutation(
        "stake-event-once",
        "one event proves one order, and of two that look alike nobody guesses which",
        [Edit(PROCESSOR, "said[key] >= wanted[key] for", "said[key] > 0 for")],
        [f"{SETTLED}test_one_event_is_not_counted_for_two_that_look_alike"],
    ),
    Mutation(
        "stakes-told-apart",
        "orders share a transaction only where their events carry the signature id",
        [Edit(MODELS, "            if not (stake.proves(", "            if None and (stake.proves(")],
        [f"{STAFF}test_what_cannot_work_is_refused_with_the_field"],
    ),
    Mutation(
        "own-fault-stops-nobody",
        "refusals that are each order's own fault do not stop the contract for the others",
        [Edit("orders/plan.py", " or any(map(batch.fault, reverts)):", ":")],
        [f"{PLAYED}test_many_poor_owners_do_not_stop_the_others"],
    ),
    Mutation(
        "obstacle-fails-nobody",
        "while the contract is paused no order fails",
        [Edit("orders/plan.py", " or any(map(batch.obstacle, reverts)) else", " else")],
        [f"{PLAYED}test_a_paused_contract_stops_at_the_first_order_and_loses_none"],
    ),
    Mutation(
        "used-view-decides",
        "an order whose signature the contract says was used does not go again",
        [Edit(PROCESSOR, "staking.contract, staking.used_view, staking", 'staking.contract, "", staking')],
        [f"{PLAYED}test_the_view_decides_where_the_events_do_not_tell"],
    ),
    Mutation(
        "stake-by-others-told",
        "the audit tells of a stake that somebody else has submitted and that its order is said to have failed",
        [Edit(PROCESSOR, "    ids = {text for each in payments if", "    ids = {text for each in payments[:0] if")],
        ["tests/flow/test_stakes_audit.py::test_a_failed_order_whose_stake_somebody_else_has_submitted"],
    ),
)

MUTATIONS = (*DOOR, *DATABASE, *LANE)
