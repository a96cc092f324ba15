"""Downloads from a real server on loopback that cuts, lies and changes its mind."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools import download
from tools.console import Problem

CONTENT = bytes(range(256)) * 4096  # 1 MB


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        peer = self.server
        start = 0
        if wanted := re.match(r"bytes=(\d+)-", self.headers.get("Range", "")):
            peer.ranges.append(int(wanted[1]))
            start = int(wanted[1]) if peer.resumes else 0
        if self.path != "/file":
            return self.send_error(404)
        if start > len(CONTENT):
            return self.send_error(416)
        rest = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if peer.cuts:
            rest = rest[: peer.cuts.pop(0)]
        self.wfile.write(rest)
        return None

    def log_message(self, *_args):
        pass


@pytest.fixture
def peer():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.cuts, server.ranges, server.resumes = [], [], True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}/file"
    yield server
    server.shutdown()
    server.server_close()


def test_a_cut_download_goes_on_where_it_was(peer, tmp_path):
    peer.cuts = [300_000, 200_000]
    target = download.fetch(peer.url, tmp_path / "file")
    assert target.read_bytes() == CONTENT
    assert peer.ranges == [300_000, 500_000]
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_download_goes_on_after_a_restart(peer, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    assert download.fetch(peer.url, tmp_path / "file").read_bytes() == CONTENT
    assert peer.ranges == [1000]


def test_a_peer_that_cannot_resume_sends_it_all_again(peer, tmp_path):
    peer.resumes, peer.cuts = False, [300_000]
    assert download.fetch(peer.url, tmp_path / "file").read_bytes() == CONTENT


def test_a_file_that_shrank_is_begun_anew(peer, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT + b"more")
    assert download.fetch(peer.url, tmp_path / "file").read_bytes() == CONTENT


def test_a_file_cut_for_ever_never_appears(peer, tmp_path):
    peer.cuts = [10] * 20
    with pytest.raises(Problem, match="cut again and again"):
        download.fetch(peer.url, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_what_is_not_there_is_told(peer, tmp_path):
    with pytest.raises(Problem, match="404"):
        download.fetch(peer.url + "/no", tmp_path / "file")


def test_an_unreachable_peer_is_told_at_once(tmp_path):
    with pytest.raises(Problem, match="could not be downloaded"):
        download.fetch("http://127.0.0.1:9/file", tmp_path / "file", timeout=2)
