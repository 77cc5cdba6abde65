import { useTranslation } from 'react-i18next'
import type { SchemaField } from '../../../lib/schema-fields.ts'

const known = ['string', 'integer', 'number', 'boolean', 'object', 'array', 'null'] as const
/** Types that a format says more about. */
const formatted: readonly string[] = ['string', 'integer', 'number']

/** Puts the type of a field into words, such as `list of text` or `text (date-time) or null`. */
export function useTypeWords(): (field: SchemaField) => string {
  const { t } = useTranslation('eventTypes')
  const wordOf = (type: string, format: string | null): string => {
    const found = known.find((each) => each === type)
    const word = found === undefined ? type : t(`types.${found}`)
    return format !== null && formatted.includes(type) ? t('types.withFormat', { type: word, format }) : word
  }
  return ({ types, itemTypes, format, values }) => {
    const wordsOf = (given: readonly string[]): string =>
      given.map((type) => wordOf(type, format)).join(t('types.or'))
    if (types.length === 0) return values.length > 0 ? t('types.value') : t('types.any')
    if (!types.includes('array') || itemTypes.length === 0) return wordsOf(types)
    return types
      .map((type) => (type === 'array' ? t('types.arrayOf', { items: wordsOf(itemTypes) }) : wordsOf([type])))
      .join(t('types.or'))
  }
}
