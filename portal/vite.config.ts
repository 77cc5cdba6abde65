import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** `npm run dev -w portal` has a server beside it, whose API it passes requests to. */
const server = 'http://127.0.0.1:8071'

/** Writes each file once more as browsers take it on the way, so that nobody compresses it for each of them. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle() {
      const folder = join(import.meta.dirname, 'dist/assets')
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue
        const content = readFileSync(join(folder, name))
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: 'es2023',
    // What the content security policy would refuse as `data:` stays a file.
    assetsInlineLimit: 0,
    // The first page says what it needs by itself; the rest is loaded as it is asked for.
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(['/api', '/ingest', '/openapi.json'].map((path) => [path, server])) },
})
