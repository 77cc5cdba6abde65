import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query'

/** A page of a list, as every list of the API answers it. */
export interface Listed<Row> {
  readonly data: readonly Row[]
  readonly iterator: string | null
  readonly done: boolean
}

/** Every page is read anew, one after the other: with more of them only where somebody asks for it. */
const maxPagesRefreshed = 3

interface ListState {
  readonly state: { readonly data: unknown }
}

function pagesOf({ state }: ListState): number {
  return (state.data as InfiniteData<unknown> | undefined)?.pages.length ?? 0
}

/**
 * A list page by page. `key` holds all that chooses what is listed; `from` belongs to the query of what is read.
 *
 * @param refreshMs how often it is read anew while no more than its first page was asked for
 */
export function useList<Row>(
  key: readonly unknown[],
  read: (from: { readonly iterator?: string }, signal: AbortSignal) => Promise<Listed<Row>>,
  refreshMs?: number,
): UseInfiniteQueryResult<InfiniteData<Listed<Row>>> {
  const isShort = (list: ListState): boolean => pagesOf(list) <= maxPagesRefreshed
  return useInfiniteQuery({
    queryKey: key,
    ...(refreshMs === undefined
      ? {}
      : { refetchInterval: (list: ListState) => (pagesOf(list) === 1 ? refreshMs : false) }),
    refetchOnMount: isShort,
    refetchOnWindowFocus: isShort,
    refetchOnReconnect: isShort,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => read(pageParam === undefined ? {} : { iterator: pageParam }, signal),
    getNextPageParam: ({ done, iterator }) => (done ? undefined : (iterator ?? undefined)),
  })
}
