"""What a customer of the API does with the official Python client, from the first application to the last deletion.

Reads POSTHORN_URL and POSTHORN_TOKEN, asserts as it goes, and prints as one line of JSON what it made, for the test to
hold against the server.
"""

import json
import os
import queue
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import standardwebhooks
from svix.api import (
    AppPortalAccessIn,
    ApplicationIn,
    ApplicationPatch,
    EndpointGetStatsOptions,
    EndpointHeadersIn,
    EndpointIn,
    EndpointPatch,
    EndpointSecretRotateIn,
    EventTypeIn,
    MessageAttemptListByEndpointOptions,
    MessageAttemptListByMsgOptions,
    MessageCreateOptions,
    MessageGetOptions,
    MessageIn,
    MessageListOptions,
    MessagePrecheckIn,
    RecoverIn,
    Svix,
    SvixOptions,
)
from svix.exceptions import HttpError, HTTPValidationError
from svix.webhooks import Webhook, WebhookVerificationError

WAIT_SECONDS = 30

arrivals: "queue.Queue[tuple[dict[str, str], bytes]]" = queue.Queue()
statuses: "queue.Queue[int]" = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """Answers with the next status that the program laid out, 204 where it laid out none."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            status = statuses.get_nowait()
        except queue.Empty:
            status = 204
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()
        arrivals.put(({name.lower(): value for name, value in self.headers.items()}, body))

    def log_message(self, *_):
        pass


def eventually(ask):
    """Asks until there is an answer, for what has no event of its own outside the server."""
    deadline = datetime.now() + timedelta(seconds=WAIT_SECONDS)
    pause = threading.Event()
    while datetime.now() < deadline:
        answer = ask()
        if answer:
            return answer
        pause.wait(0.01)
    raise AssertionError(f"nothing came within {WAIT_SECONDS} s")


def refused(call):
    try:
        call()
    except (HttpError, HTTPValidationError) as error:
        return error
    raise AssertionError("it was not refused")


def verify(key, headers, body):
    Webhook(key).verify(body, headers)
    standardwebhooks.Webhook(key).verify(body.decode(), headers)


def main():
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{receiver.server_port}/hook"
    svix = Svix(os.environ["POSTHORN_TOKEN"], SvixOptions(server_url=os.environ["POSTHORN_URL"]))

    svix.health.get()

    app = svix.application.create(ApplicationIn(name="Python", uid="python", metadata={"plan": "pro"}))
    assert svix.application.get("python") == app
    assert svix.application.get_or_create(ApplicationIn(name="Else", uid="python")) == app
    assert svix.application.patch("python", ApplicationPatch(name="Patched")).name == "Patched"
    assert [each.id for each in svix.application.list().data] == [app.id]
    conflict = refused(lambda: svix.application.create(ApplicationIn(name="Twice", uid="python")))
    assert conflict.status_code == 409, conflict

    event_type = svix.event_type.create(EventTypeIn(name="invoice.paid", description="Paid"))
    assert svix.event_type.get("invoice.paid") == event_type

    endpoint = svix.endpoint.create(
        "python", EndpointIn(url=hook, uid="main", event_types=["invoice.paid"], channels=["north"])
    )
    assert svix.endpoint.get("python", "main") == endpoint
    wrong = refused(lambda: svix.endpoint.create("python", EndpointIn(url=hook, event_types=["no.such"])))
    assert wrong.status_code == 422, wrong
    svix.endpoint.set_headers("python", "main", EndpointHeadersIn(headers={"X-Customer": "Ada"}))
    assert svix.endpoint.get_headers("python", "main").headers == {"X-Customer": "Ada"}
    key = svix.endpoint.get_secret("python", "main").key

    payload = {"z": 1, "a": "é🎺", "nested": {"list": [1, 2.5, None, True]}}
    event = MessageIn(event_type="invoice.paid", event_id="event-1", payload=payload, channels=["north"], tags=["t"])
    once = MessageCreateOptions(idempotency_key="python-1", with_content=True)
    assert svix.message.precheck("python", MessagePrecheckIn(event_type="invoice.paid", channels=["north"])).active
    statuses.put(500)
    message = svix.message.create("python", event, once)
    assert message.payload == payload
    assert svix.message.create("python", event, once).id == message.id
    assert svix.message.get("python", "event-1", MessageGetOptions(with_content=True)) == message
    listed = svix.message.list("python", MessageListOptions(channel="north", tag="t", event_types=["invoice.paid"]))
    assert [each.id for each in listed.data] == [message.id]

    for _ in range(2):
        headers, body = arrivals.get(timeout=WAIT_SECONDS)
        assert headers["webhook-id"] == message.id
        assert headers["x-customer"] == "Ada"
        assert json.loads(body) == payload
        verify(key, headers, body)
    try:
        Webhook(key).verify(body + b" ", headers)
    except WebhookVerificationError:
        pass
    else:
        raise AssertionError("a changed body passed for the signed one")

    def both_attempts():
        options = MessageAttemptListByMsgOptions(with_content=True)
        data = svix.message_attempt.list_by_msg("python", message.id, options).data
        return data if len(data) == 2 else None

    attempts = eventually(both_attempts)
    assert [each.response_status_code for each in attempts] == [204, 500]
    at_endpoint = svix.message_attempt.list_by_endpoint(
        "python", "main", MessageAttemptListByEndpointOptions(limit=1, with_msg=True)
    )
    assert at_endpoint.data[0].id == attempts[0].id and at_endpoint.data[0].msg.id == message.id
    assert svix.message_attempt.get("python", message.id, attempts[1].id).response_status_code == 500
    destinations = svix.message_attempt.list_attempted_destinations("python", message.id)
    assert [each.id for each in destinations.data] == [endpoint.id]
    attempted = svix.message_attempt.list_attempted_messages("python", "main")
    assert [each.id for each in attempted.data] == [message.id]

    svix.endpoint.rotate_secret("python", "main", EndpointSecretRotateIn())
    rotated = svix.endpoint.get_secret("python", "main").key
    assert rotated != key
    svix.message_attempt.resend("python", message.id, "main")
    headers, body = arrivals.get(timeout=WAIT_SECONDS)
    for each in (key, rotated):
        verify(each, headers, body)

    task = svix.endpoint.recover("python", "main", RecoverIn(since=datetime.now(timezone.utc) - timedelta(hours=1)))
    eventually(lambda: svix.background_task.get(task.id).status == "finished")
    eventually(lambda: svix.endpoint.get_stats("python", "main", EndpointGetStatsOptions()).success > 0)

    access = svix.authentication.app_portal_access("python", AppPortalAccessIn())
    portal = Svix(access.token, SvixOptions(server_url=os.environ["POSTHORN_URL"]))
    assert [each.id for each in portal.endpoint.list("python").data] == [endpoint.id]
    assert refused(portal.application.list).status_code == 403
    portal.authentication.logout()
    assert refused(lambda: portal.endpoint.list("python")).status_code == 401

    assert svix.endpoint.patch("python", "main", EndpointPatch(disabled=True)).disabled
    svix.message.expunge_content("python", message.id)
    gone = svix.message.get("python", message.id, MessageGetOptions(with_content=True))
    assert gone.payload == {"expired": True}
    svix.endpoint.delete("python", "main")
    assert refused(lambda: svix.endpoint.get("python", "main")).status_code == 404
    svix.event_type.delete("invoice.paid")
    assert svix.event_type.get("invoice.paid").archived

    receiver.shutdown()
    print(json.dumps({"applicationId": app.id, "messageId": message.id, "left": arrivals.qsize()}))


main()
