"""Whether a request really comes from the sender that shares our secret (Standard Webhooks)."""

from standardwebhooks import Webhook, WebhookVerificationError


def is_authentic(webhook: Webhook, body: bytes, headers) -> bool:
    """Takes the body as it arrived: parsed and written again it would be other bytes under the same signature.

    The header may hold several signatures: those of a secret's rotation, or of versions that we do not know. The
    library raises ValueError at the first one without a comma, and does not look at those behind it, so it gets them
    one by one.
    """
    for signature in headers.get("webhook-signature", "").split(" "):
        named = {
            "webhook-id": headers.get("webhook-id", ""),
            "webhook-timestamp": headers.get("webhook-timestamp", ""),
            "webhook-signature": signature,
        }
        try:
            # What the body holds is the caller's matter: malformed JSON is no forgery.
            webhook.verify(body, named, json_parse=False)
            return True
        # ValueError stands for what the library does not expect: no comma, no base64, a body that is no UTF-8.
        except (WebhookVerificationError, ValueError):
            continue
    return False
