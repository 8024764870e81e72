"""Runs bucket servers on this machine, with S3 and Google's protocol, as context managers.

    with moto_s3(directory) as server:
        settings.STORAGES |= {"prod": storage_from_url(server.url("prod"), base_dir=directory)}

`directory` holds the server's log and, for rclone, its buckets. Start servers in the main thread.
"""

import itertools
import json
import os
import socket
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import boto3

from tests.services import Server

HERE = Path(__file__).parent
ACCESS_KEY, SECRET_KEY = "access-key", "secret/key+of=tests"
NUMBERS = itertools.count(1)


class BucketServer(Server):
    """A server process on a loopback port; `endpoint` is its address."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, name: str) -> str:
        """The URL of a new and empty bucket."""
        bucket = f"{name.replace('_', '-')}-{next(NUMBERS)}"
        self.make_bucket(bucket)
        return self.url_of(bucket, f"place of {name}")

    def make_bucket(self, bucket: str) -> None:
        raise NotImplementedError

    def url_of(self, bucket: str, prefix: str) -> str:
        raise NotImplementedError


class S3Server(BucketServer):
    def client(self):
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
        )

    def make_bucket(self, bucket: str) -> None:
        with closing(self.client()) as client:
            client.create_bucket(Bucket=bucket)

    def url_of(self, bucket: str, prefix: str, *, secret_key: str = SECRET_KEY) -> str:
        return (
            f"s3://{bucket}/{quote(prefix)}?endpoint_url={self.endpoint}&region_name=us-east-1"
            f"&access_key={ACCESS_KEY}&secret_key={quote(secret_key, safe='+')}"
        )


class Moto(S3Server):
    """S3 in memory; honours conditions and ranges, checks no signatures."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]


class Rclone(S3Server):
    """S3 over a folder; checks signatures, ignores conditions."""

    def command(self) -> list[str]:
        buckets = self.directory / "buckets"
        buckets.mkdir(exist_ok=True)
        program = Path(sys.executable).with_name("rclone")
        access = ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
        return [str(program), "serve", "s3", *access, "--config", os.devnull, str(buckets)]


class Emulator(BucketServer):
    """Google Cloud Storage in memory; checks no credentials."""

    def command(self) -> list[str]:
        return [sys.executable, str(HERE / "gcs_server.py"), str(self.port)]

    def make_bucket(self, bucket: str) -> None:
        body = json.dumps({"name": bucket}).encode()
        headers = {"Content-Type": "application/json"}
        url = f"{self.endpoint}/storage/v1/b?project=tests"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            answer.read()

    def url_of(self, bucket: str, prefix: str) -> str:
        return f"gs://{bucket}/{quote(prefix)}?endpoint={self.endpoint}"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def moto_s3(directory: Path) -> Iterator[Moto]:
    with _running(Moto(directory)) as server:
        yield server


@contextmanager
def rclone_s3(directory: Path) -> Iterator[Rclone]:
    with _running(Rclone(directory)) as server:
        yield server


@contextmanager
def gcs_emulator(directory: Path) -> Iterator[Emulator]:
    with _running(Emulator(directory)) as server:
        yield server


@contextmanager
def _running(server: BucketServer) -> Iterator[BucketServer]:
    server.start()
    try:
        yield server
    finally:
        server.kill()
