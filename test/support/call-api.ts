export interface Called {
  readonly status: number
  readonly text: string
}

/** One request to the API as any program makes it. Rejects when the server is gone. */
export async function callApi(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Called> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { status: response.status, text: await response.text() }
}
