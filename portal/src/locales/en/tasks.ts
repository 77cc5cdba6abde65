export const tasks = {
  title: 'Background tasks',
}
