"""HTTP/1.1 over one kept connection: a request at a time, and what was answered, if anything was."""

import asyncio
import json

ANSWER_MAX_S = 60


class Answer:
    def __init__(self, status, replayed, body):
        self.status, self.replayed, self.body = status, replayed, body

    @property
    def done(self):
        return self.status < 300

    @property
    def uncertain(self):
        """Nobody knows what became of it; to be asked again."""
        return self.status >= 500

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return "done" if self.done else self.json()["code"]


class Connection:
    """Opened when it is first needed, and anew after it broke."""

    def __init__(self, port):
        self.port = port
        self.reader = self.writer = None

    async def ask(self, method, path, token=None, body=None, key=None):
        """The answer; None when the connection broke after the request was sent, or before it was."""
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            self.writer.write(request(method, path, token, body, key))
            return await asyncio.wait_for(self.read(), ANSWER_MAX_S)
        except (OSError, EOFError, TimeoutError):
            self.close()
            return None

    async def read(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("\r\ncontent-length:", 1)[1].split("\r\n", 1)[0])
        body = await self.reader.readexactly(length)
        return Answer(int(head[9:12]), "\r\nidempotency-replayed: true\r\n" in head, body.decode())

    def close(self):
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def request(method, path, token, body, key):
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} /api/v1/{path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(content)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + content
