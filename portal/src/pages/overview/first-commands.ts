/** Commands that take the first message all the way, for the server at the address. */
export function firstCommands(origin: string) {
  const post = (path: string, body: string): string =>
    [
      `curl ${origin}${path} \\`,
      `  -H "Authorization: Bearer $POSTHORN_TOKEN" -H 'Content-Type: application/json' \\`,
      `  -d '${body}'`,
    ].join('\n')
  return {
    application: post('/api/v1/app', '{"name": "Acme", "uid": "acme"}'),
    endpoint: post('/api/v1/app/acme/endpoint', '{"url": "https://acme.example/webhooks"}'),
    publish: post(
      '/api/v1/app/acme/msg',
      '{"eventType": "invoice.paid", "payload": {"invoice": "in_1", "amount": 4200}}',
    ),
  }
}
