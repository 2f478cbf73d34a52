"""How long the comparison of two buckets takes, beside `rclone check`: time, processor, memory, in one run.

Both read listings over HTTP from the same small server, which knows nothing but to list: moto answers 1,000 versions in
seconds, so with it as the server the benchmark would be one of moto. Both compare digests and sizes; ours also compares
version ids and delete markers. Run it as `python -m benchmarks.object_parity --rclone PATH`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Queue
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.environment import ROOT, environment

PAGE = 1000
NOBODY: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
MEMORY_AIM_BYTES = 200 << 20
DIFFERING = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What one comparison cost, and whether it found what there is."""

    what: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    right: bool


def main() -> int:
    """Measure and print; return 1 when an aim is missed or an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--rclone", type=Path)
    parser.add_argument("--compare", metavar="URL", help="compare the buckets of a server; the benchmark starts this")
    asked = parser.parse_args()
    if asked.compare:
        print(_compare(asked.compare))
        return 0
    print(environment(), flush=True)
    places: Queue[int] = Queue()
    server = Process(target=_serve, args=(asked.objects, places), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{places.get()}"
    ours = _measured("ours", [sys.executable, "-m", "benchmarks.object_parity", "--compare", url], {}, f"{DIFFERING}\n")
    print(ours, flush=True)
    told = [f"{'met' if ours.peak_bytes <= MEMORY_AIM_BYTES else 'missed'}: {ours.peak_bytes >> 20} MiB of 200"]
    if asked.rclone:
        peer = _measured("rclone", [str(asked.rclone), "check", "s:left", "s:right", "--fast-list"], _remote(url), "")
        print(peer, flush=True)
        told.append(
            f"{'met' if ours.seconds <= peer.seconds else 'missed'}: {ours.seconds / peer.seconds:.2f} of rclone"
        )
        told += [] if peer.right else ["missed: rclone did not find the differences"]
    told += [] if ours.right else ["missed: ours did not find the differences"]
    print(*told, sep="\n")
    server.terminate()
    return 0 if all(sentence.startswith("met") for sentence in told) else 1


def _compare(url: str) -> int:
    """Compare as a drill does, page by page; return how many versions differ."""
    import boto3  # noqa: PLC0415 - the measured process alone needs it

    from ziggie_harness.backends.emulated.version_listings import listed, read_quickly  # noqa: PLC0415 - the same
    from ziggie_harness.parity.objects import compare  # noqa: PLC0415 - the same

    ask = read_quickly(boto3.client("s3", endpoint_url=url, region_name="eu-north-1", **NOBODY)).list_object_versions
    found = compare(listed("left", ask), listed("right", ask))
    return found.only_left + found.only_right + found.different


def _remote(url: str) -> Mapping[str, str]:
    """Return rclone's settings."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "LIST_VERSION": "2",
        "ENDPOINT": url,
        "ACCESS_KEY_ID": "a",
        "SECRET_ACCESS_KEY": "b",
    }
    settings |= {"REGION": "eu-north-1", "FORCE_PATH_STYLE": "true"}
    return {f"RCLONE_CONFIG_S_{name}": value for name, value in settings.items()}


def _measured(what: str, command: Sequence[str], settings: Mapping[str, str], expected: str) -> Cost:
    """Run a comparison as a process and take its costs; rclone tells its findings on the error output."""
    # A bundle of certificates for AWS's clients is one that rclone refuses to load.
    clean = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
    started = time.monotonic()
    child = subprocess.Popen(  # noqa: S603 - our own words
        command, cwd=ROOT, env={**clean, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = child.stdout.read() if child.stdout else ""
    _, _, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    child.returncode = 0
    right = said == expected if expected else f"{DIFFERING} differences found" in said
    if not right:
        print(said[-2000:])
    peak = used.ru_maxrss * 1024
    return Cost(what, seconds, used.ru_utime + used.ru_stime, peak, right)


def _serve(objects: int, places: Queue[int]) -> None:
    """List two buckets that differ in a few digests."""
    keys = [f"uploads/{number:08d}" for number in range(objects)]
    step = objects // DIFFERING

    def entry(side: str, number: int, *, version: bool) -> str:
        """Write one object of a listing."""
        changed = side == "right" and number % step == 0
        etag = f"{number + (objects if changed else 0):032x}"
        common = (
            f"<Key>{keys[number]}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass>"
        )
        if version:
            return f"<Version>{common}<VersionId>v{number}</VersionId><IsLatest>true</IsLatest></Version>"
        return f"<Contents>{common}</Contents>"

    pages = {
        (side, version, start): "".join(
            entry(side, number, version=version) for number in range(start, min(start + PAGE, objects))
        )
        for side in ("left", "right")
        for version in (True, False)
        for start in range(0, objects, PAGE)
    }

    class Lister(BaseHTTPRequestHandler):
        """Answers listings, page by page."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer with a page."""
            url = urlsplit(self.path)
            asked = parse_qs(url.query, keep_blank_values=True)
            version = "versions" in asked
            token = asked.get("key-marker" if version else "continuation-token", ["0"])[0]
            start = int(token.rpartition("/")[2] or 0)
            after = start + PAGE
            more = after < objects
            kind = "ListVersionsResult" if version else "ListBucketResult"
            name = "NextKeyMarker" if version else "NextContinuationToken"
            rest = f"<{name}>{after}</{name}>" if more else ""
            rest += f"<NextVersionIdMarker>v{after}</NextVersionIdMarker>" if more and version else ""
            body = (
                f'<?xml version="1.0" encoding="UTF-8"?><{kind} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{rest}<MaxKeys>{PAGE}</MaxKeys>"
                f"{pages[url.path.strip('/').partition('/')[0], version, start]}</{kind}>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the standard library has it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Lister)
    places.put(server.server_address[1])
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
