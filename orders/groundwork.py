"""What must stand on the chain before the orders of a group can go: one transaction each, which no order asked for."""

from django.db import models
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from chain.models import Transaction, Wallet


class Work(models.TextChoices):
    """BASE_URI    tells an ERC-721 or ERC-1155 contract the folder of its tokens' metadata.
    TREE           opens the Merkle tree of compressed NFTs.
    METADATA_COLLECTION, CORE_COLLECTION  make the NFT that compressed ones of V1 or V2 are filed under.
    """

    BASE_URI = "base_uri", "base URI"
    TREE = "tree", "Merkle tree"
    METADATA_COLLECTION = "metadata_collection", "collection (Token Metadata)"
    CORE_COLLECTION = "core_collection", "collection (Core)"


class Groundwork(models.Model):
    """One such piece of work. Planned by the group's kind, signed by the wallet's lane before the group's first order.

    While `transaction` is set and `done_at` is not, it is on its way; when that ends without success, `transaction` is taken
    away again (nothing was done), or the group is stopped and people look.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    group = models.UUIDField(help_text="The collection it is for.")
    work = models.CharField(max_length=20, choices=Work.choices)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="groundwork", help_text="Who pays for it.")
    spec = models.JSONField(
        help_text="What is wanted: an EVM call, a tree's depth, buffer and canopy, a collection's name and URI."
    )
    address = models.CharField(max_length=44, blank=True, help_text="The account that it opened, once it is signed.")
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="groundwork")
    leaves = models.PositiveBigIntegerField(default=0, help_text="Of a tree: how many of its leaves are noted here.")
    created = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="groundwork_once", fields=["group", "work"]),
            models.UniqueConstraint(name="groundwork_address_once", fields=["address"], condition=~models.Q(address="")),
            models.CheckConstraint(
                name="groundwork_done_by_a_transaction",
                condition=models.Q(done_at__isnull=True) | models.Q(transaction__isnull=False),
            ),
        ]
        indexes = [models.Index(name="groundwork_open", fields=["wallet"], condition=models.Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.get_work_display()} for {self.group}"
