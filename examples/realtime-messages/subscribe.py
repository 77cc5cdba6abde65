"""Prepares a Posthorn server for the chat: an application, an event type, and our URL as an endpoint in two rooms.

POSTHORN_URL=… POSTHORN_TOKEN=… python subscribe.py http://127.0.0.1:5000/webhooks/message kitchen garden

Prints the secret that app.py needs. Whoever runs it again gets the same one.
"""

import os
import sys

from svix.api import ApplicationIn, EndpointIn, EventTypeIn, Svix, SvixOptions
from svix.exceptions import HttpError

try:
    posthorn = Svix(os.environ["POSTHORN_TOKEN"], SvixOptions(server_url=os.environ["POSTHORN_URL"]))
    _, url, *rooms = sys.argv
except (KeyError, ValueError):
    sys.exit(__doc__)

posthorn.application.get_or_create(ApplicationIn(name="Chat", uid="chat"))
for create in (
    lambda: posthorn.event_type.create(EventTypeIn(name="chat.message", description="Someone said something")),
    # An endpoint with channels gets only what is published to one of them.
    lambda: posthorn.endpoint.create(
        "chat", EndpointIn(uid="page", url=url, event_types=["chat.message"], channels=rooms or None)
    ),
):
    try:
        create()
    except HttpError as error:
        # It is there already.
        if error.status_code != 409:
            raise
print(f"WEBHOOK_SECRET={posthorn.endpoint.get_secret('chat', 'page').key}")
