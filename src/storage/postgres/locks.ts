/**
 * Advisory locks, each with a number that nothing else in the database uses. Whoever has one is alone at what it names,
 * among all nodes and commands.
 */
export const locks = {
  migration: 7_077_345_098_113,
  expiry: 7_077_345_098_114,
  purge: 7_077_345_098_115,
  history: 7_077_345_098_116,
  outbox: 7_077_345_098_120,
} as const
