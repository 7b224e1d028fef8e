"""What becomes of orders: picked, bound, settled, moved by people."""

from tests.faults.mutants.kinds import Edit, Mutation

TURN = "orders/turn.py"
MOVES = "orders/moves.py"
ACTIONS = "orders/actions.py"
PLAN = "orders/plan.py"
SETTLE = "orders/settle.py"
TURNS = "tests/orders/test_turn.py::"
PLANS = "tests/orders/test_plan.py::"
MEANWHILE = "tests/orders/test_interruptions.py::"
SETTLED = "tests/orders/test_settle.py::"
MOVED = "tests/orders/test_moves.py::"
ACTED = "tests/orders/test_actions.py::"
RACES = "tests/flow/test_races.py::"

# An order that fails for what is no fault of its own.
_BLAME = 'move([Move(detail.pk, Status.PENDING, Status.FAILED, fail_reason=str(error)) for detail in details], actor="lane")'

BINDING = (
    Mutation(
        "still-pending",
        "the commit binds only orders that are still pending",
        [Edit(TURN, "pk__in=orders, status=Status.PENDING", "pk__in=orders")],
        [f"{MEANWHILE}test_an_order_cancelled_meanwhile_is_not_signed"],
    ),
    Mutation(
        "whole-bundles",
        "a bundle that lost an order is given up",
        [Edit(TURN, " if all(detail.pk in kept for detail in bundle.details)]", " if kept or not bundle.details]")],
        [f"{MEANWHILE}test_an_order_cancelled_meanwhile_is_not_signed"],
    ),
    Mutation(
        "picked-under-lock",
        "the orders of a batch are locked before they are bound",
        [Edit(TURN, "Order.objects.select_for_update(skip_locked=True, no_key=True)", "Order.objects.all()")],
        [f"{RACES}test_an_order_being_cancelled_is_left_out_of_the_batch_and_holds_nobody_up"],
    ),
    Mutation(
        "locked-are-skipped",
        "an order that somebody moves just now holds nobody up",
        [Edit(TURN, "skip_locked=True, ", "")],
        [f"{RACES}test_an_order_being_cancelled_is_left_out_of_the_batch_and_holds_nobody_up"],
    ),
    Mutation(
        "guarded-move",
        "a move whose order is elsewhere by now does not happen",
        [Edit(MOVES, "WHERE o.status = w.frm AND (", "WHERE (")],
        [f"{MOVED}test_an_order_that_has_moved_on_is_left_alone"],
    ),
    Mutation(
        "move-revision",
        "a move with a revision happens at that revision only",
        [Edit(MOVES, " AND (w.revision IS NULL OR w.revision = o.revision)", "")],
        [f"{MOVED}test_a_revision_is_compared_where_one_is_given"],
    ),
    Mutation(
        "move-lock",
        "of two moves at once one happens: the row lock inside the statement",
        [Edit(MOVES, "ORDER BY o.id FOR NO KEY UPDATE OF o", "ORDER BY o.id")],
        [f"{RACES}test_of_two_moves_at_once_from_one_status_one_happens"],
    ),
    Mutation(
        "move-history",
        "each move leaves a line of history",
        [
            Edit(
                MOVES,
                "FROM moved JOIN wish w USING (id) JOIN before USING (id)\n",
                "FROM moved JOIN wish w USING (id) JOIN before USING (id) WHERE false\n",
            )
        ],
        [f"{MOVED}test_a_move_changes_status_revision_and_history"],
    ),
)

PEOPLE = (
    Mutation(
        "action-revision",
        "a click on a page that is out of date changes nothing",
        [
            Edit(
                ACTIONS,
                "    if revision is not None and revision != order.revision:",
                "    if revision is not None and revision < 0:",
            )
        ],
        [f"{ACTED}test_a_stale_revision_is_refused"],
    ),
    Mutation(
        "action-lock",
        "a click waits for whoever is moving the order",
        [Edit(ACTIONS, "Order.objects.select_for_update(no_key=True).get(pk=order_id)", "Order.objects.get(pk=order_id)")],
        [f"{RACES}test_a_cancellation_that_comes_while_the_batch_is_committed_is_refused"],
    ),
    Mutation(
        "action-allowed",
        "an order on its way takes no orders",
        [Edit(ACTIONS, "    if action not in allowed(order):", "    if not action:")],
        [f"{ACTED}test_what_is_not_allowed_changes_nothing_and_says_what_is"],
    ),
)

BLAME = (
    Mutation(
        "node-fault-blames-nobody",
        "a node that fails in the simulation fails no order",
        [
            Edit(
                TURN,
                "    except AboveCeiling as error:\n",
                f"    except RpcUnavailable as error:\n        {_BLAME}\n        return None\n"
                "    except AboveCeiling as error:\n",
            )
        ],
        [f"{TURNS}test_a_fault_in_the_simulation_blames_no_order"],
    ),
    Mutation(
        "gas-price-blames-nobody",
        "gas above the ceiling fails no order",
        [
            Edit(
                TURN,
                "        lane.wait(Waiting.GAS, str(error))\n",
                f"        {_BLAME}\n        lane.wait(Waiting.GAS, str(error))\n",
            )
        ],
        [f"{TURNS}test_above_the_ceiling_orders_wait_without_a_fail_reason"],
    ),
    Mutation(
        "empty-wallet-blames-nobody",
        "a wallet without coin fails no order",
        [
            Edit(
                TURN,
                '        lane.wait(Waiting.FUNDS, f"',
                f'        error = "no coin"\n        {_BLAME}\n        lane.wait(Waiting.FUNDS, f"',
            )
        ],
        [f"{TURNS}test_without_coin_for_gas_orders_wait"],
    ),
    Mutation(
        "turn-ends-unanswered",
        "after a lost answer nothing more is sent in that turn",
        [Edit(TURN, "        if not lane.send(ready):", "        if not lane.send(ready) and not sent:")],
        [f"{TURNS}test_after_a_lost_answer_no_other_group_is_sent_in_this_turn"],
    ),
    Mutation(
        "balance-is-looked-at",
        "nothing is signed that the wallet cannot pay",
        [Edit(TURN, "    if plan.cost > snapshot.balance - reserved(transactions):", "    if plan.cost < 0:")],
        [f"{TURNS}test_without_coin_for_gas_orders_wait"],
    ),
    Mutation(
        "balance-in-flight",
        "what is on its way counts against the balance",
        [Edit(TURN, "snapshot.balance - reserved(transactions)", "snapshot.balance")],
        [f"{TURNS}test_what_is_on_its_way_counts_against_the_balance"],
    ),
    Mutation(
        "empty-pool-blames-nobody",
        "a pool or wallet short of the token fails no order",
        [Edit(PLAN, '    return next(filter(None, lacks), "")', '    return next(filter(None, lacks), "")[:0]')],
        [f"{PLANS}test_lack_of_the_token_is_nobodys_fault"],
    ),
    Mutation(
        "all-alike-stops",
        "orders that all fail alike stop their group and fail none of them",
        [Edit(PLAN, "len(bad) >= ALIKE or", "len(bad) < 0 or")],
        [f"{TURNS}test_when_all_fail_alike_the_group_stops_and_no_order_is_blamed"],
    ),
    Mutation(
        "stopped-stays",
        "nothing of a stopped group is picked, nor signed",
        [
            Edit(PLAN, "group__in=[*stopped, *skip]", "group__in=skip"),
            Edit(TURN, " and not Stop.objects.filter(group=group).exists()", ""),
        ],
        [f"{TURNS}test_a_stopped_group_does_not_stop_the_others"],
    ),
)

SETTLING = (
    Mutation(
        "each-by-its-own-event",
        "an order completes by its own event, not by its transaction's success",
        [
            Edit(
                SETTLE,
                "    return queue.read(details, end.logs)",
                "    return [Verdict(detail.pk, Status.COMPLETED) for detail in details]",
            )
        ],
        [f"{SETTLED}test_an_order_without_its_event_goes_to_review"],
    ),
    Mutation(
        "own-recipient",
        "a mint counts for its own recipient only",
        [
            Edit("orders/minting.py", "unclaimed[mint.recipient].append(mint)", 'unclaimed[""].append(mint)'),
            Edit("orders/minting.py", "unclaimed[wanted.recipient])", 'unclaimed[""])'),
        ],
        ["tests/claims/test_processor.py::test_a_mint_of_somebody_or_something_else_proves_nothing"],
    ),
    Mutation(
        "whole-amount",
        "a withdrawal completes only with its whole amount",
        [Edit("withdrawals/processor.py", "    if transfer.amount != withdrawal.amount:", "    if not transfer.amount:")],
        ["tests/withdrawals/test_processor.py::test_another_amount_goes_to_review_with_what_arrived"],
    ),
    Mutation(
        "one-commit-of-settling",
        "a transaction's end and its orders' ends are one commit",
        [
            Edit(
                SETTLE, "        orders = _orders_of(ended)\n", "    with lane.writing():\n        orders = _orders_of(ended)\n"
            )
        ],
        [f"{SETTLED}test_a_transaction_and_its_orders_end_together_or_not_at_all"],
    ),
    Mutation(
        "failed-inside-a-batch",
        "an order without an event is not failed while one is left over that may be its own",
        [Edit("orders/together.py", " and proven and not left_over:", " and proven:")],
        [
            "tests/claims/test_processor.py::test_in_aggregate3_a_mint_left_over_makes_it_doubtful",
            "tests/stakes/test_processor.py::test_where_none_has_an_event_or_one_is_left_over_a_person_looks",
        ],
    ),
)

MUTATIONS = (*BINDING, *PEOPLE, *BLAME, *SETTLING)
