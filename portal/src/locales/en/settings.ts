export const settings = {
  title: 'Settings',
  about:
    'What this server is and how it stands. Its settings are read at its start, from its environment or its command line.',
  server: 'Server',
  version: 'Version',
  address: 'Address',
  organisation: 'Organisation',
  health: {
    title: 'Health',
    help: 'Whether it takes messages and sends them; asked anew every 10 seconds.',
    ready: 'Ready',
    readyHelp: 'It takes messages and sends them.',
    notReady: 'Not ready',
    notReadyHelp: 'What it said:',
  },
  frames: {
    title: 'Sites that may show the portal',
    help: 'They show it in a frame, and say how it looks. Set POSTHORN_PORTAL_FRAME_ORIGINS to change them.',
    none: 'None but its own.',
  },
  more: {
    title: 'More about it',
    api: 'API reference',
    apiHelp: 'Every operation, to try with your token.',
    openapi: 'OpenAPI document',
    openapiHelp: 'For generators of clients and tests.',
    metrics: 'Metrics',
    metricsHelp: 'For Prometheus.',
  },
}
