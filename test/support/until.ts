const everyMs = 5

/**
 * Asks again until the answer is there: for what has no event of its own outside the server, such as a row that a list
 * shows. The test's own time limit bounds it.
 */
export async function until<T>(ask: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
