// A look at the network for `doctor`: lets discovery ask now, asks contacts that are here whether
// they can connect to this node, and tries everybody who should be reachable and is not connected.
import { setTimeout as sleep } from 'node:timers/promises'

import type { DeviceId } from '../../core/id.ts'
import {
  DIAL_BACKS_ASKED_MAX,
  MDNS_ANSWER_GAP_MS,
  NODE_TRY_MS,
  NODES_TRIED_MAX,
} from '../../core/limits.ts'
import { knockOf } from '../../net/knock.ts'
import type { Knock, Session } from '../../net/net.ts'
import type { NodeParts } from '../parts.ts'
import { devicesToKeep, isHeld } from '../people/contact-record.ts'
import { addressesOf } from '../people/whereabouts.ts'
import type { NetworkSurvey, PeerReport, SoughtReport } from './survey-types.ts'

type Parts = Pick<
  NodeParts,
  'book' | 'conversations' | 'dialBacks' | 'init' | 'meetings' | 'net' | 'sharing'
>

interface Candidate {
  readonly device: DeviceId
  readonly name: string
  readonly isContact: boolean
  readonly heard: boolean
  readonly addresses: readonly string[]
}

/** Everybody has heard this node by then, and is heard, if that is possible at all. */
const SETTLE_MS = MDNS_ANSWER_GAP_MS + 300

/** Takes some seconds, at most DIAL_BACK_WAIT_MS and a little. */
export async function surveyNetwork(parts: Parts): Promise<NetworkSurvey> {
  const { net } = parts
  net.probe()
  await sleep(SETTLE_MS)
  const [peers, sought] = await Promise.all([askPeers(parts), seek(parts)])
  return { interfaces: net.interfaces(), peers, sought }
}

function askPeers(parts: Parts): Promise<PeerReport[]> {
  const { meetings, net, sharing } = parts
  const asked = new Map<string | undefined, number>()
  const reports: Promise<PeerReport>[] = []
  for (const session of sharing.all()) {
    if (!meetings.isMutual(session)) continue
    const way = net.wayTo(session.address)
    const count = asked.get(way.interface) ?? 0
    asked.set(way.interface, count + 1)
    const port = count < DIAL_BACKS_ASKED_MAX ? way.port : undefined
    reports.push(askPeer(parts, session, way.interface, port))
  }
  return Promise.all(reports)
}

async function askPeer(
  { conversations, dialBacks, net }: Parts,
  session: Session,
  on: string | undefined,
  port: number | undefined,
): Promise<PeerReport> {
  const answer = port === undefined ? 'unasked' : await dialBacks.ask(session, port)
  return {
    name: conversations.nameOf(session.account),
    agent: session.hello.agent,
    interface: on,
    heard: net.nearby().some(({ device }) => device === session.device),
    answer: answer ?? 'silent',
  }
}

function seek(parts: Parts): Promise<SoughtReport[]> {
  const { net } = parts
  const tried = new Map<string | undefined, number>()
  const reports: Promise<SoughtReport>[] = []
  for (const candidate of candidates(parts)) {
    const [address] = candidate.addresses
    if (address === undefined || net.session(candidate.device)) continue
    const on = net.wayTo(address).interface
    const count = tried.get(on) ?? 0
    if (count === NODES_TRIED_MAX) continue
    tried.set(on, count + 1)
    reports.push(
      tryNode(parts, candidate).then((knock) => {
        const { name, isContact, heard } = candidate
        return { name, isContact, heard, address, interface: on, knock }
      }),
    )
  }
  return Promise.all(reports)
}

/** Contacts first, then whoever is heard. */
function candidates({ book, conversations, init, meetings, net }: Parts): Candidate[] {
  const found = new Map<DeviceId, Candidate>()
  const heard = new Map(net.nearby().map((node) => [node.device, node]))
  for (const record of book.all()) {
    if (!isHeld(record) || meetings.isOnline(record.account)) continue
    const name = conversations.nameOf(record.account)
    for (const [device, hinted] of devicesToKeep(record)) {
      const now = heard.get(device)?.addresses ?? []
      const known = addressesOf(device, hinted, { net, store: init.store })
      const addresses = [...new Set([...now, ...known])]
      found.set(device, { device, name, isContact: true, heard: heard.has(device), addresses })
    }
  }
  for (const { device, name, peerId, addresses } of heard.values()) {
    if (found.has(device)) continue
    found.set(device, { device, name: name || peerId, isContact: false, heard: true, addresses })
  }
  return [...found.values()]
}

/** Whom this node wants a session with it gets one with; others are left at once. */
async function tryNode({ net }: Parts, candidate: Candidate): Promise<Knock> {
  const { device, addresses, isContact } = candidate
  const signal = AbortSignal.timeout(NODE_TRY_MS)
  if (!isContact) return net.knock(device, addresses, signal)
  try {
    await net.reach({ device, addresses }, signal)
    return 'reached'
  } catch (error) {
    return knockOf(error)
  }
}
