"""Files in forms: no page takes any. The one address that does, `POST /api/v1/collections`, reads its form by itself."""

from django.core.files.uploadhandler import FileUploadHandler


class NoFiles(FileUploadHandler):
    """Lets the bytes go by, so that nobody fills a disk or the memory through a form."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing is kept."""

    def file_complete(self, file_size: int) -> None:
        """Nothing was kept."""
