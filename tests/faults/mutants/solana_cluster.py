"""The Solana test cluster: a rule less, and it would let pass what a real one refuses."""

from tests.faults.mutants.kinds import Edit, Mutation

SENDING = "local/solana/sending.py"
LEDGER = "local/solana/ledger.py"
BLOCKS = "local/solana/blocks.py"
NODE = "local/solana/node.py"
POSTED = "local/solana/posted.py"
MODEL = "local/solana/model"
RULES = "tests/solana/test_server.py::"
VIEWS = "tests/solana/test_views.py::"
FAULTS = "tests/solana/test_faults_of_server.py::"
PLAYED = "tests/solana/test_model.py::test_every_step_ends_as_it_was_recorded"
STARTED = "tests/local/test_solana.py::"

ENFORCED = (
    Mutation(
        "cluster-size",
        "a transaction has 1,232 bytes at most",
        [Edit(POSTED, "    if len(raw) > LARGEST:\n", "    if len(raw) > 2 * LARGEST:\n")],
        [f"{RULES}test_a_transaction_has_1232_bytes_at_most"],
    ),
    Mutation(
        "cluster-signature",
        "what is not signed is in no block",
        [Edit(LEDGER, "standing or not posted.is_signed() or", "standing or")],
        [f"{RULES}test_a_wrong_signature_that_nobody_looked_at_never_lands"],
    ),
    Mutation(
        "cluster-expiry",
        "a blockhash is too old after 151 blocks",
        [Edit(BLOCKS, "0 <= height - bound <= MOST_BLOCKS", "0 <= height - bound <= MOST_BLOCKS + 1")],
        [
            f"{RULES}test_a_transaction_enters_one_block_of_the_next_151",
            f"{RULES}test_a_blockhash_is_valid_up_to_its_last_height",
        ],
    ),
    Mutation(
        "cluster-once",
        "a transaction is in one block",
        [Edit(LEDGER, "if standing or not", "if not")],
        [f"{RULES}test_the_same_transaction_lands_once"],
    ),
    Mutation(
        "cluster-preflight",
        "what fails in the try-out is not passed on",
        [Edit(SENDING, "    if result.err is not None:\n", "    if result.err is False:\n")],
        [f"{RULES}test_a_try_out_that_fails_says_why", f"{RULES}test_an_unknown_blockhash_is_refused"],
    ),
    Mutation(
        "cluster-preflight-view",
        "the try-out sees what the commitment asked for allows",
        [Edit(SENDING, '"commitment": wanted.get("preflightCommitment")}', '"commitment": "processed"}')],
        [f"{RULES}test_a_fresh_blockhash_is_unknown_to_a_more_careful_preflight"],
    ),
    Mutation(
        "cluster-commitment",
        "a block is confirmed and finalized some slots later",
        [Edit(NODE, " - self.faults.behind - self.lags.of(commitment)", " - self.faults.behind")],
        [
            f"{VIEWS}test_a_block_is_processed_then_confirmed_then_finalized",
            f"{VIEWS}test_a_transaction_is_shown_once_it_is_confirmed",
        ],
    ),
    Mutation(
        "cluster-rent",
        "an account keeps its rent for good",
        [Edit(f"{MODEL}/bank.py", "        err = err or self._rent_error(keys, writable, states)\n", "")],
        [f"{RULES}test_an_account_keeps_its_rent", f"{PLAYED}[model-err]"],
    ),
    Mutation(
        "cluster-table",
        "what was added to a lookup table serves from the next slot on",
        [Edit(POSTED, "    data = data[: 32 * before] if slot <= extended else data\n", "")],
        [f"{RULES}test_a_table_serves_from_the_next_block_on"],
    ),
)

WRONG = (
    Mutation(
        "cluster-fork-accounts",
        "what stood in the blocks of a fork is undone",
        [Edit(LEDGER, "        self.accounts.rewind(self.chain.last.slot)\n", "")],
        [f"{FAULTS}test_after_a_fork_a_transaction_lands_again", f"{FAULTS}test_a_fork_can_swallow_a_transaction"],
    ),
    Mutation(
        "cluster-fork-hashes",
        "the blockhashes of a fork are worth nothing",
        [Edit(BLOCKS, "            del self._hashes[block.hash]\n", "")],
        [f"{FAULTS}test_a_fork_takes_its_blockhashes_with_it"],
    ),
    Mutation(
        "cluster-behind",
        "a node that lags sees the accounts of then",
        [Edit(NODE, "return self.ledger.accounts.at(key, block.slot)", "return self.ledger.bank.account(key)")],
        [f"{FAULTS}test_a_second_node_lags_behind"],
    ),
    Mutation(
        "cluster-drop",
        "a transaction that is to be dropped is dropped",
        [Edit(SENDING, '    if node.faults.happens("drop"):\n        return\n', "")],
        [f"{FAULTS}test_a_dropped_transaction_never_lands"],
    ),
    Mutation(
        "cluster-own-process",
        "who starts a cluster gets no other one that has its port",
        [Edit("local/solana/process.py", ' and bool(self.request("test_process") == pid)', "")],
        [f"{STARTED}test_a_taken_port_is_reported"],
    ),
)

PROGRAMS = (
    Mutation(
        "model-capacity",
        "a tree takes no more leaves than it has",
        [Edit(f"{MODEL}/config.py", "if self.minted >= self.capacity:", "if self.minted > self.capacity:")],
        [f"{PLAYED}[model-err]"],
    ),
    Mutation(
        "model-authority",
        "only the tree's creator or delegate mints",
        [Edit(f"{MODEL}/config.py", "if not self.public and authority not in", "if self.public and authority not in")],
        [f"{PLAYED}[model-err]"],
    ),
    Mutation(
        "model-signers",
        "a creator is verified only if he signs",
        [Edit(f"{MODEL}/bubblegum.py", "    item.check_signatures(signers)\n", "")],
        [f"{PLAYED}[model-err]"],
    ),
    Mutation(
        "model-verified",
        "an item minted into a collection says that it is verified there",
        [Edit(f"{MODEL}/bubblegum.py", "item.as_verified(), signers", "item, signers")],
        [f"{PLAYED}[model-inner]", f"{PLAYED}[model-accounts]"],
    ),
    Mutation(
        "model-protocol-fee",
        "a mint of the second version pays the protocol's fee",
        [Edit(f"{MODEL}/bubblegum.py", "    system.pay(call, payer.key, found.key, _PROTOCOL_FEE)\n", "")],
        [f"{PLAYED}[model-inner]", f"{PLAYED}[model-accounts]"],
    ),
    Mutation(
        "model-ring",
        "the oldest change gives its place to the newest",
        [Edit(f"{MODEL}/tree.py", "(self._active + 1) % self.buffer)", "min(self._active + 1, self.buffer - 1))")],
        [f"{PLAYED}[model-accounts]"],
    ),
    Mutation(
        "model-canopy",
        "the canopy follows each change",
        [Edit(f"{MODEL}/compression.py", "    canopy.update(state.data, _end(tree), change)\n", "")],
        [f"{PLAYED}[model-accounts]"],
    ),
    Mutation(
        "model-proof",
        "a leaf that is not in the tree is not proved",
        [Edit(f"{MODEL}/tree.py", "if climb(leaf, siblings, index) != self.root:", "if len(siblings) != self.depth:")],
        [f"{PLAYED}[model-err]"],
    ),
)

KEPT = (
    Mutation(
        "cluster-kept-blocks",
        "a cluster that goes on has the transactions of its earlier blocks",
        [Edit("local/solana/kept.py", "[read(raw, _ENCODING) for raw in transactions]", "[]")],
        ["tests/local/test_solana_ledger.py::test_it_goes_on_with_the_same_blocks_and_accounts"],
    ),
    Mutation(
        "cluster-kept-genesis",
        "the blocks of another cluster are refused",
        [Edit("local/solana/kept.py", "genesis != ledger.genesis.hex()", "not genesis")],
        ["tests/local/test_solana_ledger.py::test_the_blocks_of_another_cluster_are_refused"],
    ),
)

MUTATIONS = (*ENFORCED, *WRONG, *PROGRAMS, *KEPT)
