"""Collections' files: what is called by its content has that content, and what somebody uploaded harms nobody."""

from tests.faults.mutants.kinds import Edit, Mutation

STORE = "tests/mints/test_store.py::"
GATEWAY = "tests/mints/test_gateway.py::"
KUBO = "tests/mints/test_kubo.py::"
PINATA = "tests/mints/test_pinata.py::"

MUTATIONS = (
    Mutation(
        "ipfs-cids-compared",
        "the CID of a provider's answer is held against the one computed here",
        [
            Edit(
                "mints/uploaders/sending.py",
                "    return theirs.modern == ours.modern",
                "    return bool(theirs) and bool(ours)",
            )
        ],
        [
            f"{KUBO}test_another_cid_is_never_silent_and_the_car_has_ours",
            f"{KUBO}test_a_car_that_is_taken_under_another_name_is_no_upload",
            f"{PINATA}test_another_cid_is_used_and_said",
        ],
    ),
    Mutation(
        "ipfs-blocks-verified",
        "a block's bytes are held against its name whenever it is read",
        [Edit("mints/ipfs/store.py", "    if not cid.fits(data):", "    if not data:")],
        [
            f"{STORE}test_a_block_that_the_disk_has_changed_is_not_given_out_and_is_mended",
            f"{STORE}test_a_car_whose_bytes_were_changed_is_refused",
            f"{GATEWAY}test_of_what_is_damaged_nothing_is_given_out",
            f"{PINATA}test_what_the_disk_spoils_on_the_way_is_not_sent",
        ],
    ),
    Mutation(
        "ipfs-intact-before-sent",
        "a long file is seen to be intact before its first byte is given out",
        [Edit("mints/serving.py", "    _check(sum(len(piece) for piece in file.read(*span)), span)\n", "")],
        [f"{GATEWAY}test_of_what_is_damaged_nothing_is_given_out", f"{GATEWAY}test_a_piece_that_is_gone_is_damage_too"],
    ),
    Mutation(
        "ipfs-bytes-before-name",
        "no block has its name before the disk has its bytes",
        [Edit("mints/ipfs/store.py", "threads.map(os.fsync, ", "threads.map(os.fstat, ")],
        [f"{STORE}test_nothing_has_a_name_before_the_disk_has_its_bytes"],
    ),
    Mutation(
        "ipfs-car-whole",
        "a CAR's root is kept only when all below it is there",
        [Edit("mints/ipfs/car.py", "    for _ in walk(store, root):", "    for _ in ():")],
        [f"{STORE}test_a_car_that_lacks_a_block_is_not_kept"],
    ),
    Mutation(
        "ipfs-node-that-failed",
        "a node that fails after status 200 has not taken the folder",
        [Edit("mints/uploaders/kubo.py", 'if "Message" in line), None)', 'if "Massage" in line), None)')],
        [f"{KUBO}test_an_answer_that_breaks_off_is_no_upload"],
    ),
    Mutation(
        "ipfs-not-pinned",
        "a folder that a node took and did not pin is not up",
        [Edit("mints/uploaders/kubo.py", 'if problem := found.get("PinErrorMsg"):', 'if problem := found.get("PinError"):')],
        [f"{KUBO}test_a_folder_that_was_taken_and_not_pinned_is_sent_again_later"],
    ),
    Mutation(
        "ipfs-pins-held-against-question",
        "what Pinata lists is no folder of ours because it is listed",
        [Edit("mints/uploaders/pinata.py", " if _mark_of(row) == str(ours))", ")")],
        [f"{PINATA}test_what_pinata_lists_is_held_against_the_question"],
    ),
    Mutation(
        "ipfs-sandbox",
        "nothing that was uploaded runs in this site's name",
        [Edit("mints/gateway.py", '"sandbox; default-src', '"default-src')],
        [f"{GATEWAY}test_nothing_runs_in_this_sites_name"],
    ),
    Mutation(
        "ipfs-tokens-in-worker-only",
        "the web process is started without the tokens of providers",
        [Edit("gunicorn.conf.py", '    "IPFS_TOKEN", "IPFS_TOKEN_FILE", "IPFS_PIN_TOKEN", "IPFS_PIN_TOKEN_FILE",\n', "")],
        ["tests/security/test_web_process.py::test_no_secret_is_in_the_environment_of_any_of_its_processes"],
    ),
    Mutation(
        "ipfs-no-secret-in-errors",
        "what a service says is told without the token that it may repeat",
        [Edit("mints/uploaders/web.py", '            text = text.replace(self.token, "…")\n', "            pass\n")],
        ["tests/mints/test_uploaders.py::test_a_refusal_says_whether_to_try_again"],
    ),
)
