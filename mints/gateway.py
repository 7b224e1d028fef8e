"""`/ipfs/CID/path`: what is in the store, for anybody. It is what tokens link to, so it was meant to be public.

Whoever uploads a picture must not be able to run code in this site's name. So the type is chosen by content from a short list,
browsers are forbidden to guess another one, and a sandbox takes away scripts, forms and the site's origin.
"""

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from mints import serving, uploads
from mints.ipfs import reading
from mints.ipfs.blocks import BlockError
from mints.ipfs.cid import Cid, CidError
from mints.ipfs.reading import File, NoSuchPath
from mints.ipfs.store import Store, StoreError
from mints.serving import Refused

log = logging.getLogger(__name__)

_HEADERS = {
    # The same bytes for ever: the address is made of them.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Markets and wallets read it from pages of their own.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@require_safe
def serve(request: HttpRequest, cid: str, path: str = "") -> HttpResponseBase:
    """The file or, as JSON, the names in a folder. 400: no CID, or not as it is written; 404: not here; 500: damaged."""
    try:
        return _found(request, uploads.store(), _root(cid), path)
    except CidError as error:
        return _refusal(400, str(error))
    except NoSuchPath as error:
        return _refusal(404, str(error))
    except Refused as refused:
        return _refusal(refused.status, str(refused), refused.headers)
    except (StoreError, BlockError) as error:
        log.exception("the store is damaged")
        return _refusal(500, str(error))


def _root(text: str) -> Cid:
    """Raises CidError, also for a CID that is written in a way which is not its usual one."""
    root = Cid.parse(text)
    if str(root) != text:
        raise CidError(f"That CID is written {root}.")
    return root


def _found(request: HttpRequest, store: Store, root: Cid, path: str) -> HttpResponseBase:
    if not store.has(root):
        raise NoSuchPath(f"{root} is not here.")
    inside = path.removesuffix("/")
    cid = reading.resolve(store, root, inside.split("/") if inside else [])
    etag = f'"{cid}"'
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag)  # 304 or 412; None where it is to be read
    if reading.is_folder(store, cid):
        answer = answer or _listing(store, cid)
    elif path.endswith("/"):
        raise NoSuchPath(f"{cid} is a file and no folder.")
    else:
        answer = answer or serving.answer(request, File.open(store, cid), etag)
    for name, value in {**_HEADERS, "ETag": etag}.items():
        answer.headers[name] = value
    return answer


def _listing(store: Store, folder: Cid) -> HttpResponse:
    entries = [{"name": link.name, "cid": str(link.cid), "size": link.size} for link in reading.entries(store, folder)]
    return JsonResponse({"cid": str(folder), "entries": entries})


def _refusal(status: int, words: str, headers: dict[str, str] | None = None) -> HttpResponse:
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain; charset=utf-8", headers=kept)


urlpatterns = [
    path("<str:cid>", serve, name="ipfs"),
    path("<str:cid>/", serve, name="ipfs-folder"),
    path("<str:cid>/<path:path>", serve, name="ipfs-path"),
]
