// Some of the nodes of a network, in one process on a host of its own (crowd.ts): found by
// discovery alone, contacts of all others.
import path from 'node:path'

import type { LocalNode } from '../src/node/node.ts'
import { friend, hearDevices, tellDevices, type ToldDevices } from './friend.ts'
import { nodeOn, startNode, storeIn } from './live-node.ts'
import { answerTasks } from './processes.ts'

/** Who somebody is, as others have to know it, without addresses. */
export interface Neighbour {
  readonly name: string
  readonly devices: ToldDevices
}

export interface Presence {
  /** Pairs that are online now, of each node here with all others. */
  readonly present: number
  /** How often a contact that had been online no longer was. */
  readonly losses: number
  readonly cpuMs: number
  readonly rssBytes: number
}

export interface TenantTasks {
  /** Makes profiles; who they are. */
  create: { root: string; first: number; count: number }
  /** Writes all others down as contacts. */
  introduce: { people: readonly Neighbour[] }
  /** Resolves when all nodes here are on the network. */
  start: undefined
  presence: undefined
  stop: undefined
}

const directories = new Map<string, string>()
const nodes: LocalNode[] = []
let losses = 0

const open = (directory: string, name: string, isNew: boolean): Promise<LocalNode> =>
  storeIn(directory, isNew).then((store) =>
    nodeOn(store, { name, accept: 'auto', port: 0, isOnNetwork: true }),
  )

async function create({ root, first, count }: TenantTasks['create']): Promise<Neighbour[]> {
  const people: Neighbour[] = []
  for (let index = first; index < first + count; index++) {
    const name = `node ${index}`
    const directory = path.join(root, `${index}`)
    directories.set(name, directory)
    const node = await open(directory, name, true)
    await node.stop()
    const store = await storeIn(directory, false)
    people.push({ name, devices: tellDevices(store) })
    await store.close()
  }
  return people
}

async function introduce({ people }: TenantTasks['introduce']): Promise<void> {
  for (const [own, directory] of directories) {
    const store = await storeIn(directory, false)
    const batch = store.batch()
    for (const { name, devices } of people) {
      if (name === own) continue
      batch.put('contact', devices.account, friend(hearDevices(devices), name))
    }
    await store.commit(batch)
    await store.close()
  }
}

async function start(): Promise<void> {
  for (const [name, directory] of directories) {
    const node = await open(directory, name, false)
    nodes.push(node)
    void node.follow(
      {},
      (event) => {
        if (event.type === 'presence' && !event.online) losses += 1
      },
      new AbortController().signal,
    )
    await startNode(node)
  }
}

function presence(): Presence {
  const { user, system } = process.cpuUsage()
  const online = nodes.flatMap((node) => node.contacts().filter((contact) => contact.online))
  const rssBytes = process.memoryUsage().rss
  return { present: online.length, losses, cpuMs: (user + system) / 1000, rssBytes }
}

answerTasks<TenantTasks>({
  create,
  introduce,
  start,
  presence,
  stop: async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  },
})
