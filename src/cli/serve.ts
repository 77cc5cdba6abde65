import { Command } from 'commander'
import { signOrganisationToken } from '#api/tokens.ts'
import { prepareDataDir } from '#config/data-dir.ts'
import { loadSecrets } from '#config/secrets.ts'
import { type App, startApp } from '#src/app.ts'
import { createLogger, type Logger } from '#telemetry/logger.ts'
import { createMetrics } from '#telemetry/metrics.ts'
import { addOptions, configFrom } from './options.ts'
import { defaultOrganisation } from './token.ts'

export function serveCommand(): Command {
  return addOptions(new Command('serve').description('Start the server (the default command).')).action(
    async (flags) => {
      const config = configFrom(flags as Record<string, unknown>)
      prepareDataDir(config.dataDir)
      const logger = createLogger(config)
      const secrets = loadSecrets(config)
      const app = await startApp(config, { logger, metrics: createMetrics(), secrets })
      // Before anybody is told that it runs: whoever hears so may stop it.
      stopOnSignal(app, logger)
      const canSign = secrets.jwtKeys.keys[0]?.signingKey != null
      const token = canSign
        ? await signOrganisationToken(secrets.jwtKeys, defaultOrganisation, Date.now())
        : null
      if (process.stdout.isTTY || config.logFormat !== 'json') console.log(greeting(app.url, token))
      else logger.info({ url: app.url }, 'ready')
    },
  )
}

function greeting(url: string, token: string | null): string {
  const lines = [
    '',
    `Posthorn is ready at ${url}`,
    `  Portal      ${url}/`,
    `  API         ${url}/docs`,
    `  Metrics     ${url}/metrics`,
    '',
  ]
  if (token === null) return lines.join('\n')
  const message = {
    eventType: 'hello.world',
    payload: { hello: 'world' },
    application: { name: 'First customer', uid: 'first-customer' },
  }
  return [
    ...lines,
    'Open the portal, signed in:',
    '',
    `${url}/#token=${token}`,
    '',
    `Token of the organisation ${defaultOrganisation}:`,
    '',
    token,
    '',
    'Publish a first message:',
    '',
    `curl ${url}/api/v1/app/first-customer/msg \\`,
    `  -H 'authorization: Bearer ${token}' \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify(message)}'`,
    '',
  ].join('\n')
}

/** A client that never ends its request is not waited for beyond this: stopping hard loses nothing either. */
const stopDeadlineMs = 25_000

/** The first signal stops in order, a second one or the deadline at once. */
function stopOnSignal(app: App, logger: Logger): void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(() => {
      logger.error(
        { deadlineMs: stopDeadlineMs },
        'requests or attempts are still under way: ending without them',
      )
      process.exit(1)
    }, stopDeadlineMs).unref()
    app[Symbol.asyncDispose]().then(
      () => {
        logger.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        logger.error({ error: String(error) }, 'could not stop in order')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
