// Some members of one group, each a whole node, in one process of a benchmark (groups.ts).
import path from 'node:path'

import type { DeviceId } from '../src/core/id.ts'
import type { LocalNode } from '../src/node/node.ts'
import { encodeFrame } from '../src/wire/frames.ts'
import { friend, hearDevices, tellDevices, type ToldDevices } from './friend.ts'
import { nodeOn, startNode, storeIn } from './live-node.ts'
import { answerTasks } from './processes.ts'

const POLL_MS = 20
const GROUP = '#crew'
/** Below those that the system gives to whoever dials. */
const FIRST_PORT = 20_000

/** A node as others have to know it. */
export interface Known {
  readonly index: number
  readonly devices: ToldDevices
  readonly port: number
}

/** What the process has used so far: of nodes here together. */
export interface Use {
  readonly cpuMs: number
  readonly rssBytes: number
  /** Of all frames that nodes here received. */
  readonly heardBytes: number
}

/** What the parent may ask; each is answered with its result. Members go by their index. */
export interface MemberTasks {
  /** Makes profiles; who they are. */
  create: { root: string; first: number; count: number }
  /** Writes down who all are, as if they had met: the first is everybody's contact. */
  introduce: { people: readonly Known[] }
  start: { indexes?: readonly number[] }
  stop: { indexes: readonly number[] }
  /** Takes the invitations that wait for it. */
  join: undefined
  /** The fewest members that any node here knows to have joined, and sees online. */
  members: undefined
  found: { people: readonly Known[] }
  say: { index: number; texts: readonly string[] }
  /** How many nodes here were told of so many texts that begin so, and when the last one was. */
  heard: { prefix: string; count: number }
  /** Milliseconds until a node shows so many entries more than it does now. */
  catchUp: { index: number; count: number }
  use: undefined
}

interface Member {
  readonly directory: string
  readonly known: Known
  node: LocalNode | undefined
  /** When each text came, ms since 1970. */
  readonly heard: Map<string, number>
}

const members = new Map<number, Member>()
/** Of all frames that nodes here received. */
let heardBytes = 0
const living = (): LocalNode[] => [...members.values()].flatMap(({ node }) => node ?? [])

function nodeOf(index: number): LocalNode {
  const node = members.get(index)?.node
  if (!node) throw new Error(`no node ${index} is open`)
  return node
}

async function begin(
  directory: string,
  index: number,
  port: number,
  isNew = false,
): Promise<LocalNode> {
  const store = await storeIn(directory, isNew)
  const node = await nodeOn(store, {
    name: `member ${index}`,
    accept: 'auto',
    port,
    onFrame: (frame) => {
      heardBytes += encodeFrame(frame).byteLength
    },
  })
  await startNode(node)
  return node
}

async function create({ root, first, count }: MemberTasks['create']): Promise<Known[]> {
  for (let index = first; index < first + count; index++) {
    const directory = path.join(root, `${index}`)
    const port = FIRST_PORT + index
    const node = await begin(directory, index, port, true)
    await node.stop()
    const store = await storeIn(directory, false)
    const devices = tellDevices(store)
    await store.close()
    const known = { index, devices, port }
    members.set(index, { directory, known, node: undefined, heard: new Map() })
  }
  return [...members.values()].map(({ known }) => known)
}

async function introduce({ people }: MemberTasks['introduce']): Promise<void> {
  for (const { directory, known } of members.values()) {
    const store = await storeIn(directory, false)
    const batch = store.batch()
    for (const { index, devices, port } of people) {
      if (index === known.index) continue
      const { account } = devices
      const device = devices.devices[0] as DeviceId
      const addresses = [`/ip4/127.0.0.1/tcp/${port}`]
      batch.put('peer', device, { device, account, addresses, token: undefined })
      if (index !== 0 && known.index !== 0) continue
      batch.put('contact', account, friend(hearDevices(devices), `member ${index}`))
    }
    await store.commit(batch)
    await store.close()
  }
}

async function start({ indexes = [...members.keys()] }: MemberTasks['start']): Promise<void> {
  for (const index of indexes) {
    const member = members.get(index)
    if (!member) continue
    const node = await begin(member.directory, index, member.known.port)
    member.node = node
    void node.follow(
      {},
      (event) => {
        if (event.type !== 'message') return
        member.heard.set(event.message.text, performance.timeOrigin + performance.now())
      },
      new AbortController().signal,
    )
  }
}

async function stop({ indexes }: MemberTasks['stop']): Promise<void> {
  for (const index of indexes) {
    const member = members.get(index)
    await member?.node?.stop()
    if (member) member.node = undefined
  }
}

async function poll(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

function groupState(node: LocalNode): string | undefined {
  return node.groups.list().find(({ name }) => `#${name}` === GROUP)?.state
}

async function join(): Promise<void> {
  for (const { known, node } of members.values()) {
    if (!node || known.index === 0) continue
    await poll(() => groupState(node) !== undefined)
    // Of a contact an invitation is taken at once where contacts are.
    if (groupState(node) !== 'invited') continue
    await node.groups.join(GROUP, AbortSignal.timeout(60_000))
  }
}

/** Makes the group and adds everybody to it. */
async function found({ people }: MemberTasks['found']): Promise<void> {
  const node = nodeOf(0)
  await poll(() => node.contacts().every(({ online }) => online))
  await node.groups.create(GROUP.slice(1), {})
  for (const { index, devices } of people) {
    if (index !== 0) await node.groups.invite(GROUP, devices.account)
  }
}

function fewest(): { joined: number; online: number } {
  let [joined, online] = [Infinity, Infinity]
  for (const node of living()) {
    const all = groupState(node) === 'joined' ? node.groups.members(GROUP) : []
    joined = Math.min(joined, all.filter((member) => member.joined).length)
    online = Math.min(online, all.filter((member) => member.online).length)
  }
  return { joined, online }
}

function heard({ prefix, count }: MemberTasks['heard']): { complete: number; lastMs: number } {
  let [complete, lastMs] = [0, 0]
  for (const member of members.values()) {
    const times = [...member.heard].filter(([text]) => text.startsWith(prefix))
    if (times.length >= count) complete += 1
    lastMs = Math.max(lastMs, ...times.map(([, at]) => at))
  }
  return { complete, lastMs }
}

function shown(node: LocalNode): number {
  const devices = node.sync(GROUP).flatMap((view) => view.devices)
  return devices.reduce((sum, device) => sum + device.shown, 0)
}

async function catchUp({ index, count }: MemberTasks['catchUp']): Promise<number> {
  const member = members.get(index)
  if (!member) throw new Error('there is no such member')
  const startedAt = performance.now()
  await start({ indexes: [index] })
  const node = nodeOf(index)
  const before = shown(node)
  await poll(() => shown(node) >= before + count)
  return performance.now() - startedAt
}

answerTasks<MemberTasks>({
  create,
  introduce,
  start,
  stop,
  join,
  found,
  members: fewest,
  say: async ({ index, texts }) => {
    await Promise.all(texts.map((text) => nodeOf(index).send(GROUP, text)))
    return performance.timeOrigin + performance.now()
  },
  heard,
  catchUp,
  use: (): Use => {
    const { user, system } = process.cpuUsage()
    return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage().rss, heardBytes }
  },
})
