"""Receives the messages of a chat as webhooks and shows them in the browser, the moment they arrive.

WEBHOOK_SECRET=whsec_… PORT=5000 python app.py
"""

import json
import logging
import os
import re
import signal
import sqlite3
import sys
import threading

from flask import Flask, Response, request
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError
from werkzeug.serving import make_server

from messages import Messages
from verify import is_authentic

MAX_BODY_BYTES = 64 * 1024
# A comment so often shows a stream whose page has gone, and keeps proxies from ending a quiet one.
HEARTBEAT_SECONDS = 15
FIELDS = {"room": str, "author": str, "text": str, "sentAt": str, "seq": int}


def create_app(webhook, messages):
    # The page's files are at /page/…
    app = Flask(__name__, static_folder="page")
    # Flask answers 413 to a longer body, and reads no more of it.
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.post("/webhooks/message")
    def receive():
        body = request.get_data()
        if not is_authentic(webhook, body, request.headers):
            print("refused    a request without a valid signature", flush=True)
            return "the signature is missing or wrong\n", 401
        webhook_id = request.headers["webhook-id"]
        event = parse(body)
        if event is None:
            print(f"refused    {webhook_id}  it is no chat message", flush=True)
            return "this is no chat message\n", 400
        try:
            is_new = messages.add(webhook_id, json.dumps(event))
        except sqlite3.Error as error:
            print(f"postponed  {webhook_id}  {error}", flush=True)
            return "it could not be stored\n", 503, {"Retry-After": "5"}
        print(f"{'received' if is_new else 'duplicate':9}  {webhook_id}  {event['room']!a}", flush=True)
        return "", 204

    @app.get("/events")
    def events():
        last = request.headers.get("Last-Event-ID", "")
        position = int(last) if re.fullmatch("[0-9]{1,18}", last) else messages.newest()
        print(f"watched    from {position}", flush=True)
        return Response(stream(messages, position), mimetype="text/event-stream", headers={"Cache-Control": "no-store"})

    @app.get("/")
    def page():
        return app.send_static_file("index.html")

    @app.after_request
    def protect(response):
        # Were a message ever taken for markup, the browser would still run none of it.
        response.headers["Content-Security-Policy"] = "default-src 'self'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def parse(body):
    """The fields of a chat message; None where one is missing or of another kind."""
    try:
        event = json.loads(body)
    # RecursionError: brackets within brackets, thousands deep.
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or not all(type(event.get(name)) is kind for name, kind in FIELDS.items()):
        return None
    return {name: event[name] for name in FIELDS}


def stream(messages, position):
    """Server-sent events. Their ids are positions: a page that comes again says the last that it saw."""
    # Milliseconds after which a page that lost the stream asks again.
    yield "retry: 500\n\n"
    while (rows := messages.after(position, HEARTBEAT_SECONDS)) is not None:
        for position, event in rows:
            yield f"id: {position}\ndata: {event}\n\n"
        if not rows:
            yield ": still here\n\n"


def main():
    missing = [name for name in ("WEBHOOK_SECRET", "PORT") if not os.environ.get(name)]
    if missing:
        sys.exit(f"missing in the environment: {', '.join(missing)} (README.md says what they are)")
    port = os.environ["PORT"]
    if not port.isdecimal() or int(port) > 65535:
        sys.exit(f"PORT must be a number up to 65535, not {port!r}")
    try:
        webhook = Webhook(os.environ["WEBHOOK_SECRET"])
    except (ValueError, EmptyWebhookSecretError):
        sys.exit("WEBHOOK_SECRET is no secret of Standard Webhooks: whsec_ and base64")
    # It would log every request beside our own lines.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    messages = Messages(os.environ.get("DATABASE", "messages.db"))
    server = make_server("127.0.0.1", int(port), create_app(webhook, messages), threaded=True)

    def stop(*_):
        messages.close()
        # It waits for the loop that this handler interrupts.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    # A request that this cuts off was not answered, so that its sender repeats it.
    server.serve_forever()
    print("stopped", flush=True)


if __name__ == "__main__":
    main()
