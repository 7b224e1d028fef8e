"""A monitor that cannot be mute, and a wallet that keeps what it must."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

ASKING = "orders/health/asking.py"
VIEWS = "orders/health/views.py"
SEEN = "tests/orders/test_monitor.py::"
MINIMUM = "tests/orders/test_minimum.py::"

MUTATIONS = (
    Mutation(
        "minimum-signs-nothing",
        "below its minimum balance a wallet signs nothing new",
        [Edit("chain/decisions.py", "minimum is None or balance >= minimum:", "minimum is None or balance >= 0:")],
        [f"{MINIMUM}test_nothing_new_is_signed", f"{MINIMUM}test_its_orders_say_so"],
    ),
    Mutation(
        "alert-before-minimum",
        "people are told before a wallet stops, says the database",
        [Statement("ALTER TABLE chain_wallet DROP CONSTRAINT wallet_alert_is_not_below_minimum")],
        ["tests/chain/test_balances.py::test_the_alert_is_not_below_the_minimum"],
    ),
    Mutation(
        "balance-of-the-idle",
        "a wallet without work is looked at for the sake of its balance",
        [Edit("orders/worker/runner.py", "Exists(pending) | _UNSEEN)", "Exists(pending))")],
        ["tests/orders/test_pulse.py::test_a_wallet_with_a_balance_to_keep_is_looked_at_now_and_then"],
    ),
    Mutation(
        "pulse-of-this-database",
        "the pulse of another installation on the same server is not taken for ours",
        [Edit("orders/worker/runner.py", "AND database = (SELECT", "AND 0 < (SELECT")],
        [f"{SEEN}test_the_pulse_of_another_installation_on_the_same_server_is_not_ours"],
    ),
    Mutation(
        "fault-is-red",
        "a check that fails is red, and the others are made",
        [Edit(ASKING, '        return False, f"cannot be checked: {type(error).__name__}"', '        return True, ""')],
        [f"{SEEN}test_a_check_that_fails_in_whatever_way_is_red[queue]"],
    ),
    Mutation(
        "silence-is-red",
        "a check that does not answer is red",
        [Edit(ASKING, '(False, "cannot be checked: no answer in time")', '(True, "")')],
        [f"{SEEN}test_what_hangs_is_red_and_silences_nobody"],
    ),
    Mutation(
        "one-thread-a-check",
        "a check that hangs holds up one thread, however often the monitor is asked",
        [Edit(ASKING, "asker is None or asker.ends(seconds)", "True")],
        ["tests/orders/test_asking.py::test_others_are_asked_however_often_one_hangs"],
    ),
    Mutation(
        "gap-among-others",
        "a nonce without a transaction is found although its wallet has others",
        [Edit("orders/health/chains.py", "t.nonce = expected.nonce", "t.nonce = t.nonce")],
        [f"{SEEN}test_each_line_turns_red_for_its_cause_and_green_again[nonces]"],
    ),
    Mutation(
        "liveness-without-money",
        "nobody starts a process again that only waits for coin",
        [Edit(VIEWS, '"processor": ("loop", "stream_loop")', '"processor": ("loop", "stream_loop", "balance")')],
        [f"{SEEN}test_money_and_chain_never_turn_liveness_red[balance]"],
    ),
)  # fmt: skip
