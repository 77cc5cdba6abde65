const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character)
}

/** Code, emphasis and links within a line. A link goes to http, https or a page beside it. */
function inline(text: string): string {
  return escapeHtml(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+|[\w-]+\.html)\)/g, '<a href="$2">$1</a>')
}

function block(text: string): string {
  const lines = text.split('\n')
  const heading = /^(#{1,6}) (.+)$/.exec(text)
  if (heading?.[1] !== undefined)
    return `<h${heading[1].length}>${inline(heading[2] ?? '')}</h${heading[1].length}>`
  if (lines.every((line) => line.startsWith('- '))) {
    return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join('')}</ul>`
  }
  return `<p>${inline(lines.join(' '))}</p>`
}

/** The part of Markdown that this site uses: headings, paragraphs, lists, and what a line may hold. */
export function toHtml(markdown: string): string {
  return markdown
    .trim()
    .split(/\n{2,}/)
    .map(block)
    .join('\n')
}
