import { csharp } from './csharp.ts'
import { curl } from './curl.ts'
import { go } from './go.ts'
import { java } from './java.ts'
import { node } from './node.ts'
import { nodePosthorn } from './node-posthorn.ts'
import { php } from './php.ts'
import { python } from './python.ts'
import { ruby } from './ruby.ts'
import type { Sample } from './sample.ts'

/** In the order in which they are offered. */
export const samples = { node, nodePosthorn, python, go, java, php, ruby, csharp, curl } satisfies Record<
  string,
  Sample
>

export type Language = keyof typeof samples
export const languages = Object.keys(samples) as readonly Language[]

/** The official libraries know symmetric signatures alone. */
export const asymmetricLanguages: readonly Language[] = ['nodePosthorn']
