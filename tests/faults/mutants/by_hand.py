"""Collections that staff bring in from a folder."""

from tests.faults.mutants.kinds import Edit, Mutation

BY_HAND = "mints/by_hand.py"
FOLDER = "mints/folder.py"
INTAKE = "mints/intake.py"
IMPORTS = "tests/commands/test_import_collection.py::"

MUTATIONS = (
    Mutation(
        "import-once",
        "the same files are the same collection on a contract, and are not minted twice",
        [Edit(BY_HAND, 'key=f"import:{key}"', "key=None")],
        [
            f"{IMPORTS}test_the_same_folder_again_is_the_same_collection",
            f"{IMPORTS}test_another_wallet_does_not_mint_it_again_on_the_same_contract",
        ],
    ),
    Mutation(
        "import-one-at-a-time",
        "two imports of the same files at once store one collection",
        [Edit(BY_HAND, '        lock.execute("SELECT pg_advisory_lock(%s)", [_IMPORTS])\n', "")],
        [f"{IMPORTS}test_imports_wait_for_each_other"],
    ),
    Mutation(
        "import-keeps-what-is-stored",
        "an intake that broke off after its commit keeps the pictures",
        [
            Edit(
                INTAKE,
                "if offer.incoming and not Collection.objects.filter(pk=offer.incoming.collection).exists():",
                "if offer.incoming:",
            )
        ],
        [f"{IMPORTS}test_interrupted_after_the_commit_its_pictures_stay"],
    ),
    Mutation(
        "import-leaves-nothing",
        "of files that were not stored none is left",
        [
            Edit(FOLDER, "        staging.discard(incoming.collection)\n", ""),
            Edit(BY_HAND, "        intake.discard_unless_stored(offer)\n", ""),
        ],
        [f"{IMPORTS}test_interrupted_it_leaves_nothing"],
    ),
    Mutation(
        "import-dry-run",
        "a dry run leaves no file",
        [Edit(BY_HAND, "        staging.discard(offer.incoming.collection)\n", "        pass\n")],
        [f"{IMPORTS}test_a_dry_run_stores_nothing_and_tells_the_number_of_transactions"],
    ),
    Mutation(
        "import-links",
        "a link does not lead out of the folder",
        [
            Edit(
                FOLDER,
                "if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():",
                "if not path.is_file():",
            )
        ],
        [f"{IMPORTS}test_a_link_out_of_the_folder_is_refused"],
    ),
)
