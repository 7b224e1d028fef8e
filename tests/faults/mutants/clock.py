"""Who is woken, by whom, and how often."""

from tests.faults.mutants.kinds import Edit, Mutation

RUNNER = "orders/worker/runner.py"
PULSE = "orders/worker/pulse.py"
PULSES = "tests/orders/test_pulse.py::"

MUTATIONS = (
    Mutation(
        "frozen-tick-ends-well",
        "a tick whose session the server has ended, frozen in a transaction, ends in good order",
        [Edit(RUNNER, "(OperationalError, InterfaceError, InternalError)", "(OperationalError, InterfaceError)")],
        ["tests/orders/test_tick.py::test_a_tick_that_was_frozen_in_a_transaction_says_so"],
    ),
    Mutation(
        "tick-asked-once",
        "a wallet whose tick is on its way is not asked again",
        [
            Edit(
                RUNNER,
                "wallets_due().filter(Q(tick_asked_at=None) | Q(tick_asked_at__lt=Now() - ASKED_ANEW))",
                "wallets_due()",
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
        [Edit(PULSE, 'execute("SELECT pg_try_advisory_lock(%s)", [PULSE_LOCK])', 'execute("SELECT true")')],
        [f"{PULSES}test_the_pulse_that_beats_holds_a_lock"],
    ),
    Mutation(
        "pulse-listens",
        "the pulse wakes on NOTIFY",
        [
            Edit(
                PULSE,
                "        next(filter(None, listen(listener, LOOK_EVERY)), None)",
                "        list(listen(listener, LOOK_EVERY))",
            )
        ],
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
        [Edit(RUNNER, "    release_expired()\n", "")],
        [f"{PULSES}test_a_pulse_lets_expired_holds_go"],
    ),
    Mutation(
        "killed-cluster-ends",
        "a cluster of which a process was killed is given up, and started again",
        [Edit("orders/worker/cluster.py", "        os._exit(1)  # those", "        super().reincarnate(process)  # those")],
        ["tests/orders/test_cluster.py::test_the_cluster_ends_with_a_process_that_was_killed"],
    ),
    Mutation(
        "silence-is-noticed",
        "a part of a worker that gives no sign of life is started again",
        [
            Edit(
                "orders/worker/heartbeat.py",
                "        return now - self.since > LATE.total_seconds()",
                "        return now < self.since",
            )
        ],
        ["tests/orders/test_heartbeat.py::test_silence_is_the_time_since_the_last_new_sign"],
    ),
    Mutation(
        "no-other-schedules",
        "a schedule that the code does not know runs nothing",
        [
            Edit(
                "orders/worker/schedules.py",
                "Schedule.objects.exclude(name__in=settings.SCHEDULES).delete()",
                "Schedule.objects.none().delete()",
            )
        ],
        ["tests/orders/test_schedules.py::test_a_schedule_the_code_does_not_know_is_removed"],
    ),
)
