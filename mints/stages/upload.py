"""UPLOAD: the folder of pictures is stored where the settings say, after a look that each file is still what came in."""

from pathlib import Path

from chain import crash
from mints import staging
from mints.models import Asset, MintJob
from mints.progress import Progress
from mints.stages import Wait
from mints.stages.sending import send
from mints.uploaders.base import NeedsPerson


def run(job: MintJob) -> Wait | None:
    """Raises RetryLater, NeedsPerson, Interrupted."""
    assets = [asset for asset in job.collection.assets.defer("thumbnail") if not asset.is_elsewhere]
    if assets and not job.collection.images_cid:
        files = _hashed(job, assets)
        crash.point("images_hashed")
        send(job, "images", files, "images_cid")
    return None


def _hashed(job: MintJob, assets: list[Asset]) -> dict[str, Path]:
    """Each file by its name. Raises NeedsPerson for one that is gone, or is another."""
    progress = Progress(job, "Looking at the pictures")
    files = {}
    for done, asset in enumerate(assets):
        progress.tell(done, 2 * len(assets))  # the sending is the other half
        files[asset.name] = _checked(asset)
    return files


def _checked(asset: Asset) -> Path:
    path = staging.path(asset.collection_id, asset.sha256)
    try:
        with path.open("rb") as file:
            cid = str(staging.entry_of(file).cid)
    except FileNotFoundError as error:
        raise NeedsPerson(f"{asset.name} is not in UPLOADS_DIR: is that the folder of the web processes?") from error
    if cid != asset.cid:
        raise NeedsPerson(f"{asset.name} is not what came in: the disk of UPLOADS_DIR has changed it.")
    return path
