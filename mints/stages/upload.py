"""Pictures: from this installation's disk to IPFS, as one folder."""

from chain import crash
from mints import uploads
from mints.files import path_of
from mints.models import Collection
from mints.stages.work import Work
from mints.uploaders.base import Folder, NeedsPerson


def upload(work: Work) -> float | None:
    """Ends at once where the folder is up. Raises RetryLater, NeedsPerson, Stopped, OSError."""
    collection = work.job.collection
    assets = [asset for asset in collection.assets.all() if not asset.is_elsewhere]
    if collection.images_cid or not assets:
        return None
    paths = {asset.name: path_of(asset) for asset in assets}
    if lost := next((name for name, path in paths.items() if not path.is_file()), None):
        raise NeedsPerson(f"The picture {lost} is no longer in UPLOADS_DIR: is that one disk for all hosts?")
    said = f"Uploading {len(assets)} pictures"
    crash.point("uploading")
    pinned = uploads.uploader().upload(
        Folder(f"{collection.name}: pictures", paths), lambda s: work.share(s, len(assets), said)
    )
    crash.point("uploaded")
    # Guarded: a folder that items already speak of never changes.
    Collection.objects.filter(pk=collection.pk, images_cid="").update(images_cid=str(pinned.cid))
    work.warn(pinned.warned)
    crash.point("upload_noted")
    return None
