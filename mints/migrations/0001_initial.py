"""Presses, collections, their files, their items and their jobs."""

import chain.fields
import chain.strategies
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("chain", "0008_solana"),
        ("orders", "0015_groundwork"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                (
                    "standard",
                    models.CharField(
                        choices=[("erc721", "ERC-721"), ("erc1155", "ERC-1155"), ("compressed", "compressed NFT (Bubblegum)")],
                        max_length=10,
                    ),
                ),
                (
                    "batch_size",
                    models.PositiveSmallIntegerField(
                        default=20, help_text="The most items in one transaction; gas, or its size in bytes, may make it fewer."
                    ),
                ),
                ("contract", chain.fields.AddressField(blank=True)),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("batch", "batch"),
                            ("multicall", "multicall"),
                            ("aggregate3", "aggregate3"),
                            ("single", "single"),
                        ],
                        default=chain.strategies.Strategy["MULTICALL"],
                        max_length=10,
                    ),
                ),
                (
                    "function",
                    models.TextField(
                        blank=True,
                        default="safeMint(address,uint256)",
                        help_text="ABI signature of the function to call; for `batch` the array function's.",
                    ),
                ),
                (
                    "arguments",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="One entry a parameter. Placeholders: {recipient} {quantity} {token_id} {uri} {order_id}.",
                    ),
                ),
                (
                    "errors",
                    models.TextField(
                        blank=True, help_text="The contract's own errors, one signature a line, to make reasons readable."
                    ),
                ),
                (
                    "needs_role",
                    models.BooleanField(default=True, help_text="Only the minter may call the function. Forbids `aggregate3`."),
                ),
                (
                    "base_uri_function",
                    models.CharField(
                        blank=True,
                        help_text="A function of the contract that takes the folder's URI, such as setBaseURI(string); called once, before the first item. Empty: the contract knows its URIs by other means.",
                        max_length=200,
                    ),
                ),
                (
                    "file_names",
                    models.CharField(
                        choices=[
                            ("number.json", "7.json"),
                            ("number", "7 (a base URI, as OpenZeppelin joins it)"),
                            ("hex.json", "64 hexadecimal digits and .json (ERC-1155's {id})"),
                        ],
                        default="number.json",
                        max_length=12,
                    ),
                ),
                (
                    "program",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mint_v1", "mint_v1"),
                            ("mint_to_collection_v1", "mint_to_collection_v1"),
                            ("mint_v2", "mint_v2"),
                            ("mint_v2_core", "mint_v2_core"),
                        ],
                        help_text="Bubblegum's instruction for its items.",
                        max_length=24,
                    ),
                ),
                (
                    "canopy",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Levels of the tree that its account keeps. More of them: transfers are smaller, and opening it is dearer. Empty: so many that a transfer brings ten nodes along.",
                        null=True,
                    ),
                ),
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("external_id", models.CharField(blank=True, help_text="What other systems call it.", max_length=100)),
                ("idempotency_key", models.CharField(editable=False, max_length=255, null=True)),
                ("request_hash", models.CharField(blank=True, editable=False, max_length=64)),
                ("name", models.CharField(max_length=100)),
                ("symbol", models.CharField(blank=True, max_length=10)),
                ("description", models.TextField(blank=True)),
                ("external_url", models.URLField(blank=True)),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("default_recipient", chain.fields.AnyAddressField(blank=True, help_text="For items whose row names nobody.")),
                (
                    "royalty",
                    models.PositiveIntegerField(default=0, help_text="Basis points of a resale (seller_fee_basis_points)."),
                ),
                (
                    "creators",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='Who share the royalty: [{"address": "…", "share": 100}], the shares adding up to 100.',
                    ),
                ),
                (
                    "warnings",
                    models.JSONField(blank=True, default=list, editable=False, help_text="What looked odd in the sheet."),
                ),
                (
                    "images_planned",
                    models.CharField(blank=True, editable=False, help_text="The folder's CID, computed here.", max_length=100),
                ),
                ("images_cid", models.CharField(blank=True, editable=False, max_length=100)),
                ("metadata_cid", models.CharField(blank=True, editable=False, max_length=100)),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        help_text="Who sent it, and alone sees it in the API. Empty: entered by staff.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collections",
                        to="orders.client",
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(help_text="The minter.", on_delete=django.db.models.deletion.PROTECT, to="chain.wallet"),
                ),
            ],
            options={
                "ordering": ["-created"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Asset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="As the sheet calls it.", max_length=255)),
                ("media_type", models.CharField(help_text="By its content.", max_length=60)),
                ("size", models.PositiveBigIntegerField(help_text="Bytes.")),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                (
                    "sha256",
                    models.CharField(
                        blank=True, help_text="Of the bytes that came in; its file here is called so.", max_length=64
                    ),
                ),
                ("cid", models.CharField(blank=True, help_text="Computed here, when it came.", max_length=100)),
                ("thumbnail", models.BinaryField(help_text="WEBP, 96 pixels at most.", null=True)),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assets", to="mints.collection"
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to="orders.order"
                    ),
                ),
                ("number", models.PositiveIntegerField(help_text="Its place in the sheet, from 0.")),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True)),
                (
                    "attributes",
                    models.JSONField(default=list, help_text="[{trait_type, value}], from the sheet's other columns."),
                ),
                ("recipient", chain.fields.AnyAddressField(db_index=True)),
                ("quantity", models.PositiveBigIntegerField(default=1, help_text="More than one on ERC-1155 only.")),
                ("token_id", chain.fields.Uint256Field(help_text="EVM: which token is asked for.", null=True)),
                (
                    "token_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=chain.fields.Uint256Field(),
                        help_text="EVM: from the item's own event.",
                        null=True,
                        size=None,
                    ),
                ),
                ("tree", models.CharField(blank=True, help_text="Solana: the account of its Merkle tree.", max_length=44)),
                (
                    "leaf_index",
                    models.PositiveBigIntegerField(help_text="Solana: its place in the tree, as the chain gave it.", null=True),
                ),
                (
                    "leaf_hash",
                    models.CharField(
                        blank=True, help_text="Solana: hexadecimal, from the chain; equals our own.", max_length=64
                    ),
                ),
                (
                    "asset_id",
                    models.CharField(blank=True, help_text="Solana: by which wallets and markets know it.", max_length=44),
                ),
                (
                    "collection",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="items", to="mints.collection"),
                ),
                (
                    "image",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="items", to="mints.asset"),
                ),
            ],
            options={
                "ordering": ["collection", "number"],
            },
        ),
        migrations.CreateModel(
            name="MintJob",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("idempotency_key", models.CharField(max_length=255, null=True)),
                ("request_hash", models.CharField(blank=True, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("failed", "Failed"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[("upload", "Upload"), ("metadata", "Metadata"), ("mint", "Mint"), ("cleanup", "Cleanup")],
                        default="upload",
                        max_length=10,
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300)),
                ("done", models.PositiveIntegerField(default=0, help_text="Steps of this stage: files or items.")),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "percentage",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Never falls, but for a retry that somebody asked for."
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Of this stage, that came to nothing.")),
                ("next_at", models.DateTimeField(help_text="Not before: back-off, or the wait before the cleanup.", null=True)),
                ("errors", models.JSONField(default=list, help_text="The latest of them, as sentences.")),
                ("status_by", models.CharField(blank=True, max_length=100)),
                (
                    "stopped_at",
                    models.DateTimeField(help_text="`since` of the stop that its pause has set on the collection.", null=True),
                ),
                ("asked_at", models.DateTimeField(help_text="A runner was asked for, and none has begun yet.", null=True)),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("moved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mint_jobs", to="orders.client"
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="jobs", to="mints.collection"),
                ),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="Press",
            fields=[
                (
                    "standard",
                    models.CharField(
                        choices=[("erc721", "ERC-721"), ("erc1155", "ERC-1155"), ("compressed", "compressed NFT (Bubblegum)")],
                        max_length=10,
                    ),
                ),
                (
                    "batch_size",
                    models.PositiveSmallIntegerField(
                        default=20, help_text="The most items in one transaction; gas, or its size in bytes, may make it fewer."
                    ),
                ),
                ("contract", chain.fields.AddressField(blank=True)),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("batch", "batch"),
                            ("multicall", "multicall"),
                            ("aggregate3", "aggregate3"),
                            ("single", "single"),
                        ],
                        default=chain.strategies.Strategy["MULTICALL"],
                        max_length=10,
                    ),
                ),
                (
                    "function",
                    models.TextField(
                        blank=True,
                        default="safeMint(address,uint256)",
                        help_text="ABI signature of the function to call; for `batch` the array function's.",
                    ),
                ),
                (
                    "arguments",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="One entry a parameter. Placeholders: {recipient} {quantity} {token_id} {uri} {order_id}.",
                    ),
                ),
                (
                    "errors",
                    models.TextField(
                        blank=True, help_text="The contract's own errors, one signature a line, to make reasons readable."
                    ),
                ),
                (
                    "needs_role",
                    models.BooleanField(default=True, help_text="Only the minter may call the function. Forbids `aggregate3`."),
                ),
                (
                    "base_uri_function",
                    models.CharField(
                        blank=True,
                        help_text="A function of the contract that takes the folder's URI, such as setBaseURI(string); called once, before the first item. Empty: the contract knows its URIs by other means.",
                        max_length=200,
                    ),
                ),
                (
                    "file_names",
                    models.CharField(
                        choices=[
                            ("number.json", "7.json"),
                            ("number", "7 (a base URI, as OpenZeppelin joins it)"),
                            ("hex.json", "64 hexadecimal digits and .json (ERC-1155's {id})"),
                        ],
                        default="number.json",
                        max_length=12,
                    ),
                ),
                (
                    "program",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mint_v1", "mint_v1"),
                            ("mint_to_collection_v1", "mint_to_collection_v1"),
                            ("mint_v2", "mint_v2"),
                            ("mint_v2_core", "mint_v2_core"),
                        ],
                        help_text="Bubblegum's instruction for its items.",
                        max_length=24,
                    ),
                ),
                (
                    "canopy",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Levels of the tree that its account keeps. More of them: transfers are smaller, and opening it is dearer. Empty: so many that a transfer brings ten nodes along.",
                        null=True,
                    ),
                ),
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, unique=True)),
                ("external_id", models.CharField(blank=True, help_text="What other systems call it.", max_length=100)),
                (
                    "is_open",
                    models.BooleanField(
                        default=True, help_text="Off: no collection is taken for it. Those that are there go on."
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(help_text="The minter.", on_delete=django.db.models.deletion.PROTECT, to="chain.wallet"),
                ),
            ],
            options={
                "verbose_name_plural": "presses",
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="collection",
            name="press",
            field=models.ForeignKey(
                editable=False,
                help_text="By which it came; what that says now counts for later ones only.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="collections",
                to="mints.press",
            ),
        ),
        migrations.AddConstraint(
            model_name="asset",
            constraint=models.UniqueConstraint(fields=("collection", "name"), name="asset_name_once"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("collection", "number"), name="item_number_once"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                condition=models.Q(("tree", ""), _negated=True), fields=("tree", "leaf_index"), name="item_leaf_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gte", 1)), name="item_quantity_positive"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("token_id__gte", 0),
                    ("token_id__lte", 115792089237316195423570985008687907853269984665640564039457584007913129639935),
                ),
                name="item_token_id_uint256",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asset_id", ""), ("leaf_hash", ""), ("leaf_index__isnull", True), ("tree", "")),
                    models.Q(
                        ("leaf_index__isnull", False),
                        models.Q(("tree", ""), _negated=True),
                        models.Q(("leaf_hash", ""), _negated=True),
                        models.Q(("asset_id", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="item_leaf_is_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="mintjob",
            index=models.Index(condition=models.Q(("status", "running")), fields=["created"], name="mint_job_running"),
        ),
        migrations.AddConstraint(
            model_name="mintjob",
            constraint=models.UniqueConstraint(fields=("client", "idempotency_key"), name="mint_job_idempotency_key_once"),
        ),
        migrations.AddConstraint(
            model_name="mintjob",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["completed", "cancelled"]), _negated=True),
                fields=("collection",),
                name="mint_job_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="mintjob",
            constraint=models.CheckConstraint(condition=models.Q(("percentage__lte", 100)), name="mint_job_percentage"),
        ),
        migrations.AddConstraint(
            model_name="press",
            constraint=models.CheckConstraint(condition=models.Q(("batch_size__gte", 1)), name="press_batch_size_positive"),
        ),
        migrations.AddConstraint(
            model_name="press",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract", ""), ("standard", "compressed"), models.Q(("program", ""), _negated=True)),
                    models.Q(
                        models.Q(("standard", "compressed"), _negated=True),
                        models.Q(("contract", ""), _negated=True),
                        ("program", ""),
                    ),
                    _connector="OR",
                ),
                name="press_is_of_its_standard",
            ),
        ),
        migrations.AddConstraint(
            model_name="press",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True), fields=("external_id",), name="press_external_id_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(("batch_size__gte", 1)), name="collection_batch_size_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract", ""), ("standard", "compressed"), models.Q(("program", ""), _negated=True)),
                    models.Q(
                        models.Q(("standard", "compressed"), _negated=True),
                        models.Q(("contract", ""), _negated=True),
                        ("program", ""),
                    ),
                    _connector="OR",
                ),
                name="collection_is_of_its_standard",
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.UniqueConstraint(fields=("client", "idempotency_key"), name="collection_idempotency_key_once"),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("client", "external_id"),
                name="collection_external_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("base_uri_function", ""), _negated=True),
                fields=("wallet", "contract"),
                name="collection_base_uri_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(
                condition=models.Q(("royalty__lte", 10000)), name="collection_royalty_basis_points"
            ),
        ),
    ]
