export const payload = {
  title: 'Payload',
}
