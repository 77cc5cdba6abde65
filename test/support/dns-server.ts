import { createSocket } from 'node:dgram'

/**
 * Answers for a name: addresses of either family, null for a name that does not exist, `silence` for no answer at all.
 * An answer may differ from one question to the next.
 */
export type Zone = (name: string, family: 4 | 6) => readonly string[] | null | 'silence'

export interface DnsServer extends AsyncDisposable {
  /** As resolvers take it: `127.0.0.1:port`. */
  readonly address: string
  /** Names that were asked for, one entry a question. */
  readonly questions: readonly string[]
}

const typeA = 1
const typeAAAA = 28
const nameError = 3

function readName(packet: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = start
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [front, back] = [groups(head), groups(tail)]
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]))
}

/** A name server over UDP (RFC 1035), for the few kinds of answer that tests need. */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (packet, peer) => {
    const { name, end } = readName(packet, 12)
    const type = packet.readUInt16BE(end)
    questions.push(name)
    const addresses = zone(name, type === typeAAAA ? 6 : 4)
    if (addresses === 'silence') return
    const wanted = (addresses ?? []).filter((address) => address.includes(':') === (type === typeAAAA))
    const answers = type === typeA || type === typeAAAA ? wanted : []
    const head = Buffer.from(packet.subarray(0, 12))
    head.writeUInt16BE(0x8180 | (addresses === null ? nameError : 0), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    head.writeUInt32BE(0, 8)
    const records = answers.map((address) => {
      const data = bytesOf(address)
      const record = Buffer.alloc(12)
      record.writeUInt16BE(0xc00c, 0)
      record.writeUInt16BE(type, 2)
      record.writeUInt16BE(1, 4)
      record.writeUInt16BE(data.length, 10)
      return Buffer.concat([record, data])
    })
    socket.send(Buffer.concat([head, packet.subarray(12, end + 4), ...records]), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
