/*
 * What JSON.parse hides: where an array's items stand in the text, and names that an object has twice. The text is known
 * to be JSON.
 */

function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    const char = text[at]
    if (char === '\\') at++
    else if (char === '"' || char === undefined) return at
  }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (/[ \t\n\r]/.test(text[at] ?? '')) at++
  return at
}

/** The texts of the items of a JSON array, as they stand. */
export function itemTexts(text: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let start = -1
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"') at = endOfString(text, at)
    else if (char === '[' || char === '{') {
      if (depth++ === 0) start = at + 1
    } else if (char === ']' || char === '}') {
      if (--depth === 0) items.push(text.slice(start, at).trim())
    } else if (char === ',' && depth === 1) {
      items.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return items.length === 1 && items[0] === '' ? [] : items
}

/** Whether any object in the text, at any depth, names a key twice; `\u0061` and `a` are the same name. */
export function hasDuplicateKeys(text: string): boolean {
  const open: (Set<string> | null)[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{') open.push(new Set())
    else if (char === '[') open.push(null)
    else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (keys instanceof Set && text[skipSpace(text, end + 1)] === ':') {
        const key = JSON.parse(text.slice(at, end + 1)) as string
        if (keys.has(key)) return true
        keys.add(key)
      }
      at = end
    }
  }
  return false
}
