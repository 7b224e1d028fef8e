"""A collection comes in once and as a whole, its job is driven by one, and nothing is let go that people have withdrawn."""

from tests.faults.mutants.kinds import Edit, Mutation, Statement

INTAKE, RUNNER, JOBS = "mints/intake.py", "mints/runner.py", "mints/jobs.py"
COMES = "tests/mints/test_intake.py::"
JOB = "tests/mints/test_jobs.py::"
SEEN = "tests/mints/test_api.py::"
CHANGES = f"{JOB}test_what_was_ordered_never_changes"

MUTATIONS = (
    Mutation(
        "collection-bytes-in-hash",
        "a key stands for the bytes of all files, not only for what is said of them",
        [Edit("mints/views.py", "[body, incoming.said]) if incoming", "[body]) if incoming")],
        [f"{COMES}test_the_same_key_with_other_bytes_is_refused"],
    ),
    Mutation(
        "collection-no-file-left",
        "of a collection that is not stored no file is left",
        [Edit(INTAKE, "        discard_unless_stored(offer)\n        raise\n", "        raise\n")],
        [f"{COMES}test_every_mistake_is_named_by_row_and_column_and_nothing_is_stored"],
    ),
    Mutation(
        "collection-own-wallets",
        "a wallet of ours, or the contract, is nobody's recipient",
        [Edit(INTAKE, "yield cell(row.number, Field.RECIPIENT, refused.message, refused.errors[0].code)", "_ = refused")],
        [f"{COMES}test_our_own_wallets_and_the_contract_receive_nothing"],
    ),
    Mutation(
        "collection-held-until-its-job",
        "items wait until their job lets them go",
        [Edit(INTAKE, "hold=True", "hold=False")],
        [f"{COMES}test_each_row_becomes_an_order_that_waits_to_be_released"],
    ),
    Mutation(
        "collection-one-folder",
        "a contract that has one collection's folder gets no other",
        [
            Edit(INTAKE, "    if collection.base_uri_function:\n", "    if False:\n"),
            Statement("DROP INDEX collection_base_uri_once"),
        ],
        [f"{COMES}test_a_contract_has_one_folder"],
    ),
    Mutation(
        "job-one-runner",
        "a job is driven by one runner at a time",
        [Edit(RUNNER, "                return TAKEN\n", "                pass\n")],
        [f"{JOB}test_one_runner_drives_a_job"],
    ),
    Mutation(
        "job-release-under-its-lock",
        "a cancel comes before a release or after it, and sees what it has let go",
        [Edit("mints/stages/mint.py", "            _still_running(job)\n", "")],
        [f"{JOB}test_a_release_that_comes_after_the_cancel_releases_nothing"],
    ),
    Mutation(
        "job-percentage",
        "a job's percentage never falls",
        [Edit("mints/progress.py", 'Greatest("percentage", percent(Stage(job.stage), done, total))', "done")],
        [f"{JOB}test_the_percentage_never_falls"],
    ),
    Mutation(
        "job-own-stop",
        "a resume lifts the stop that its own pause has set, and no other",
        [
            Edit(
                JOBS,
                'group=job.collection_id, since__in=MintJob.objects.filter(pk=job.pk).values("stopped_at")',
                "group=job.collection_id",
            )
        ],
        [f"{JOB}test_a_resume_lifts_no_stop_of_somebody_else"],
    ),
    Mutation(
        "job-pictures-as-they-came",
        "a picture that the disk has changed is not uploaded",
        [Edit("mints/stages/upload.py", "    if cid != asset.cid:\n", "    if False:\n")],
        [f"{JOB}test_a_picture_that_is_not_what_came_in_is_not_uploaded[changed]"],
    ),
    Mutation(
        "job-one-open",
        "a collection has one open job",
        [Statement("DROP INDEX mint_job_one_open")],
        [f"{JOB}test_a_collection_has_one_open_job"],
    ),
    Mutation(
        "job-moves",
        "a job that has ended does not begin again, says the database",
        [Statement("DROP TRIGGER mints_guard_job ON mints_mintjob")],
        [f"{CHANGES}[MintJob-change14]"],
    ),
    Mutation(
        "item-stays",
        "what an item is never changes, says the database",
        [Statement("DROP TRIGGER mints_guard_item ON mints_item")],
        [f"{CHANGES}[Item-change0]", f"{JOB}test_a_leaf_is_noted_once"],
    ),
    Mutation(
        "folders-stay",
        "the folders of what was let go never change, says the database",
        [Statement("DROP TRIGGER mints_guard_folders ON mints_collection")],
        [f"{CHANGES}[Collection-change12]"],
    ),
    Mutation(
        "proof-of-all-leaves",
        "where a leaf of a tree is not noted no root is claimed",
        [Edit("mints/proofs.py", "or len(rows) < noted", "")],
        [f"{SEEN}test_where_a_leaf_is_unknown_no_root_is_claimed"],
    ),
    Mutation(
        "job-warm-lanes",
        "a lane that is only kept warm makes room for a job that waits for a worker",
        [Edit("orders/worker/runner.py", " or any(import_string(waits)() for waits in settings.WAITS)", "")],
        ["tests/orders/test_tick.py::test_a_warm_lane_makes_room_for_a_task_of_another_kind"],
    ),
    Mutation(
        "job-told-live",
        "whoever asks for a job is told how far its items are now",
        [Edit("mints/serializers.py", "JobAnswer(live(job, tally)", "JobAnswer(job")],
        [f"{JOB}test_whoever_asks_is_told_how_far_the_items_are_now"],
    ),
)
