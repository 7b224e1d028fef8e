"""What is remembered beside the database, and what happens when the database has forgotten."""

from tests.faults.mutants.kinds import Edit, Mutation

LANE = "chain/lane.py"
JOURNAL = "chain/journal.py"
MAINTENANCE = "chain/maintenance.py"
TURN = "orders/turn.py"
MEMORY = "orders/memory.py"
COMMAND = "orders/management/commands/maintenance.py"
WRITTEN = "tests/chain/test_journal.py::"
STOPPED = "tests/chain/test_maintenance.py::"
RESTORED = "tests/orders/test_memory.py::"
COMMANDED = "tests/commands/test_maintenance.py::"

_WRITE = "        self.write_journal([item for item in ready if item.attempt.first_sent_at is None])\n"

WRITING = (
    Mutation(
        "journal-before-send",
        "what is sent stands in the journal before",
        [
            Edit(LANE, _WRITE, ""),
            Edit(LANE, "        self._note_answers(answers)\n", f"{_WRITE}        self._note_answers(answers)\n"),
        ],
        [f"{WRITTEN}test_what_a_node_is_given_stands_in_the_journal_already"],
    ),
    Mutation(
        "journal-or-nothing",
        "without a journal nothing is sent",
        [
            Edit(
                JOURNAL,
                '        raise JournalError(f"The journal in {path.parent} cannot be written: {error.strerror}.") from error',
                "        assert error",
            )
        ],
        [f"{WRITTEN}test_without_a_journal_nothing_is_sent"],
    ),
    Mutation(
        "journal-on-disk",
        "the journal is on the disk, and not on its way there",
        [Edit(JOURNAL, "        os.fsync(file)\n", "")],
        [f"{WRITTEN}test_what_is_written_is_on_the_disk"],
    ),
    Mutation(
        "journal-name-on-disk",
        "the name of a new file is on the disk too",
        [Edit(JOURNAL, "        os.fsync(handle)  # else", "        pass  # else")],
        [f"{WRITTEN}test_what_is_written_is_on_the_disk"],
    ),
    Mutation(
        "journal-private",
        "the journal is for its owner's eyes only",
        [Edit(JOURNAL, "os.O_CREAT, 0o600)", "os.O_CREAT, 0o644)")],
        [f"{WRITTEN}test_nobody_else_may_read_it"],
    ),
    Mutation(
        "journal-torn-line",
        "a line that was torn does not swallow the next",
        [Edit(JOURNAL, '            data = b"\\n" + data  # after', "            pass  # after")],
        [f"{WRITTEN}test_a_torn_line_was_never_sent_and_does_not_swallow_the_next"],
    ),
)

STOPPING = (
    Mutation(
        "another-database",
        "another cluster, timeline or database begins maintenance",
        [Edit(MAINTENANCE, "    if here.identity != identity and here.identity:", "    if not identity:")],
        [f"{STOPPED}test_another_cluster_or_timeline_begins_maintenance"],
    ),
    Mutation(
        "older-database",
        "a database that lacks what this host has sent begins maintenance",
        [Edit(MAINTENANCE, "    if sent is not None and not Attempt", '    if sent == "" and not Attempt')],
        [f"{STOPPED}test_a_database_that_lacks_what_was_sent_last_begins_maintenance"],
    ),
    Mutation(
        "maintenance-sends-nothing",
        "in maintenance nothing is sent, not even what is signed",
        [Edit(LANE, "if not ready or self.maintenance or self", "if not ready or self")],
        [f"{STOPPED}test_a_lane_in_maintenance_sends_not_even_what_is_signed"],
    ),
    Mutation(
        "maintenance-stops-the-turn",
        "in maintenance a lane does nothing, and says so",
        [Edit(TURN, "    if lane.maintenance:", "    if lane.maintenance is None:")],
        [f"{RESTORED}test_until_a_person_has_looked_nothing_is_sent"],
    ),
    Mutation(
        "maintenance-meanwhile",
        "the commit looks once more whether maintenance has begun",
        [
            Edit(
                TURN,
                "return active and not maintenance.reason() and",
                "return active and",
            )
        ],
        ["tests/orders/test_interruptions.py::test_once_maintenance_has_begun_nothing_is_signed"],
    ),
    Mutation(
        "maintenance-ends-lanes",
        "whoever held a lane when maintenance began has lost it",
        [Edit(MAINTENANCE, '        Wallet.objects.update(fence=F("fence") + FENCES_LOST)\n', "")],
        [f"{STOPPED}test_whoever_held_a_lane_before_has_lost_it"],
    ),
    Mutation(
        "maintenance-is-not-ended-early",
        "maintenance does not end while the journal knows more than the database",
        [Edit(COMMAND, "        if lacking and not options", "        if lacking is None and not options")],
        [f"{COMMANDED}test_it_does_not_end_while_the_journal_has_more"],
    ),
)

REPLAYING = (
    Mutation(
        "replay-in-maintenance",
        "nothing is replayed while lanes may sign",
        [Edit(COMMAND, "        if not maintenance.reason() and not dry_run:", "        if dry_run is None:")],
        [f"{COMMANDED}test_nothing_is_replayed_while_lanes_may_sign"],
    ),
    Mutation(
        "replay-last-sent",
        "an order is bound to the last transaction that was sent for it",
        [Edit(MEMORY, "        if last[str(order.pk)] == entry.transaction:\n", "        if last:\n")],
        [f"{RESTORED}test_an_order_that_reverted_first_is_bound_to_what_was_sent_last"],
    ),
    Mutation(
        "replay-conflicts",
        "a nonce that was signed for something else is for a person",
        [
            Edit(
                MEMORY,
                "    if there is not None and str(there.pk) != entry.transaction:",
                "    if there is not None and not there.pk:",
            )
        ],
        [f"{RESTORED}test_a_nonce_that_was_signed_for_something_else_is_for_a_person"],
    ),
    Mutation(
        "replay-gaps",
        "a nonce that no journal remembers quarantines its wallet",
        [Edit(MEMORY, "        if missing:\n            some", "        if not wallet.pk:\n            some")],
        [f"{RESTORED}test_a_nonce_that_nobody_remembers_quarantines_the_wallet"],
    ),
)

MUTATIONS = (*WRITING, *STOPPING, *REPLAYING)
