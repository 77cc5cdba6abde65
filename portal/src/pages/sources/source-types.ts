import known from '../../api/source-types.json'

export const genericType = 'generic-webhook'

/** What a provider is called, and what a source of it must be told. */
export interface SourceType {
  readonly type: string
  /** The provider’s own; empty for any other sender. */
  readonly name: string
  /** Where the provider says how it signs. */
  readonly docs: string
  readonly secret: 'required' | 'optional' | 'learned' | 'none'
  /** Under which name the config holds it. */
  readonly secretName: SecretName
  readonly settings: readonly { readonly name: SettingName; readonly isRequired: boolean }[]
}

export type SecretName = 'secret' | 'publicKey' | 'clientId'

export const settingNames = [
  'publicUrl',
  'verifyToken',
  'webhookId',
  'topicArn',
  'audience',
  'serviceAccount',
  'tenantId',
  'appId',
  'topic',
  'allowedOrigin',
  'timestampHeader',
  'issuer',
  'timestampGraceSeconds',
] as const
export type SettingName = (typeof settingNames)[number]

export const sourceTypes = known as readonly SourceType[]

/** Of a type that the API took by another name, nothing but the name is known. */
export function sourceTypeOf(type: string): SourceType {
  const found = sourceTypes.find((each) => each.type === type)
  return found ?? { type, name: type, docs: '', secret: 'optional', secretName: 'secret', settings: [] }
}
