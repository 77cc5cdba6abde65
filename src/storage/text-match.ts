/** Texts are compared without regard to the case of A to Z, which is all that both databases fold alike. */
export function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
