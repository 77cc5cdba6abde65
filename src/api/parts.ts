import type { JwtKeys } from '#config/jwt-keys.ts'
import type { Config } from '#config/options.ts'
import type { Vault } from '#core/sealing.ts'
import type { Gateway } from '#inbound/gateway.ts'
import type { LiveSettings } from './live-feed.ts'
import type { PublishGroup, PublishGroupResult, Storage } from '#storage/storage.ts'
import type { Logger } from '#telemetry/logger.ts'
import type { Metrics } from '#telemetry/metrics.ts'

/** What the API needs of the rest. */
export interface ApiParts {
  readonly storage: Storage
  readonly publisher: { publish(group: PublishGroup): Promise<PublishGroupResult> }
  readonly vault: Vault
  readonly logger: Logger
  readonly metrics: Metrics
  readonly jwtKeys: JwtKeys
  readonly config: Pick<
    Config,
    | 'api'
    | 'portalFrameOrigins'
    | 'maxPayloadBytes'
    | 'receiveTimeoutMs'
    | 'defaultSignature'
    | 'signatureHeaders'
  >
  readonly version: string
  /** Only for tests: other periods and bounds of live tails. */
  readonly live?: Partial<LiveSettings>
  readiness(): Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>
  /** What is wrong with an endpoint's URL, or null. */
  readonly urlProblem: (url: string) => string | null
  onTaskAdded(): void
  /** Takes in what is sent to sources. */
  readonly gateway: Gateway
  /** Under which URL this server is reached, without a slash at its end. */
  readonly publicUrl: string
}
