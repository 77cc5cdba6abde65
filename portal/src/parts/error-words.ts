import { useTranslation } from 'react-i18next'
import { ApiError } from '../api/api-error.ts'

export interface ErrorWords {
  /** What it means, and what to do. */
  readonly advice: string
  /** The server's own words; empty where they add nothing. */
  readonly detail: string
}

/** Puts errors into words of the chosen language. */
export function useErrorWords(): (error: Error) => ErrorWords {
  const { t } = useTranslation()
  return (error) => {
    if (!(error instanceof ApiError)) return { advice: t('error.page'), detail: error.message }
    const { status, message } = error
    if (status === 0) return { advice: t('error.unreachable'), detail: '' }
    if (status === 403) return { advice: t('error.forbidden'), detail: '' }
    if (status === 404) return { advice: t('error.notFound'), detail: '' }
    if (status === 409) return { advice: t('error.conflict'), detail: message }
    if (status === 429 || status === 503) return { advice: t('error.unavailable'), detail: message }
    if (status >= 500) return { advice: t('error.unexpected'), detail: message }
    return { advice: message, detail: '' }
  }
}
