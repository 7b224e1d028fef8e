"""Solana's edges: its keys, what people may do, the gate for items, the audit of trees."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

KEYS, RELEASE = "chain/solana/keys.py", "orders/solana/release.py"
GATE, JUDGEMENT, AUDIT = "orders/solana/gate.py", "orders/solana/judgement.py", "orders/solana/audit.py"
WITNESSES, PROOF, OBSERVING = "chain/solana/witnesses.py", "chain/solana/proof.py", "chain/solana/observing.py"
OF_KEYS, OF_PEOPLE = "tests/solana/test_keys.py::", "tests/solana/test_configuration.py::"
OF_RELEASE, OF_GATE, OF_AUDIT = (f"tests/solana/test_{name}.py::" for name in ("release", "gate", "audit"))
OF_MEMORY, OF_PAYLOAD = "tests/solana/test_memory.py::", "tests/solana/test_payload.py::"

PEOPLE = (
    Mutation(
        "keypair-for-its-owner",
        "a keypair file that others may touch is refused: it is not encrypted",
        [Edit(KEYS, "    if mode & 0o077:", "    if mode & 0o007 and mode is None:")],
        [f"{OF_KEYS}test_a_keypair_that_others_may_touch_is_refused"],
    ),
    Mutation(
        "keypair-leaves-no-trace",
        "what a refused keypair held is in no error and in none of its frames",
        [
            Edit(
                KEYS,
                '    return quietly(lambda: LocalKeypair(_LOADERS[kind](rest, sources)), "Its public half does not belong '
                'to its secret half.")',
                "    return LocalKeypair(_LOADERS[kind](rest, sources))",
            )
        ],
        [
            f"{OF_KEYS}test_a_file_that_is_no_keypair_is_refused_without_a_trace",
            f"{OF_KEYS}test_a_variable_that_holds_no_keypair_is_not_quoted",
        ],
    ),
    Mutation(
        "cluster-of-real-money",
        "a cluster of real money is no development network",
        [Statement("ALTER TABLE chain_network DROP CONSTRAINT network_cluster_of_real_money_is_no_development")],
        [f"{OF_PEOPLE}test_not_even_sql_makes_a_cluster_of_real_money_a_development_network"],
    ),
    Mutation(
        "address-of-its-family",
        "a wallet's address is written as its network's family writes them",
        [
            Edit(
                "chain/models.py",
                'if hasattr(self, "network") and self.address and self.address.startswith("0x") == self.network.is_solana:',
                'if not hasattr(self, "network"):',
            )
        ],
        [
            f"{OF_PEOPLE}test_what_is_no_wallet_on_solana_is_refused_on_the_page",
            f"{OF_PEOPLE}test_what_is_no_wallet_on_an_evm_is_refused_on_the_page",
        ],
    ),
    Mutation(
        "no-cancelling-on-solana",
        "nobody is told that a transaction of Solana is cancelled",
        [Edit("chain/steering.py", "    if transaction.wallet.network.is_solana:\n", "    if transaction.wallet is None:\n")],
        [f"{OF_PEOPLE}test_cancelling_is_refused_in_a_sentence"],
    ),
    Mutation(
        "solana-release-settled",
        "a wallet is not released while something of it may still land",
        [
            Edit(
                "chain/solana/release.py",
                "        if fate_of(transaction, statements).course not in SETTLED:",
                "        if fate_of(transaction, statements).course is None:",
            )
        ],
        [f"{OF_RELEASE}test_what_may_still_land_keeps_it_there"],
    ),
    Mutation(
        "solana-doubt",
        "after a quarantine on Solana what waited is held for people",
        [Edit("chain/steering.py", "    if wallet.network.is_solana:\n        return True\n", "")],
        [f"{OF_RELEASE}test_two_people_release_it_and_what_waited_is_held"],
    ),
    Mutation(
        "solana-doubt-ends-last",
        "nothing is signed after a release before all that was sent has come to its end",
        [Edit(RELEASE, "    if lane.wallet.transactions.open().exists() or not adopt(lane):", "    if not adopt(lane):")],
        [f"{OF_RELEASE}test_the_doubt_outlives_whatever_is_open_still"],
    ),
    Mutation(
        "solana-adopts-nothing-of-ours",
        "a leaf of ours that has landed is not noted twice",
        [Edit(RELEASE, "in (Course.EXPIRED, Course.FAILED)", "in Course")],
        [f"{OF_RELEASE}test_a_leaf_of_ours_that_landed_meanwhile_is_counted_once"],
    ),
    Mutation(
        "solana-strange-by-all",
        "what should not be there counts only once every node has come so far",
        [Edit(OBSERVING, "    if why_not or not words:", "    if not words:")],
        [f"{OF_RELEASE}test_nothing_is_signed_before_all_that_was_sent_has_ended"],
    ),
)

CHAIN = (
    Mutation(
        "solana-same-word",
        "what became of a transaction takes the same word from all nodes",
        [Edit(WITNESSES, "    if len(said) != 1:", "    if not said:")],
        [f"{OF_GATE}test_a_fate_takes_the_same_word_from_all"],
    ),
    Mutation(
        "solana-expiry-is-a-height",
        "what a node does not know has expired only above its last valid height",
        [Edit(WITNESSES, "statement.height > (attempt.last_valid_height or 0)", "statement.height >= 0")],
        [f"{OF_GATE}test_a_fate_takes_the_same_word_from_all", f"{OF_GATE}test_what_may_still_land_is_refused_until_it_cannot"],
    ),
    Mutation(
        "solana-retry-tree",
        "an item does not go again while its tree has a leaf that nothing accounts for",
        [
            Edit(
                JUDGEMENT,
                "        if surplus > 0 and facts.tree is not None:",
                "        if surplus < 0 and facts.tree is not None:",
            )
        ],
        [f"{OF_GATE}test_a_leaf_that_is_not_noted_may_be_the_item"],
    ),
    Mutation(
        "solana-retry-silence",
        "a silent node is no evidence",
        [Edit(JUDGEMENT, "        if isinstance(node, ChainError):", "        if node is None:")],
        [f"{OF_GATE}test_a_silent_node_is_no_evidence", f"{OF_GATE}test_anything_else_is_refused"],
    ),
    Mutation(
        "solana-leaf-is-one-items",
        "a leaf that is another item's is no proof for this one",
        [Edit(GATE, "if leaf.index not in taken and minting", "if minting")],
        [f"{OF_GATE}test_a_leaf_of_another_item_is_not_this_ones"],
    ),
    Mutation(
        "solana-signatures-verified",
        "I2: each signature of what was sent is verified",
        [
            Edit(
                "chain/solana/payload.py",
                "if len(transaction.signatures) != signers or not all(transaction.verify_with_results()):",
                "if len(transaction.signatures) != signers:",
            )
        ],
        [f"{OF_PAYLOAD}test_one_changed_bit_anywhere_is_noticed"],
    ),
    Mutation(
        "solana-audit-strangers",
        "I3: who mints into our tree from outside is found",
        [Edit(AUDIT, "        yield from _strangers(view, tree)\n", "        yield from ()\n")],
        [f"{OF_AUDIT}test_a_stranger_who_mints_into_our_tree_is_named"],
    ),
    Mutation(
        "solana-audit-expired",
        "what is stored as expired has not landed by any node",
        [Edit(PROOF, "    if stored == Outcome.EXPIRED:", "    if stored is None:")],
        [f"{OF_AUDIT}test_one_that_is_stored_as_expired_and_has_landed"],
    ),
    Mutation(
        "solana-audit-leaves",
        "I5: each completed item has its leaf, and each leaf its item",
        [
            Edit(
                AUDIT,
                "            yield from _compare(transaction, orders[transaction.pk], leaves)\n",
                "            yield from ()\n",
            )
        ],
        [f"{OF_AUDIT}test_an_item_that_is_another_than_on_the_chain", f"{OF_AUDIT}test_a_leaf_that_is_no_items"],
    ),
    Mutation(
        "solana-audit-incomplete",
        "an audit that could not ask a node of Solana is not clean",
        [Edit(AUDIT, "    yield from view.missing()\n", "")],
        [f"{OF_AUDIT}test_a_node_that_is_behind_leaves_it_incomplete"],
    ),
    Mutation(
        "solana-journal",
        "the journal knows until when what was sent may still land",
        [
            Edit(
                "chain/journal.py",
                "            blockhash=self.blockhash, last_valid_height=self.last_valid_height,\n",
                "",
            )
        ],
        [f"{OF_MEMORY}test_items_that_were_minted_since_the_backup_are_not_minted_again"],
    ),
)

MUTATIONS = (*PEOPLE, *CHAIN)
