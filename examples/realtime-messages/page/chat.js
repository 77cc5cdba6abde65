/** Shows messages as they come. Everything of a message is set as text: no message is ever parsed as HTML. */

const state = document.querySelector('#state')
const rooms = new Map()

const listOf = (name) => {
  if (!rooms.has(name)) {
    const room = document.createElement('section')
    const title = document.createElement('h2')
    const list = document.createElement('ol')
    title.textContent = name
    room.append(title, list)
    document.querySelector('#rooms').append(room)
    rooms.set(name, { list, messages: [] })
  }
  return rooms.get(name)
}

/** Webhooks may arrive in any order; `seq` decides where two were sent in the same millisecond. */
const isLater = (one, other) => (one.at === other.at ? one.seq > other.seq : one.at > other.at)

const show = ({ room, author, text, sentAt, seq }) => {
  const { list, messages } = listOf(room)
  const message = { at: Date.parse(sentAt) || 0, seq }
  const behind = messages.findLastIndex((each) => !isLater(each, message))
  messages.splice(behind + 1, 0, message)

  const item = document.createElement('li')
  const name = document.createElement('span')
  name.className = 'author'
  name.textContent = author
  item.append(name, text)
  list.insertBefore(item, list.children[behind + 1] ?? null)
}

/** The browser reconnects by itself and says the id of the last event that it saw: the server goes on behind it. */
const events = new EventSource('events')
events.addEventListener('open', () => (state.textContent = 'connected'))
events.addEventListener('error', () => (state.textContent = 'connecting'))
events.addEventListener('message', ({ data }) => show(JSON.parse(data)))
