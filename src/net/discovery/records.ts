// The mDNS records of libp2p, written and read by `@libp2p/mdns` itself, one instance for each
// interface. The stock module opens one socket for all interfaces and so fails without a default
// route, with two networks, and after an interface comes back; but it takes whatever socket is in
// its `mdns` field, so it gets this facade, which also adds what our nodes tell beside addresses:
// a name and an account, as hints that nobody has to believe.
//
// This leans on four inner names of `@libp2p/mdns`; test/net/discovery/records.test.ts fails when
// they move.
import type { ComponentLogger, PeerInfo } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

import { type AccountId, type DeviceId, isId } from '../../core/id.ts'
import { ADDRESSES_PER_PEER_MAX, MDNS_ADDRESSES_MAX } from '../../core/limits.ts'
import { Lru } from '../../core/lru.ts'
import { isDisplayName } from '../../core/text.ts'
import { type Endpoint, endpointOf } from '../address.ts'
import { deviceOfPeer, deviceOfPeerText } from '../identity.ts'
import type { Answer, Packet } from './socket.ts'

export const SERVICE_TAG = '_tidings._udp.local'

/** What a node's answer claims; nothing of it is proven. */
export interface Claim {
  readonly device: DeviceId
  readonly endpoints: readonly Endpoint[]
  readonly account: AccountId | undefined
  readonly name: string
}

export interface Own {
  readonly peerId: string
  /** Without the peer id, at most MDNS_ADDRESSES_MAX are told. */
  readonly addresses: readonly string[]
  readonly account: AccountId
  readonly name: string
}

/** The inner names. */
interface Service {
  mdns: { respond(answers: readonly Answer[]): void }
  _onMdnsQuery(packet: Pick<Packet, 'questions'>): void
  _onMdnsResponse(packet: Packet): void
  addEventListener(type: 'peer', listener: (event: { readonly detail: PeerInfo }) => void): void
}

const TTL_SECONDS = 120
const NAME_KEY = 'name='
const ACCOUNT_KEY = 'account='
/** As many records as an honest answer has, with room for other kinds. */
const RECORDS_MAX = ADDRESSES_PER_PEER_MAX + 8
/** Answers of so many nodes are read once only. */
const CLAIMS_MAX = 128
/** Of its texts: an honest answer fits an Ethernet frame, a forged one may have 64 KiB. */
const CLAIM_CHARS_MAX = 4096

export const QUESTION = { questions: [{ name: SERVICE_TAG, type: 'PTR' }] }

export class Records {
  private readonly own: () => Own
  private readonly service: Service
  private readonly peerId: string
  private written: readonly Answer[] | undefined
  private told: { readonly own: string; readonly answers: readonly Answer[] } | undefined
  /** By its texts: what a node tells is the same again and again. */
  private readonly claims = new Lru<Claim>(CLAIMS_MAX)
  private read: PeerInfo | undefined

  constructor(peerId: string, own: () => Own, logger: ComponentLogger) {
    this.own = own
    this.peerId = peerId
    const components = {
      logger,
      addressManager: { getAddresses: (): Multiaddr[] => this.ownAddresses() },
    } as unknown as Parameters<ReturnType<typeof mdns>>[0]
    const init = { serviceTag: SERVICE_TAG, peerName: peerId }
    this.service = mdns(init)(components) as unknown as Service
    this.service.mdns = {
      respond: (answers) => {
        this.written = answers
      },
    }
    this.service.addEventListener('peer', ({ detail }) => {
      this.read = detail
    })
  }

  /** Whether the packet asks for nodes like us. */
  isQuestion(packet: Packet): boolean {
    return packet.questions[0]?.name === SERVICE_TAG
  }

  /** Our answer; nothing while we have no address on the interface. */
  answer(): readonly Answer[] {
    const own = JSON.stringify(this.own())
    if (this.told?.own !== own) this.told = { own, answers: this.write() }
    return this.told.answers
  }

  /** The answer that takes all answers back. */
  goodbye(): Answer[] {
    return this.answer().map((answer) => ({ ...answer, ttl: 0 }))
  }

  /** What another node's answer claims; nothing for other services, for ourselves, for nonsense. */
  claim(packet: Packet): Claim | undefined {
    if (!isOurs(packet)) return undefined
    const answers = packet.answers.slice(0, RECORDS_MAX)
    const additionals = packet.additionals.slice(0, RECORDS_MAX)
    const texts = [...answers, ...additionals].flatMap(textsOf)
    const pointer = answers.findLast(({ type }) => type === 'PTR')
    const key = JSON.stringify([pointer?.name, String(pointer?.data), texts])
    const known = this.claims.get(key)
    if (known) return known
    const claim = this.parse({ ...packet, answers, additionals }, texts)
    if (claim && key.length <= CLAIM_CHARS_MAX) this.claims.set(key, claim)
    return claim
  }

  /** The device that says goodbye in this packet. */
  leaver(packet: Packet): DeviceId | undefined {
    if (!isOurs(packet)) return undefined
    const pointer = packet.answers.find(({ type }) => type === 'PTR')
    if (pointer?.ttl !== 0) return undefined
    const [peerId = ''] = String(pointer.data).split('.', 1)
    return peerId === this.peerId ? undefined : deviceOfPeerText(peerId)
  }

  private write(): readonly Answer[] {
    this.written = undefined
    this.service._onMdnsQuery(QUESTION)
    if (!this.written) return []
    return [...this.written, ...this.publicAddresses(this.written), ...this.hints()]
  }

  private parse(packet: Packet, texts: readonly string[]): Claim | undefined {
    // It tells of what it read within the call.
    this.read = undefined
    this.service._onMdnsResponse(packet)
    const read = this.read as PeerInfo | undefined
    const device = read && deviceOfPeer(read.id)
    if (!device) return undefined
    const endpoints = read.multiaddrs.flatMap((address) => endpointOf(address) ?? [])
    return { device, endpoints, account: accountIn(texts), name: nameIn(texts) }
  }

  private ownAddresses(): Multiaddr[] {
    const { addresses } = this.own()
    return addresses
      .slice(0, MDNS_ADDRESSES_MAX)
      .map((address) => multiaddr(`${address}/p2p/${this.peerId}`))
  }

  /** `@libp2p/mdns` tells private addresses only; a network may use public ones just as well. */
  private publicAddresses(written: readonly Answer[]): Answer[] {
    const told = new Set(written.flatMap(textsOf))
    return this.ownAddresses()
      .map((address) => `dnsaddr=${address.toString()}`)
      .filter((text) => !told.has(text))
      .map((text) => this.text(text))
  }

  private hints(): Answer[] {
    const { account, name } = this.own()
    return [this.text(`${ACCOUNT_KEY}${account}`), this.text(`${NAME_KEY}${name}`)]
  }

  private text(data: string): Answer {
    return {
      name: `${this.peerId}.${SERVICE_TAG}`,
      type: 'TXT',
      class: 'IN',
      ttl: TTL_SECONDS,
      data,
    }
  }
}

/** Whether the packet tells of nodes like us. */
export function isOurs(packet: Packet): boolean {
  return packet.answers.some((answer) => answer.type === 'PTR' && answer.name === SERVICE_TAG)
}

function textsOf(answer: Answer): string[] {
  if (answer.type !== 'TXT') return []
  const parts = Array.isArray(answer.data) ? answer.data : [answer.data]
  return parts.map(String)
}

function accountIn(texts: readonly string[]): AccountId | undefined {
  const id = valueOf(texts, ACCOUNT_KEY)
  return id !== undefined && isId(id) ? (id as AccountId) : undefined
}

function nameIn(texts: readonly string[]): string {
  const name = valueOf(texts, NAME_KEY)
  return name !== undefined && isDisplayName(name) ? name : ''
}

function valueOf(texts: readonly string[], key: string): string | undefined {
  return texts.find((text) => text.startsWith(key))?.slice(key.length)
}
