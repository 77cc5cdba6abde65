export const failures = {
  title: 'Why it failed',
}
