export const verify = {
  title: 'Verify in your code',
}
