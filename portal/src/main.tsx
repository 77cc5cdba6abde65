import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import './portal.css'
import { StrictMode } from 'react'
import { setNonce } from 'get-nonce'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { startTexts } from './i18n/i18n.ts'
import { styleNonce } from './lib/settings.ts'
import { restoreSession } from './session/session.ts'

// For the style that keeps the page still behind a dialog.
setNonce(styleNonce)

const session = restoreSession()
const texts = await startTexts(new URLSearchParams(location.search).get('lang'))
createRoot(document.querySelector('#portal') as HTMLElement).render(
  <StrictMode>
    <App session={session} texts={texts} />
  </StrictMode>,
)
