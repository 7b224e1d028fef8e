"""Who is woken, by whom, and how often."""

from tests.faults.mutants.kinds import Edit, Mutation

RUNNER = "orders/runner.py"
PULSES = "tests/orders/test_pulse.py::"

MUTATIONS = (
    Mutation(
        "tick-asked-once",
        "a wallet whose tick is on its way is not asked again",
        [
            Edit(
                RUNNER,
                "wallets_with_work().filter(Q(tick_asked_at=None) | Q(tick_asked_at__lt=Now() - ASKED_ANEW))",
                "wallets_with_work()",
            )
        ],
        [f"{PULSES}test_each_wallet_with_work_is_asked_for_once"],
    ),
    Mutation(
        "tick-asked-by-one",
        "two pulses at once ask for one tick",
        [Edit(RUNNER, "filter(pk=wallet.pk, tick_asked_at=wallet.tick_asked_at)", "filter(pk=wallet.pk)")],
        [f"{PULSES}test_two_pulses_at_once_ask_for_one_tick"],
    ),
    Mutation(
        "tick-asked-anew",
        "a tick that never came is asked for again",
        [Edit(RUNNER, "Q(tick_asked_at=None) | Q(tick_asked_at__lt=Now() - ASKED_ANEW)", "Q(tick_asked_at=None)")],
        [f"{PULSES}test_a_tick_that_never_came_is_asked_for_again"],
    ),
    Mutation(
        "open-lane-left-alone",
        "a wallet whose lane is open is not asked for",
        [Edit(RUNNER, "        if lock_key(wallet.pk) in held or ", "        if ")],
        [f"{PULSES}test_a_wallet_whose_lane_is_open_is_not_asked_for"],
    ),
    Mutation(
        "one-pulse",
        "one pulse beats at a time: its lock",
        [
            Edit(
                RUNNER,
                '        listener.execute("SELECT pg_advisory_lock(%s)", [PULSE_LOCK])',
                '        listener.execute("SELECT 1")',
            )
        ],
        [f"{PULSES}test_the_pulse_that_beats_holds_a_lock"],
    ),
    Mutation(
        "pulse-listens",
        "the pulse wakes on NOTIFY",
        [Edit(RUNNER, '        listener.execute(f"LISTEN {CHANNEL}")\n        heard: set', "        heard: set")],
        [f"{PULSES}test_a_notify_wakes_the_pulse"],
    ),
    Mutation(
        "lane-listens",
        "a warm lane wakes on NOTIFY",
        [Edit(RUNNER, '    lane.lock.execute(f"LISTEN {CHANNEL}")\n', "")],
        ["tests/orders/test_tick.py::test_a_warm_lane_is_woken_by_a_new_order"],
    ),
    Mutation(
        "notify",
        "a new order wakes its lane",
        [Edit("orders/intake.py", "                notify([wish.wallet])", "                notify([])")],
        ["tests/api/test_intake.py::test_the_wallets_lane_is_woken_when_the_order_is_committed"],
    ),
    Mutation(
        "holds-end",
        "a hold with a time ends by itself",
        [Edit(RUNNER, "            release_expired()\n", "")],
        [f"{PULSES}test_a_pulse_lets_expired_holds_go"],
    ),
)
