// One `multicast-dns` socket that speaks on one interface only, with the types that its packets
// really have.
import { createSocket, type RemoteInfo } from 'node:dgram'

import makeMulticastDns from 'multicast-dns'

import type { Logger } from '../../core/logger.ts'
import { guarded } from '../guarded.ts'
import type { NetInterface } from '../interfaces.ts'

export type Family = 'IPv4' | 'IPv6'

/** A DNS record; `data` depends on the type and comes from anybody. */
export interface Answer {
  readonly name: string
  readonly type: string
  readonly class: 'IN'
  readonly ttl: number
  readonly data: unknown
}

export interface Packet {
  readonly id: number
  readonly questions: readonly { readonly name: string; readonly type: string }[]
  readonly answers: readonly Answer[]
  readonly additionals: readonly Answer[]
}

export interface SocketEvents {
  ready(): void
  query(packet: Packet, from: RemoteInfo): void
  response(packet: Packet, from: RemoteInfo): void
  failed(words: string): void
}

export interface MulticastSocket {
  query(packet: Pick<Packet, 'id' | 'questions'>): void
  respond(answers: readonly Answer[], sent?: () => void): void
  /** No event comes after this. */
  destroy(): void
}

/** What `multicast-dns` has, in these types. */
interface Inner {
  on(event: 'ready', listener: () => void): void
  on(event: 'query' | 'response', listener: (packet: Packet, from: RemoteInfo) => void): void
  on(event: 'error' | 'warning', listener: (error: NodeJS.ErrnoException) => void): void
  query(packet: object, sent: (error?: NodeJS.ErrnoException | null) => void): void
  respond(packet: object, sent: (error?: NodeJS.ErrnoException | null) => void): void
  destroy(): void
}

const GROUPS = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' } as const

export function openSocket(
  on: NetInterface,
  family: Family,
  port: number,
  events: SocketEvents,
  log: Logger,
): MulticastSocket {
  const isIp4 = family === 'IPv4'
  const type = isIp4 ? 'udp4' : 'udp6'
  const inner = makeMulticastDns({
    socket: createSocket({ type, reuseAddr: true, ipv6Only: !isIp4 }),
    type,
    port,
    ip: GROUPS[family],
    // Joins and sends on this interface, but is bound to none: a socket bound to the address of an
    // interface gets no multicast on Linux.
    interface: isIp4 ? (on.ip4[0] ?? '') : `::%${on.name}`,
    bind: isIp4 ? '0.0.0.0' : '::',
  }) as unknown as Inner
  let isOpen = true
  const whileOpen = <Args extends readonly unknown[]>(what: string, act: (...args: Args) => void) =>
    guarded(log, what, (...args: Args) => {
      if (isOpen) act(...args)
    })
  const failed = whileOpen('mdns failure', (error: NodeJS.ErrnoException) => {
    // Without a system call it is only a packet that cannot be read, and not worth a word.
    if (!error.syscall) return
    // `multicast-dns` goes on with its socket after this, which throws once that is closed.
    queueMicrotask(whileOpen('mdns failure', () => events.failed(inWords(error))))
  })
  const sent = (error?: NodeJS.ErrnoException | null): void => {
    if (error) failed(error)
  }
  inner.on(
    'ready',
    whileOpen('mdns ready', () => events.ready()),
  )
  inner.on(
    'query',
    whileOpen('mdns query', (packet, from) => events.query(packet, from)),
  )
  inner.on(
    'response',
    whileOpen('mdns answer', (packet, from) => events.response(packet, from)),
  )
  inner.on('error', failed)
  inner.on('warning', failed)
  return {
    query: (packet) => inner.query({ ...packet }, sent),
    respond: (answers, done) =>
      inner.respond({ answers }, (error) => {
        sent(error)
        done?.()
      }),
    destroy: () => {
      isOpen = false
      inner.destroy()
    },
  }
}

const CAUSES: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program holds UDP port 5353 for itself'],
  ['EACCES', 'this user may not use multicast here'],
  ['EPERM', 'a firewall forbids multicast'],
  ['ENETUNREACH', 'the network is not reachable'],
  ['ENETDOWN', 'the network is down'],
  ['ENODEV', 'the interface is gone'],
])

function inWords(error: NodeJS.ErrnoException): string {
  return CAUSES.get(error.code ?? '') ?? error.message
}
