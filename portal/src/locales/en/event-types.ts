export const eventTypes = {
  title: 'Event types',
}
