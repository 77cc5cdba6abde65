import type { Sample } from './sample.ts'

export const php: Sample = {
  name: 'PHP',
  install: 'composer require standard-webhooks/standard-webhooks',
  fileName: 'receiver.php',
  run: 'php -S localhost:3000 receiver.php',
  code: ({ path, headerPrefix, comments }) => {
    const server = (name: string): string => `$_SERVER['HTTP_${headerPrefix.toUpperCase()}_${name}'] ?? ''`
    return `<?php

require __DIR__ . '/vendor/autoload.php';

use StandardWebhooks\\Exception\\WebhookVerificationException;
use StandardWebhooks\\Webhook;

if ($_SERVER['REQUEST_METHOD'] !== 'POST' || parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '${path}') {
    http_response_code(404);
    exit;
}

// ${comments.rawBody}
$body = file_get_contents('php://input');
$id = ${server('ID')};

try {
    $webhook = new Webhook(getenv('WEBHOOK_SECRET'));
    $message = $webhook->verify($body, [
        'webhook-id' => $id,
        'webhook-timestamp' => ${server('TIMESTAMP')},
        'webhook-signature' => ${server('SIGNATURE')},
    ]);
} catch (WebhookVerificationException) {
    http_response_code(401);
    exit;
}

// ${comments.duplicates}
$seen = sys_get_temp_dir() . '/webhook-' . hash('sha256', $id);
if (@fopen($seen, 'x') !== false) {
    // ${comments.work}
    error_log($id . ' ' . json_encode($message));
}
http_response_code(204);
`
  },
}
