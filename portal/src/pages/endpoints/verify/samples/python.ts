import type { Sample } from './sample.ts'

export const python: Sample = {
  name: 'Python',
  install: 'pip install standardwebhooks flask',
  fileName: 'receiver.py',
  run: 'python receiver.py',
  code: ({ path, headerPrefix, comments }) => `import os

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])
# ${comments.duplicates}
seen = set()


@app.post("${path}")
def receive():
    message_id = request.headers.get("${headerPrefix}-id", "")
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": request.headers.get("${headerPrefix}-timestamp", ""),
        "webhook-signature": request.headers.get("${headerPrefix}-signature", ""),
    }
    try:
        # ${comments.rawBody}
        message = webhook.verify(request.get_data(), headers)
    except (WebhookVerificationError, ValueError):
        return "", 401

    if message_id not in seen:
        seen.add(message_id)
        # ${comments.work}
        print(message_id, message, flush=True)
    return "", 204


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 3000)))
`,
}
