/** What the first schema of an event type begins as. */
export const starterSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string', description: '', examples: ['inv_123'] },
  },
}
