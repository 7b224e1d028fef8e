"""What an installation may be told about where files go, and what it refuses to start with."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import environ
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from environ.fileaware_mapping import FileAwareMapping

from config import ipfs
from config.ipfs import Ipfs
from mints import uploads
from mints.uploaders.embedded import Embedded
from mints.uploaders.kinds import Kind
from mints.uploaders.kubo import Kubo
from mints.uploaders.pinata import Pinata
from mints.uploaders.pinning import Doubled
from mints.uploaders.web import Service

SECRET = "eyJhbGciOi.very.secret"


def read(tmp_path: Path, given: Mapping[str, str], *, uploading: bool = True) -> Ipfs:
    env = environ.FileAwareEnv()
    env.ENVIRON = FileAwareMapping(env=dict(given))
    return ipfs.read(env, tmp_path, tmp_path / "var", uploads=uploading)


def test_without_a_word_files_stay_here(tmp_path: Path) -> None:
    found = read(tmp_path, {})
    assert (found.kind, found.store, found.gateway) == (Kind.EMBEDDED, tmp_path / "var" / "ipfs", "")


def test_a_token_comes_out_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "jwt").write_text(f"{SECRET}\n")
    assert read(tmp_path, {"IPFS_UPLOADER": "pinata", "IPFS_TOKEN_FILE": str(tmp_path / "jwt")}).token == SECRET


@pytest.mark.parametrize("url", ["https://ipfs.io", "https://ipfs.io/", "https://ipfs.io/ipfs", "https://ipfs.io/ipfs/"])
def test_a_gateway_is_the_same_however_it_is_written(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, {"IPFS_GATEWAY_URL": url}).gateway == "https://ipfs.io"


PINS = {"IPFS_PIN_URL": "https://pins.example/psa", "IPFS_PIN_TOKEN": SECRET}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"IPFS_UPLOADER": "dropbox"}, "must be one of embedded, kubo, pinata, and not 'dropbox'"),
        ({"IPFS_UPLOADER": "pinata"}, "needs IPFS_TOKEN"),
        ({"IPFS_TOKEN": SECRET}, "embedded asks nobody"),
        ({"IPFS_API_URL": "http://ipfs:5001"}, "embedded asks nobody"),
        (PINS, "nobody could fetch"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_PIN_URL": "https://pins.example"}, "needs IPFS_PIN_TOKEN"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_PIN_TOKEN": SECRET}, "needs IPFS_PIN_URL"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_API_URL": "ipfs:5001"}, "IPFS_API_URL: A URL begins with"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_API_URL": f"http://user:{SECRET}@ipfs:50010000"}, "IPFS_API_URL: That is not a URL"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_API_URL": "http://169.254.169.254"}, "is a metadata service"),
        ({"IPFS_UPLOADER": "kubo", "IPFS_API_URL": f"http://ipfs:5001/?key={SECRET}"}, "has no \\? and no #"),
        ({"IPFS_UPLOADER": "pinata", "IPFS_TOKEN": f"{SECRET}\r\nX-Other: 1"}, "IPFS_TOKEN has blanks"),
        ({"IPFS_UPLOADER": "pinata", "IPFS_TOKEN": "jété"}, "IPFS_TOKEN has blanks or letters"),
        ({"IPFS_GATEWAY_URL": "javascript:alert(1)"}, "IPFS_GATEWAY_URL: A URL begins with"),
        ({"IPFS_STORE_DIR": __file__}, "is a file and no folder"),
    ],
)
def test_nonsense_stops_the_start_in_one_line_without_a_secret(tmp_path: Path, given: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words) as caught:
        read(tmp_path, given)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_process_that_does_not_upload_is_started_without_tokens(tmp_path: Path) -> None:
    given = {"IPFS_UPLOADER": "pinata", "IPFS_PIN_URL": "https://pins.example"}
    assert read(tmp_path, given, uploading=False).token == ""


def test_no_secret_is_in_the_repr(tmp_path: Path) -> None:
    given = {**PINS, "IPFS_UPLOADER": "kubo", "IPFS_API_URL": f"https://user:{SECRET}@ipfs", "IPFS_TOKEN": SECRET}
    assert SECRET not in repr(read(tmp_path, given))


# -- the uploader that they mean ---------------------------------------------------------------------------------------------


def configured(tmp_path: Path, given: Mapping[str, str]) -> object:
    with override_settings(IPFS=read(tmp_path, given)):
        return uploads.uploader()


def test_each_kind_is_made_with_its_address_and_token(tmp_path: Path) -> None:
    assert isinstance(configured(tmp_path, {}), Embedded)
    kubo = configured(tmp_path, {"IPFS_UPLOADER": "kubo"})
    assert isinstance(kubo, Kubo)
    assert (kubo.service.target.url, kubo.service.token) == ("http://127.0.0.1:5001", "")
    pinata = configured(tmp_path, {"IPFS_UPLOADER": "pinata", "IPFS_TOKEN": SECRET})
    assert isinstance(pinata, Pinata)
    assert (pinata.service.target.url, pinata.service.token) == ("https://api.pinata.cloud", SECRET)


def test_a_second_pin_is_made_where_one_is_named(tmp_path: Path) -> None:
    both = configured(tmp_path, {**PINS, "IPFS_UPLOADER": "kubo", "IPFS_API_URL": "http://ipfs:5001/"})
    assert isinstance(both, Doubled)
    assert isinstance(both.first, Kubo)
    assert both.first.service.target.url == "http://ipfs:5001"
    assert service_of(both) == ("https://pins.example/psa", SECRET)


def service_of(both: Doubled) -> tuple[str, str]:
    service: Service = both.second.service
    return service.target.url, service.token


def test_links_lead_to_the_gateway_or_to_us() -> None:
    assert uploads.link("bafy", "a b/1.png") == "/ipfs/bafy/a%20b/1.png"
    with override_settings(IPFS=replace(settings.IPFS, gateway="https://ipfs.io")):
        assert uploads.link("bafy") == "https://ipfs.io/ipfs/bafy"
