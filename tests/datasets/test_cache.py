"""The cache under faults, against a local server: one clear error, nothing half written."""

import contextlib
import errno
import gzip
import hashlib
import io
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch.downloaders
import pytest
import requests

from companion.datasets import DatasetError, cache

CONTENT = bytes(range(256)) * 1024  # 256 KiB, several chunks of the downloader
WRONG = CONTENT[::-1]
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = cache.RemoteFile("images.gz", SHA256, len(CONTENT))


class Handler(BaseHTTPRequestHandler):
    """Answers by the first part of the path: /good/images.gz, /404/images.gz, ..."""

    def do_GET(self):
        kind = self.path.split("/")[1]
        self.server.requested.append(kind)
        self.server.encodings.append(self.headers.get("Accept-Encoding"))
        if kind.isdigit():
            self.send_error(int(kind))
            return
        body = {"wrong": WRONG, "truncated": CONTENT[:100_000]}.get(kind, CONTENT)
        self.send_response(200)
        if kind == "zipping" and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if kind != "endless":  # without a length, the end of the body shows nothing
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind in ("interrupted", "endless"):
            self.wfile.write(body[:100_000])
        elif kind == "slow":
            self.send_slowly(body)
        else:
            self.wfile.write(body)

    def send_slowly(self, body):
        self.wfile.write(body[:100_000])
        self.wfile.flush()
        self.server.go_on.wait(timeout=20)
        self.wfile.write(body[100_000:])

    def handle(self):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requested, server.encodings, server.go_on = [], [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mirror(server):
    return lambda kind: f"http://127.0.0.1:{server.server_port}/{kind}/"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty cache; the folder of the data set in it does not exist yet."""
    monkeypatch.setenv("COMPANION_DATA", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "mnist"


def fetch(*mirrors):
    (path,) = cache.fetch("mnist", cache.Collection(mirrors, (FILE,), "digits"))
    return path


def assert_next_call_works(folder, good_mirror):
    """Nothing is left of the failed call, and a healthy server heals the cache."""
    assert not folder.exists() or list(folder.iterdir()) == []
    assert fetch(good_mirror).read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["images.gz"]


def test_download_verified_then_never_again(folder, mirror, server):
    assert fetch(mirror("good")) == folder / "images.gz"
    assert (folder / "images.gz").read_bytes() == CONTENT
    fetch(mirror("good"))
    assert server.requested == ["good"]


def test_downloaded_file_has_the_permissions_of_any_new_file(folder, mirror):
    path = fetch(mirror("good"))
    other = folder / "other"
    other.touch()
    assert path.stat().st_mode == other.stat().st_mode


def test_a_server_is_asked_for_the_file_as_it_is(mirror, server):
    # One that compresses on the way breaks what counts bytes: progress and interruptions.
    assert fetch(mirror("zipping")).read_bytes() == CONTENT
    assert server.encodings == ["identity"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("404", "HTTP 404 Not Found"),
        ("500", "HTTP 500 Internal Server Error"),
        ("interrupted", f"interrupted after .* of {len(CONTENT)} bytes"),
        ("truncated", f"expected SHA-256 {SHA256}, found .* .100000 bytes; the file has"),
        ("endless", f"expected SHA-256 {SHA256}, found .* .100000 bytes; the file has"),
        ("wrong", f"{SHA256}, found {hashlib.sha256(WRONG).hexdigest()}"),
    ],
)
def test_bad_answers_are_one_clear_error(folder, mirror, kind, reason):
    with pytest.raises(DatasetError, match=reason) as caught:
        fetch(mirror(kind))
    message = str(caught.value)
    assert message.startswith("mnist: cannot load images.gz")
    assert mirror(kind) + "images.gz" in message
    assert f"put the original file in {folder} by hand" in message
    assert "load('digits') needs no download" in message
    assert_next_call_works(folder, mirror("good"))


def test_a_refused_connection_says_so(folder, mirror):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DatasetError, match="no connection"):
        fetch(f"http://127.0.0.1:{port}/")
    assert_next_call_works(folder, mirror("good"))


def test_no_network_says_so(folder, mirror, monkeypatch):
    def no_name_server(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with monkeypatch.context() as offline:
        offline.setattr(socket, "getaddrinfo", no_name_server)
        with pytest.raises(DatasetError, match="no connection"):
            fetch("http://example.invalid/")
    assert_next_call_works(folder, mirror("good"))


def test_a_silent_server_is_given_up(folder, mirror, monkeypatch, server):
    monkeypatch.setattr(cache, "TIMEOUT_S", 0.2)
    with pytest.raises(DatasetError, match="interrupted after .* bytes"):
        fetch(mirror("slow"))
    server.go_on.set()
    assert_next_call_works(folder, mirror("good"))


@pytest.mark.parametrize("kind", ["404", "500", "interrupted", "truncated", "wrong"])
def test_the_second_mirror_is_used_when_the_first_fails(mirror, server, kind):
    assert fetch(mirror(kind), mirror("good")).read_bytes() == CONTENT
    assert server.requested == [kind, "good"]


def test_every_failing_mirror_is_named(mirror):
    with pytest.raises(DatasetError) as caught:
        fetch(mirror("404"), mirror("wrong"))
    assert mirror("404") in str(caught.value)
    assert mirror("wrong") in str(caught.value)


def test_a_file_where_the_folder_should_be(folder, mirror):
    folder.write_text("in the way")
    with pytest.raises(
        DatasetError, match="cache cannot be used: .*COMPANION_DATA"
    ) as caught:
        fetch(mirror("good"))
    assert str(folder) in str(caught.value)
    assert "load('digits') needs no download" in str(caught.value)
    folder.unlink()
    assert_next_call_works(folder, mirror("good"))


def test_a_file_where_the_cache_should_be(folder, mirror, monkeypatch):
    blocked = folder.parent / "blocked"
    blocked.touch()
    monkeypatch.setenv("COMPANION_DATA", str(blocked))
    with pytest.raises(DatasetError, match="cache cannot be used: .*COMPANION_DATA"):
        fetch(mirror("good"))
    monkeypatch.setenv("COMPANION_DATA", str(folder.parent))
    assert_next_call_works(folder, mirror("good"))


class FullDisk(io.FileIO):
    """A file on a disk that is full after the first 100,000 bytes."""

    code = errno.ENOSPC

    def write(self, data):
        if self.tell() + len(data) > 100_000:
            super().write(data[: 100_000 - self.tell()])
            raise OSError(self.code, os.strerror(self.code), self.name)
        return super().write(data)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_or_quota(folder, mirror, server, monkeypatch, code):
    with monkeypatch.context() as full:
        full.setattr(FullDisk, "code", code)
        full.setattr(pooch.downloaders, "open", FullDisk, raising=False)
        with pytest.raises(
            DatasetError, match=f"disk is full: {len(CONTENT)} bytes"
        ) as caught:
            fetch(mirror("good"), mirror("good"))
    assert server.requested == ["good"]  # another mirror would not help
    assert "COMPANION_DATA" in str(caught.value)
    assert "load('digits') needs no download" in str(caught.value)
    assert_next_call_works(folder, mirror("good"))


def test_a_broken_file_in_the_cache_is_replaced(folder, mirror):
    folder.mkdir()
    (folder / "images.gz").write_bytes(WRONG)
    assert fetch(mirror("good")).read_bytes() == CONTENT


def test_a_broken_file_in_the_cache_is_never_used(folder, mirror):
    folder.mkdir()
    (folder / "images.gz").write_bytes(CONTENT[:1000])
    found = hashlib.sha256(CONTENT[:1000]).hexdigest()
    with pytest.raises(DatasetError, match="broken and has been removed") as caught:
        fetch(mirror("404"))
    assert f"expected SHA-256 {SHA256}, found {found}" in str(caught.value)
    assert_next_call_works(folder, mirror("good"))


def test_a_broken_file_is_removed_when_the_disk_is_full(folder, mirror, monkeypatch):
    folder.mkdir()
    (folder / "images.gz").write_bytes(WRONG)
    with monkeypatch.context() as full:
        full.setattr(pooch.downloaders, "open", FullDisk, raising=False)
        with pytest.raises(DatasetError, match="broken and has been removed"):
            fetch(mirror("good"))
    assert_next_call_works(folder, mirror("good"))


def test_a_cache_that_can_only_be_read_is_enough(folder, monkeypatch):
    folder.mkdir()
    (folder / "images.gz").write_bytes(CONTENT)

    def refuse(*args, **kwargs):
        raise AssertionError("the cache was written to")

    for owner, name in [(Path, "mkdir"), (Path, "unlink"), (os, "replace")]:
        monkeypatch.setattr(owner, name, refuse)
    assert fetch("http://127.0.0.1:9/") == folder / "images.gz"


@pytest.mark.parametrize("kind", ["404", "wrong", "interrupted"])
def test_a_failed_download_closes_its_connection(mirror, monkeypatch, kind):
    closed, close = [], requests.Response.close

    def record(response):
        closed.append(response.url)
        close(response)

    monkeypatch.setattr(requests.Response, "close", record)
    with pytest.raises(DatasetError):
        fetch(mirror(kind))
    assert mirror(kind) + "images.gz" in closed


def test_ctrl_c_leaves_nothing(folder, mirror, monkeypatch):
    class Impatient(cache.tqdm):
        def update(self, n=1):
            raise KeyboardInterrupt

    with monkeypatch.context() as impatient:
        impatient.setattr(cache, "tqdm", Impatient)
        with pytest.raises(KeyboardInterrupt):
            fetch(mirror("good"))
    assert_next_call_works(folder, mirror("good"))


def test_the_progress_bar_shows_the_file_and_its_size(mirror, capsys, monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "0")
    bars = []

    class Recorded(cache.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, disable=False, **kwargs)
            bars.append(self)

    monkeypatch.setattr(cache, "tqdm", Recorded)
    fetch(mirror("good"))
    assert (bars[0].n, bars[0].total) == (len(CONTENT), len(CONTENT))
    assert "images.gz: 100%" in capsys.readouterr().err


def test_a_file_that_another_process_reads_cannot_be_replaced_on_windows(
    folder, mirror, monkeypatch
):
    def refuse(part, path):
        Path(path).write_bytes(CONTENT)  # the other process was first
        raise PermissionError(errno.EACCES, "in use", str(path))

    monkeypatch.setattr(os, "replace", refuse)
    assert fetch(mirror("good")).read_bytes() == CONTENT
    assert [path.name for path in folder.iterdir()] == ["images.gz"]


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_variable_the_cache_is_the_platform_s(monkeypatch, value):
    monkeypatch.delenv("COMPANION_DATA")
    if value is not None:
        monkeypatch.setenv("COMPANION_DATA", value)
    assert cache.cache_folder() == Path(pooch.os_cache("companion"))


# Real processes: two at once, and one that is killed in the middle.

SCRIPT = textwrap.dedent("""
    import sys
    from companion.datasets import cache
    name, sha256, n_bytes, mirror = sys.argv[1:]
    file = cache.RemoteFile(name, sha256, int(n_bytes))
    (path,) = cache.fetch("mnist", cache.Collection((mirror,), (file,), "digits"))
    print(len(path.read_bytes()))
""")


def start(address):
    arguments = [FILE.name, FILE.sha256, str(FILE.n_bytes), address]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE, text=True
    )


def wait_for_parts(folder, n):
    deadline = time.monotonic() + 20
    while len([p for p in folder.glob(".*.part") if p.stat().st_size > 0]) < n:
        assert time.monotonic() < deadline, "the processes did not start to download"
        time.sleep(0.02)


def test_two_processes_at_once_both_get_the_data(folder, mirror, server):
    processes = [start(mirror("slow")) for _ in range(2)]
    wait_for_parts(folder, 2)  # both are in the middle of the download
    assert not (folder / "images.gz").exists()
    server.go_on.set()
    outputs = [process.communicate(timeout=30)[0] for process in processes]
    assert outputs == [f"{len(CONTENT)}\n"] * 2
    assert [path.name for path in folder.iterdir()] == ["images.gz"]


def test_a_killed_process_leaves_nothing_that_is_used(folder, mirror, server):
    process = start(mirror("slow"))
    wait_for_parts(folder, 1)
    process.kill()
    process.communicate(timeout=30)
    (part,) = folder.iterdir()  # nobody could clean up, but it has no real name
    assert part.suffix == ".part"
    assert fetch(mirror("good")).read_bytes() == CONTENT


def test_what_a_killed_process_left_is_removed_after_a_day(folder, mirror):
    folder.mkdir()
    old, young = folder / ".images.gz.1.part", folder / ".images.gz.2.part"
    for part, age_s in [(old, 25 * 3600), (young, 60)]:
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age_s,) * 2)
    fetch(mirror("good"))
    assert not old.exists()
    assert young.exists()  # its process may still be at work
