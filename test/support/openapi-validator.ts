import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { openapiDocument } from '#api/openapi.ts'

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** Holds answers against the OpenAPI document: the operation must be there, and the status, and the body's shape. */
export interface Validator {
  /** Throws where the answer is not as documented. Gives the operation's id. */
  check(method: string, path: string, status: number, text: string): string
  /** Ids of all documented operations. */
  readonly operations: ReadonlySet<string>
  /** Ids of those that answered as asked at least once, and were checked. */
  readonly succeeded: ReadonlySet<string>
}

export function createValidator(): Validator {
  const document = openapiDocument() as unknown as Document
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'openapi', components: document.components })
  const compiled = new Map<string, ValidateFunction>()
  // Paths without parameters come first, as the router has it.
  const templates = Object.entries(document.paths)
    .map(([template, operations]) => ({
      operations,
      parameters: template.split('{').length,
      pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }))
    .toSorted((a, b) => a.parameters - b.parameters)
  const succeeded = new Set<string>()

  function validatorOf(schema: object): ValidateFunction {
    const key = JSON.stringify(schema)
    let validate = compiled.get(key)
    if (validate === undefined) {
      validate = ajv.compile(JSON.parse(key.replaceAll('"#/components', '"openapi#/components')) as object)
      compiled.set(key, validate)
    }
    return validate
  }

  return {
    operations: new Set(
      templates.flatMap(({ operations }) => Object.values(operations).map(({ operationId }) => operationId)),
    ),
    succeeded,
    check(method, path, status, text) {
      const operation = templates.find(
        ({ pattern, operations }) => pattern.test(path) && operations[method.toLowerCase()] !== undefined,
      )?.operations[method.toLowerCase()]
      if (operation === undefined) throw new Error(`${method} ${path} is not documented`)
      const response = operation.responses[String(status)]
      if (response === undefined)
        throw new Error(`${operation.operationId} answered ${status}, not documented: ${text}`)
      if (status < 300) succeeded.add(operation.operationId)
      const schema = response.content?.['application/json']?.schema
      if (schema === undefined) {
        if (text !== '') throw new Error(`${operation.operationId} ${status} has a body: ${text}`)
        return operation.operationId
      }
      const validate = validatorOf(schema)
      if (!validate(JSON.parse(text))) {
        throw new Error(`${operation.operationId} ${status}: ${ajv.errorsText(validate.errors)}: ${text}`)
      }
      return operation.operationId
    },
  }
}
