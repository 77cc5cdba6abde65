import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/**
 * A headless Chromium out of an npm package; the system lends it libnss3 and libexpat1. The package unpacks it into the
 * directory for temporary files once, and finds it there again.
 */
export async function openBrowser(): Promise<Browser> {
  return await playwright.launch({
    executablePath: await chromium.executablePath(),
    // The package has the shell without windows alone, and its sandbox refuses root.
    args: ['--headless=shell', '--no-sandbox', '--disable-gpu'],
  })
}
