import { Command } from 'commander'
import { openapiDocument } from '#api/openapi.ts'

export function openapiCommand(): Command {
  return new Command('openapi').description('Print the OpenAPI document of the API.').action(() => {
    console.log(JSON.stringify(openapiDocument(), null, 2))
  })
}
