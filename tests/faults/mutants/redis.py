"""What comes out of Redis: stored before it is acknowledged, once, and one bad message costs no other."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

CONSUMER = "stakes/consumer.py"
INTAKE = "stakes/stream_intake.py"
BACK = "stakes/write_back.py"
KEYS = "claims/queue_keys.py"
STREAM = "tests/stakes/test_stream.py::"
TOLD = "tests/stakes/test_write_back.py::"
QUEUE = "tests/claims/test_claim_queue.py::"

MUTATIONS = (
    Mutation(
        "stored-before-acknowledged",
        "a message is acknowledged only when it is on disk",
        [
            Edit(
                CONSUMER,
                "        letters = store(self.stream.key, staking, messages)\n",
                "        self.stream.finish([entry.id for entry in entries], [])\n"
                "        letters = store(self.stream.key, staking, messages)\n",
            )
        ],
        [f"{STREAM}test_a_database_that_is_away_costs_nothing_and_blames_nobody"],
    ),
    Mutation(
        "message-known",
        "a message that was stored before is known, whatever its hash says now",
        [Edit(INTAKE, "    return found | gone\n", "    return {}\n")],
        [f"{STREAM}test_even_when_its_hash_is_gone_by_then"],
    ),
    Mutation(
        "message-id-and-entity",
        "a message is known by its id and its hash, for a Redis that came back empty gives ids again",
        [
            Edit(INTAKE, "    return message.id, message.entity\n", '    return message.id, ""\n'),
            Edit(INTAKE, "        (row.message_id, row.entity): Outcome", '        (row.message_id, ""): Outcome'),
        ],
        [f"{STREAM}test_a_redis_that_came_back_empty_may_give_an_id_again"],
    ),
    Mutation(
        "same-signature-same-action",
        "another action under a used signature id is no order, and not the earlier one either",
        [Edit(INTAKE, " if content(stake) == content(there) else", " if stake else")],
        [f"{STREAM}test_another_action_under_a_used_signature_id_is_dead"],
    ),
    Mutation(
        "own-messages-first",
        "what a consumer was given and has not acknowledged is read again when it starts",
        [Edit(CONSUMER, '        self._own_after: str | None = "0"', "        self._own_after: str | None = None")],
        [f"{STREAM}test_a_message_that_was_stored_and_not_acknowledged_is_acknowledged_and_no_second_order"],
    ),
    Mutation(
        "left-behind-taken-over",
        "what a dead consumer was given is taken over",
        [Edit(CONSUMER, "        return self._left_behind() or self.stream", "        return self.stream")],
        [f"{STREAM}test_what_a_dead_consumer_was_given_is_taken_over"],
    ),
    Mutation(
        "bad-one-alone",
        "a batch that cannot be stored is halved until the one at fault is alone",
        [Edit("orders/many/apart.py", "    if len(items) == 1:", "    if items:"),
         Edit("orders/many/apart.py", "return [blame(items[0], trouble)]", "return [blame(item, trouble) for item in items]")],
        [f"{STREAM}test_one_that_spoils_the_whole_transaction_is_found_and_the_others_are_stored"],
    ),
    Mutation(
        "database-away-blames-nobody",
        "a database that is away is no message's fault",
        [Edit("orders/many/apart.py", "    except (Error, RedisError, MemoryError):", "    except MemoryError:")],
        [f"{STREAM}test_a_database_that_is_away_costs_nothing_and_blames_nobody"],
    ),
    Mutation(
        "no-hash-made-anew",
        "nothing is written into a hash that is gone",
        [Edit(BACK, "if redis.call('EXISTS', KEYS[1]) == 1 then", "if true then")],
        [f"{TOLD}test_a_hash_that_is_gone_is_not_made_anew"],
    ),
    Mutation(
        "told-when-sent",
        "the front end is told a transaction's hash once a node has it",
        [Edit(BACK, ", first_sent_at__isnull=False)", ")")],
        [f"{TOLD}test_a_hash_gets_its_transactions_hash_once_a_node_has_it"],
    ),
    Mutation(
        "field-removed-as-read",
        "a field of the claim queue is removed only if it still says what was read",
        [Edit(KEYS, "    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then", "    if true then")],
        [f"{QUEUE}test_what_was_written_while_it_was_stored_stays"],
    ),
    Mutation(
        "only-rewards-hashes",
        "hashes of the claim queue's Redis that are no reward's are left alone",
        [Edit(KEYS, "    return [key for key in named if key in rewards]", "    return named")],
        [f"{QUEUE}test_what_is_no_rewards_is_not_touched"],
    ),
    Mutation(
        "same-field-same-claim",
        "a field that comes again with another claim is not the earlier order",
        [Edit("orders/many/each.py", "each.request_hash == order.request_hash for", "order for")],
        [f"{QUEUE}test_with_another_claim_it_is_unreadable"],
    ),
    Mutation(
        "worker-stores-no-withdrawal",
        "the worker's role stores stakes and claims, and no withdrawal",
        [Statement("DROP TRIGGER orders_guard_intake ON orders_order")],
        ["tests/security/test_database_roles.py::test_forbidden_statements_are_refused"],
    ),
    Mutation(
        "alert-not-below-minimum",
        "an alert balance below the minimum stops the start",
        [Edit("config/staking.py", "staking.alert_balance < staking.minimum_balance:", "staking.alert_balance < 0:")],
        ["tests/stakes/test_old_variables.py::test_the_start_is_stopped_with_one_line"],
    ),
)  # fmt: skip
