"""HTTP/1.1 over one kept connection: a request at a time, and what was answered, if anything was."""

import asyncio
import functools
import json

ANSWER_MAX_S = 60


class Answer:
    def __init__(self, status, replayed, body, edition=None):
        self.status, self.replayed, self.body = status, replayed, body
        self.edition = edition  # its ETag

    @property
    def done(self):
        return self.status < 300

    @property
    def uncertain(self):
        """Nobody knows what became of it; to be asked again."""
        return self.status >= 500

    @functools.cached_property
    def content(self):
        return json.loads(self.body)

    @property
    def code(self):
        return "done" if self.done else self.content["code"]


class Connection:
    """Opened when it is first needed, and anew after it broke."""

    def __init__(self, port, answer_max_s=ANSWER_MAX_S):
        self.port, self.answer_max_s = port, answer_max_s
        self.reader = self.writer = None

    async def open(self):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, method, path, token=None, body=None, key=None, edition=None):
        """The answer; None when the connection broke after the request was sent, or before it was."""
        try:
            await self.open()
            self.writer.write(request(method, path, token, body, key, edition))
            return await asyncio.wait_for(self.read(), self.answer_max_s)
        except (OSError, EOFError, TimeoutError):
            self.close()
            return None

    async def read(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        edition = value_in(head, "etag")
        head = head.lower()
        status, replayed = int(head[9:12]), "\r\nidempotency-replayed: true\r\n" in head
        if "\r\ntransfer-encoding: chunked\r\n" in head:
            return answer_by_lines(status, replayed, await self.read_chunks())
        length = int(value_in(head, "content-length") or 0)  # of 204 there is none
        return Answer(status, replayed, (await self.reader.readexactly(length)).decode(), edition)

    async def read_chunks(self):
        content = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            content += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return content.decode()

    def hang_up(self):
        """Whoever waits for an answer gets none; the request was sent."""
        if self.writer is not None:
            self.writer.transport.abort()

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def value_in(head, name):
    for line in head.split("\r\n"):
        if line.lower().startswith(name + ":"):
            return line.partition(":")[2].strip()
    return None


def answer_by_lines(status, replayed, text):
    """The lines as one list. Without a summary at its end the rest could not be decided."""
    lines = text.splitlines()
    whole = bool(lines) and '"summary"' in lines[-1]
    return Answer(status if whole else 503, replayed, f"[{','.join(lines)}]")


def request(method, path, token, body, key, edition):
    """A body that is a list goes as JSON lines."""
    content, kind = b"", None
    if isinstance(body, list):
        content, kind = "".join(json.dumps(line) + "\n" for line in body).encode(), "application/x-ndjson"
    elif body is not None:
        content, kind = json.dumps(body).encode(), "application/json"
    lines = [f"{method} /api/v1/{path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if edition:
        lines.append(f"If-Match: {edition}")
    return "\r\n".join([*lines, "", ""]).encode() + content
