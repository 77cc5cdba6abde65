import type { Sample } from './sample.ts'

/** Sends rather than receives: what a receiver does with a signed request is seen without waiting for a message. */
export const curl: Sample = {
  name: 'curl',
  install: null,
  fileName: 'send.sh',
  run: 'bash send.sh',
  code: ({ url, headerPrefix }) => `#!/usr/bin/env bash
set -euo pipefail

url='${url}'
id="msg_test_$(openssl rand -hex 8)"
timestamp="$(date +%s)"
body='{"hello":"world"}'

key="$(printf '%s' "\${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')"
signature="$(printf '%s' "$id.$timestamp.$body" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)"

curl --include --data-raw "$body" \\
  --header 'content-type: application/json' \\
  --header "${headerPrefix}-id: $id" \\
  --header "${headerPrefix}-timestamp: $timestamp" \\
  --header "${headerPrefix}-signature: v1,$signature" \\
  "$url"
`,
}
