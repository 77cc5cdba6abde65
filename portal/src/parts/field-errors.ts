import type { UseFormReturnType } from '@mantine/form'
import { useEffect } from 'react'
import { ApiError } from '../api/api-error.ts'

/**
 * Shows what the server says of a field at that field.
 *
 * @returns the error where it says something of no field of the form; else null
 */
export function useFieldErrors<Values extends Record<string, unknown>>(
  form: UseFormReturnType<Values>,
  error: Error | null,
): Error | null {
  const found =
    error instanceof ApiError
      ? error.problems.flatMap(({ loc, msg }) => {
          const field = loc.find((each) => typeof each === 'string' && each in form.values)
          return field === undefined ? [] : [[field, msg] as const]
        })
      : []
  useEffect(() => {
    for (const [field, words] of found) form.setFieldError(field as string, words)
    // Once for each answer: what is typed since then takes the words away.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [error])
  return found.length > 0 ? null : error
}
