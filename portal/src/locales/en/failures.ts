export const failures = {
  title: 'Why it failed',
  theDeadline: 'the time limit',
  kinds: {
    ruleNotMet: {
      cause: 'The endpoint answered {{status}}, but not what its success rule asks for.',
      advice:
        'Compare the response with the success rule in the endpoint’s settings, and change whichever is wrong.',
    },
    redirect: {
      cause: 'The endpoint answered {{status}} and points to another address.',
      advice:
        'Redirects are never followed. Put the final address into the endpoint’s URL; often it lacks https, www or a slash at the end.',
    },
    otherRedirect: {
      cause: 'The endpoint answered {{status}}, which is not a success.',
      advice: 'Answer with a status from 200 to 299 once you have stored the message.',
    },
    badRequest: {
      cause: 'The endpoint answered 400: it does not accept the request.',
      advice:
        'If your code answers 400 for a wrong signature, check that it has this endpoint’s secret and verifies the raw body. Otherwise see what the response says.',
    },
    unauthorized: {
      cause: 'The endpoint answered 401: it asks for credentials or does not accept the signature.',
      advice:
        'Check that your code has this endpoint’s secret and verifies the raw body. If your server wants a token, add it under Headers.',
    },
    forbidden: {
      cause: 'The endpoint answered 403: it, or a firewall before it, turns the request away.',
      advice:
        'Let requests without a browser session or CSRF token reach this path, and check the rules of your firewall. If the 403 is from your own code, check the secret.',
    },
    notFound: {
      cause: 'The endpoint answered 404: there is nothing at this path.',
      advice: 'Check the path in the endpoint’s URL, and that your latest version is deployed.',
    },
    methodNotAllowed: {
      cause: 'The endpoint answered 405: it does not take POST requests here.',
      advice: 'Let your route accept POST, or correct the path in the endpoint’s URL.',
    },
    requestTimeout: {
      cause: 'The endpoint answered 408: it waited too long for the request.',
      advice: 'This usually passes. If it goes on, look at the timeouts of your server or proxy.',
    },
    conflict: {
      cause: 'The endpoint answered 409: it sees a conflict with what it has.',
      advice: 'If your code has this message already, answer 200: then it is not sent again.',
    },
    gone: {
      cause: 'The endpoint answered 410: it wants no more messages. It was disabled.',
      advice:
        'If that was not meant, correct your server and enable the endpoint; then send again what it missed.',
    },
    tooLarge: {
      cause: 'The endpoint answered 413: the request is too large for it.',
      advice: 'Raise the limit for request bodies in your server or proxy.',
    },
    unsupportedType: {
      cause: 'The endpoint answered 415: it does not take this kind of content.',
      advice:
        'Let your route accept the content type that is sent; for most messages it is application/json.',
    },
    unprocessable: {
      cause: 'The endpoint answered 422: it understood the request but not its content.',
      advice:
        'Compare the payload with the event type’s schema, and let your code pass over fields that it does not know.',
    },
    tooMany: {
      cause: 'The endpoint answered {{status}}: too many requests at a time.',
      advice:
        'Sending slows down by itself, and a Retry-After header is obeyed. Set a rate limit in the endpoint’s settings if it goes on.',
    },
    clientError: {
      cause: 'The endpoint answered {{status}}: it does not accept the request.',
      advice: 'See what the response says, and look into your server’s log at this time.',
    },
    serverError: {
      cause: 'The endpoint answered {{status}}: your server failed.',
      advice: 'Look into your server’s log at this time. Once it is mended, send the message again.',
    },
    badGateway: {
      cause: 'The endpoint answered 502: its proxy got no proper answer from your application.',
      advice: 'Check that your application runs and listens where the proxy looks for it.',
    },
    unavailable: {
      cause: 'The endpoint answered 503: it is overloaded or being maintained.',
      advice:
        'Sending slows down by itself and goes on later. If it lasts, check that your application runs and has room.',
    },
    gatewayTimeout: {
      cause: 'The endpoint answered 504: your application took too long for its proxy.',
      advice: 'Answer as soon as the message is stored, and do the work afterwards.',
    },
    edge: {
      cause: 'The endpoint answered {{status}}: a network before it cannot reach your server.',
      advice: 'Check that your server runs, that its certificate is valid, and that it lets that network in.',
    },
    unusualStatus: {
      cause: 'The endpoint answered {{status}}, a status that has no common meaning.',
      advice: 'Answer with a status from 200 to 299 once you have stored the message.',
    },
    invalidUrl: {
      cause: 'The endpoint’s URL is not a whole address.',
      advice: 'Correct the URL in the endpoint’s settings; it begins with https://.',
    },
    httpsOnly: {
      cause: 'The endpoint’s URL is of a kind that is not sent to.',
      advice: 'Use an address that begins with https://.',
    },
    credentialsInUrl: {
      cause: 'The endpoint’s URL holds a user name or a password.',
      advice: 'Take them out of the URL, and send them in an Authorization header instead.',
    },
    addressDenied: {
      cause: 'The endpoint’s address lies in a network that is not sent to, such as a private one.',
      advice:
        'Use an address that is reachable from the internet. If the server is meant to reach this network, its operator can allow it.',
    },
    nameUnknown: {
      cause: 'The endpoint’s host name has no address.',
      advice: 'Check the spelling of the host name in the URL, and its DNS records.',
    },
    nameServerFailed: {
      cause: 'The name servers did not say where the endpoint’s host is.',
      advice: 'This often passes. If it goes on, check the name servers of your domain.',
    },
    refused: {
      cause: 'Nothing listens at the endpoint’s address: the connection was refused.',
      advice: 'Check that your server runs, and that the port in the URL is right.',
    },
    connectTimeout: {
      cause: 'The endpoint’s host did not answer when a connection was opened.',
      advice: 'Check that your server runs, and that its firewall lets connections from the internet in.',
    },
    unreachable: {
      cause: 'There is no way through the network to the endpoint’s host.',
      advice: 'Check the DNS records of the host, IPv6 included, and that its network is up.',
    },
    connectFailed: {
      cause: 'No connection to the endpoint came about.',
      advice: 'Check that your server runs and can be reached from the internet.',
    },
    certificateExpired: {
      cause: 'The endpoint’s certificate has expired.',
      advice: 'Renew the certificate, and load it into your server.',
    },
    certificateEarly: {
      cause: 'The endpoint’s certificate is not valid yet.',
      advice: 'Check the dates of the certificate and the clock of whoever issued it.',
    },
    certificateName: {
      cause: 'The endpoint’s certificate is for another host name.',
      advice: 'Use the name that the certificate is for, or get a certificate for this one.',
    },
    certificateSelfSigned: {
      cause: 'The endpoint’s certificate is self-signed, so it is not trusted.',
      advice: 'Use a certificate of a public authority, such as Let’s Encrypt.',
    },
    certificateIncomplete: {
      cause: 'Who issued the endpoint’s certificate cannot be verified.',
      advice:
        'Let your server send the whole chain, intermediate certificates included. Browsers often hide that one is missing.',
    },
    clientCertificate: {
      cause: 'The endpoint asks for a client certificate.',
      advice: 'Switch that off for this path: requests are proved by their signature instead.',
    },
    notTls: {
      cause: 'What answers at this port does not speak HTTPS.',
      advice: 'Check the port in the URL: a server that speaks HTTP alone needs one for HTTPS.',
    },
    tlsFailed: {
      cause: 'The encrypted connection to the endpoint did not come about.',
      advice: 'Check the certificate of your server, and that it speaks TLS 1.2 or newer.',
    },
    timeout: {
      cause: 'The endpoint gave no complete answer within {{wait}}.',
      advice: 'Answer as soon as the message is stored, and do the work afterwards.',
    },
    connectionLost: {
      cause: 'The connection broke before the endpoint had answered.',
      advice:
        'Your server, or a proxy before it, closed the connection: look whether it was restarted or crashed at this time.',
    },
    serverStopping: {
      cause: 'This server was stopped while it sent.',
      advice: 'You need not do anything: the message is sent again.',
    },
    headersTooLarge: {
      cause: 'The headers of the endpoint’s answer are too large.',
      advice: 'Answer with fewer or shorter headers; cookies are of no use here.',
    },
    badAnswer: {
      cause: 'What the endpoint answered is no proper HTTP response.',
      advice: 'Check that the port in the URL speaks HTTP/1.1, and that no proxy damages responses.',
    },
    interrupted: {
      cause: 'This server died while it had the message in hand. You may have got it.',
      advice: 'It is sent again with the same webhook-id: drop what you have already.',
    },
    heldBack: {
      cause: 'This server died several times with this message in hand, so it is held back.',
      advice: 'Tell the operator of this server. You can send the message again by hand.',
    },
    contentGone: {
      cause: 'The payload is no longer kept, so there was nothing to send.',
      advice: 'Payloads are kept for a limited time. Ask for the message to be published again.',
    },
    expunged: {
      cause: 'What this attempt met with was removed.',
      advice: 'Its content was expunged on request; nothing more can be said.',
    },
    canceled: {
      cause: 'It was canceled before it was sent.',
      advice: 'If you want the message after all, send it again.',
    },
    noAnswer: {
      cause: 'The endpoint did not answer.',
      advice: 'Check that your server runs and can be reached from the internet.',
    },
  },
}
