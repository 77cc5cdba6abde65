import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

/** Writes the types of the portal's client, from the document of the API. */
const root = new URL('../', import.meta.url)
const document = JSON.parse(readFileSync(new URL('openapi.json', root), 'utf8')) as object
const types = await openapiTS(document as Parameters<typeof openapiTS>[0], { defaultNonNullable: false })
writeFileSync(new URL('portal/src/api/schema.d.ts', root), astToString(types))
