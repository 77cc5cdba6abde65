/** Who may import whom. `npm run check:imports` runs it; test/architecture.test.ts proves that it sees. */

const rooms = [
  'api',
  'cli',
  'config',
  'core',
  'dispatch',
  'http',
  'inbound',
  'lib',
  'maintenance',
  'outbox',
  'receiver',
  'service',
  'storage',
  'telemetry',
]

/** What each room may import of ours, beside itself. */
const allowed = {
  lib: [],
  core: ['lib'],
  storage: ['core', 'lib'],
  http: ['core', 'lib'],
  // One file that others copy into their programs.
  outbox: [],
  // What receivers put into their own programs.
  receiver: [],
  service: ['core', 'lib', 'storage'],
  dispatch: ['core', 'http', 'lib', 'storage'],
  inbound: ['core', 'http', 'lib', 'service', 'storage'],
  maintenance: ['core', 'lib', 'storage'],
  telemetry: ['core', 'lib'],
  config: ['core', 'lib'],
  api: ['core', 'service', 'storage', 'lib', 'telemetry', 'config', 'dispatch', 'inbound'],
}

const roomRules = Object.entries(allowed).map(([room, others]) => ({
  name: `${room}-imports`,
  severity: 'error',
  comment: `${room} imports only ${others.length === 0 ? 'itself' : others.join(', ')}`,
  from: { path: `^src/${room}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: `^src/(${rooms.filter((other) => other !== room && !others.includes(other)).join('|')}|app\\.ts|main\\.ts)`,
  },
}))

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'portal-imports',
      severity: 'error',
      comment: 'the portal knows the server by its API alone',
      from: { path: '^portal/' },
      to: { path: '^src/' },
    },
    {
      name: 'not-the-portal',
      severity: 'error',
      comment: 'the server answers the portal’s built files, and knows nothing of how they are made',
      from: { path: '^src/' },
      to: { path: '^portal/' },
    },
    {
      name: 'only-the-port',
      severity: 'error',
      comment:
        'outside storage, the store is known by its port alone; the composition root and commands choose the adapter',
      from: { path: '^src/', pathNot: '^src/(storage/|app\\.ts|cli/)|\\.test\\.ts$' },
      to: { path: '^src/storage/', pathNot: '^src/storage/storage\\.ts$' },
    },
    {
      name: 'undici-only-in-http',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/|\\.test\\.ts$' },
      to: { path: 'node_modules/undici' },
    },
    {
      name: 'sqlite-only-in-its-adapter',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(storage/sqlite/|receiver/stores/)' },
      to: { path: '^(node:)?sqlite$', dependencyTypes: ['core'] },
    },
    {
      name: 'receiver-runs-anywhere',
      severity: 'error',
      comment: 'the receiver has no dependency, and only its adapters and stores know Node.js',
      from: { path: '^src/receiver/', pathNot: '^src/receiver/(adapters|stores)/|\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '^node:' },
    },
    {
      name: 'production-imports-dependencies-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$|^src/storage/conformance/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
