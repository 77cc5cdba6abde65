"""Publishes what people say: one line each of standard input, `room author: text`.

echo 'kitchen Ada: the kettle is on' | POSTHORN_URL=… POSTHORN_TOKEN=… python send.py
"""

import os
import sys
from datetime import datetime, timezone

from svix.api import MessageIn, Svix, SvixOptions

try:
    posthorn = Svix(os.environ["POSTHORN_TOKEN"], SvixOptions(server_url=os.environ["POSTHORN_URL"]))
except KeyError:
    sys.exit(__doc__)

sys.stdin.reconfigure(encoding="utf-8")
for seq, line in enumerate(sys.stdin, start=1):
    head, colon, text = line.rstrip("\n").partition(": ")
    room, _, author = head.partition(" ")
    if not (colon and author):
        sys.exit(f"line {seq} is not `room author: text`: {line!r}")
    payload = {
        "room": room,
        "author": author,
        "text": text,
        "sentAt": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        # Tells the order of lines that share a millisecond.
        "seq": seq,
    }
    # The room is a channel: only endpoints that listen to it get the message.
    message = posthorn.message.create("chat", MessageIn(event_type="chat.message", channels=[room], payload=payload))
    print(f"published  {message.id}  {room}", flush=True)
