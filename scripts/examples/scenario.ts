import type { Posthorn } from './posthorn.ts'
import type { Stage } from './stage.ts'
import type { Tool } from './tools.ts'

export interface Scenario {
  /** Of the example's folder. */
  readonly name: string
  readonly title: string
  readonly needs: readonly Tool[]
  /** @returns the path of what `play` runs */
  build(signal: AbortSignal): Promise<string>
  /**
   * Starts the example, sends through it, and waits for what that has to bring about.
   *
   * @returns what there is to look at as long as it runs
   */
  play(act: Act): Promise<readonly string[]>
}

interface Act {
  readonly stage: Stage
  readonly posthorn: Posthorn
  readonly built: string
  /** Says what happens: who or what, and the rest of the line. */
  readonly tell: (what: string, text: string) => void
}
