"""Adds `ifGenerationMatch=0` (412) and threads to gcp-storage-emulator.

Run as a program with a port. One lock around every request makes the condition atomic.
Download links are quoted as the real service quotes them.
"""

import io
import json
import re
import sys
from functools import partial
from http.server import ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

ONE_AT_A_TIME = Lock()
plain_link = objects._make_object_resource


class Handler(RequestHandler):
    def do_GET(self) -> None:
        with ONE_AT_A_TIME:
            super().do_GET()

    def do_DELETE(self) -> None:
        with ONE_AT_A_TIME:
            super().do_DELETE()

    def do_PUT(self) -> None:
        with ONE_AT_A_TIME:
            super().do_PUT()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.rfile = io.BytesIO(body)
        query = parse_qs(urlsplit(self.path).query)
        with ONE_AT_A_TIME:
            if query.get("ifGenerationMatch") == ["0"] and self._exists(body):
                self.send_error(412, "conditionNotMet")
            else:
                super().do_POST()

    def _exists(self, body: bytes) -> bool:
        bucket = re.search(r"/b/([^/]+)/o", self.path)[1]
        name = json.loads(re.search(rb"\{.*?\}\r?\n", body + b"\n", re.DOTALL)[0])["name"]
        try:
            self.storage.get_file_obj(bucket, name)
        except NotFound:
            return False
        return True


def quoted_link(base_url: str, bucket: str, name: str, *rest: Any, **more: Any) -> dict[str, Any]:
    made = plain_link(base_url, bucket, name, *rest, **more)
    made["mediaLink"] = made["mediaLink"].replace(f"/o/{name}?", f"/o/{quote(name, safe='')}?")
    return made


class Server(ThreadingHTTPServer):
    request_queue_size = 128


if __name__ == "__main__":
    objects._make_object_resource = quoted_link
    storage = Storage(use_memory_fs=True)
    Server(("127.0.0.1", int(sys.argv[1])), partial(Handler, storage)).serve_forever()
