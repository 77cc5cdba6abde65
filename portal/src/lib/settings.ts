/** What the server tells the page of itself, in the page. */
export interface PageSettings {
  readonly version: string
  /** Under which address customers reach the server. */
  readonly publicUrl: string
  /** Origins that may show the portal in a frame. */
  readonly frameOrigins: readonly string[]
}

function metaContent(name: string): string | null {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? null
}

export const pageSettings: PageSettings = {
  version: '',
  publicUrl: location.origin,
  frameOrigins: [],
  ...(JSON.parse(metaContent('posthorn-settings') ?? '{}') as Partial<PageSettings>),
}

/** What styles that are made while the page runs carry, so that the content security policy lets them. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.nonce ?? ''
