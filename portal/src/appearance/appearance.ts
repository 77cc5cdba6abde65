import { pageSettings } from '../lib/settings.ts'

/** How the portal looks inside of another site: set by the query of its address, or by a message of its parent. */
export interface Appearance {
  readonly theme: 'light' | 'dark' | 'auto'
  /** `#rrggbb`; null for our own. */
  readonly color: string | null
  /** An https address on one of the frame origins, or a `data:` image; null for our own. */
  readonly logo: string | null
  /** A font that the viewer's system has. */
  readonly font: string | null
}

const messageType = 'posthorn:appearance'

const plain: Appearance = { theme: 'auto', color: null, logo: null, font: null }

/** Takes over what is well-formed and leaves the rest as it was: it comes from elsewhere. */
export function withChanges(appearance: Appearance, changes: Readonly<Record<string, unknown>>): Appearance {
  const { theme, color, logo, font } = changes
  return {
    theme: theme === 'light' || theme === 'dark' || theme === 'auto' ? theme : appearance.theme,
    color: typeof color === 'string' && /^#[0-9a-f]{6}$/i.test(color) ? color : appearance.color,
    logo: typeof logo === 'string' && isAllowedLogo(logo) ? logo : appearance.logo,
    font: typeof font === 'string' && /^[\p{L}\p{N} -]{1,60}$/u.test(font) ? font : appearance.font,
  }
}

function isAllowedLogo(logo: string): boolean {
  if (/^data:image\/(png|jpeg|webp|svg\+xml);/.test(logo)) return true
  try {
    return pageSettings.frameOrigins.includes(new URL(logo).origin)
  } catch {
    return false
  }
}

export function appearanceOf(search: string): Appearance {
  return withChanges(plain, Object.fromEntries(new URLSearchParams(search)))
}

/** Calls back with what the parent asks for, where the parent is one that may show the portal. */
export function onAppearanceMessage(hear: (changes: Readonly<Record<string, unknown>>) => void): () => void {
  const listen = (event: MessageEvent): void => {
    if (event.source !== window.parent || !pageSettings.frameOrigins.includes(event.origin)) return
    const data = event.data as Record<string, unknown> | null
    if (data?.type === messageType) hear(data)
  }
  addEventListener('message', listen)
  return () => removeEventListener('message', listen)
}
