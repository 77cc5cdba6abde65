"""Our verification against the cases that every language of this repository is held to. Run: python test_vectors.py"""

import base64
import json
import unittest
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from standardwebhooks import Webhook

from verify import is_authentic

VECTORS = Path(__file__).parent / "../../test/vectors/standard-webhooks.json"


def verdict(vector):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(vector["now"], tz)

    body = vector["body"].encode() if "body" in vector else base64.b64decode(vector["bodyBase64"])
    headers = {f"webhook-{name}": vector[name] for name in ("id", "timestamp", "signature")}
    with patch("standardwebhooks.webhooks.datetime", Clock):
        return is_authentic(Webhook(vector["secret"]), body, headers)


class Vectors(unittest.TestCase):
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))

    def test_every_case(self):
        for vector in self.vectors:
            with self.subTest(vector["name"]):
                self.assertEqual(verdict(vector), vector["valid"])
        self.assertGreater(len(self.vectors), 0)
        print(f"{len(self.vectors)} vectors")

    def test_a_malformed_signature_does_not_hide_a_good_one(self):
        good = next(vector for vector in self.vectors if vector["valid"])
        for malformed in ("v1", "a,b,c", "v1,%"):
            with self.subTest(malformed):
                self.assertTrue(verdict({**good, "signature": f"{malformed} {good['signature']}"}))


if __name__ == "__main__":
    unittest.main()
