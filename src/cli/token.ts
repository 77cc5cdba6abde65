import { Command, InvalidArgumentError } from 'commander'
import { signApplicationToken, signOrganisationToken } from '#api/tokens.ts'
import type { OptionName } from '#config/options.ts'
import { loadSecrets } from '#config/secrets.ts'
import { isId } from '#core/ids.ts'
import { addOptions, configFrom } from './options.ts'

/** The organisation of whoever has just one. */
export const defaultOrganisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'

const names: readonly OptionName[] = ['dataDir', 'jwtSecret', 'jwtAlgorithm']
const weekSeconds = '604800'

function idOf(prefix: 'org_' | 'app_'): (text: string) => string {
  return (text) => {
    const isValid = prefix === 'org_' ? text.startsWith(prefix) : isId(prefix, text)
    if (!isValid) throw new InvalidArgumentError(`It must be an id that begins with ${prefix}.`)
    return text
  }
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of seconds.')
  return Number(text)
}

export function tokenCommand(): Command {
  const organisation = new Command('organisation')
    .description('Print a token for all of an organisation, for servers.')
    .argument(
      '[org_id]',
      'the organisation; it exists as soon as its token is used',
      idOf('org_'),
      defaultOrganisation,
    )
    .option('--expires-in <seconds>', 'seconds that it lives (default: ten years)', seconds)
    .action(async (orgId: string, flags: Record<string, unknown>) => {
      const { jwtKeys } = loadSecrets(configFrom(flags))
      console.log(
        await signOrganisationToken(jwtKeys, orgId, Date.now(), flags.expiresIn as number | undefined),
      )
    })
  const application = new Command('application')
    .description('Print a token for one application, for a customer.')
    .argument('<org_id>', 'its organisation', idOf('org_'))
    .argument('<app_id>', 'the application', idOf('app_'))
    .option('--expires-in <seconds>', 'seconds that it lives', seconds, Number(weekSeconds))
    .option('--read-only', 'may look and change nothing', false)
    .action(async (orgId: string, appId: string, flags: Record<string, unknown>) => {
      const { jwtKeys } = loadSecrets(configFrom(flags))
      const input = {
        orgId,
        appId,
        expiresInSeconds: flags.expiresIn as number,
        capabilities: flags.readOnly === true ? (['ViewBase'] as const) : null,
        featureFlags: [],
        sessionId: null,
      }
      console.log(await signApplicationToken(jwtKeys, input, Date.now()))
    })
  return new Command('token')
    .description('Make a token.')
    .addCommand(addOptions(organisation, names))
    .addCommand(addOptions(application, names))
}
