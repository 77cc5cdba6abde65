import { useForm, type UseFormReturnType } from '@mantine/form'
import { useTranslation } from 'react-i18next'
import { type EndpointValues, endpointProblems } from './endpoint-values.ts'

export type EndpointForm = UseFormReturnType<EndpointValues>

export function useEndpointForm(initialValues: EndpointValues): EndpointForm {
  const { t } = useTranslation(['endpoints', 'common'])
  return useForm({
    initialValues,
    validate: (values) =>
      Object.fromEntries(
        Object.entries(endpointProblems(values)).map(([field, problem]) => [field, t(`problem.${problem}`)]),
      ),
  })
}
