// A real node of a benchmark, without a word in a log: on loopback and without discovery, unless it
// is asked for.
import { randomBytes } from 'node:crypto'

import type { Frame } from '../src/core/frames.ts'
import { silentLogger } from '../src/core/logger.ts'
import { FRUGAL_FLAGS, frugalEnvironment, keepMemorySmall } from '../src/daemon/memory.ts'
import { peerTextOf } from '../src/net/identity.ts'
import { createNet } from '../src/net/net-libp2p.ts'
import type { NetHooks } from '../src/net/net.ts'
import type { AcceptPolicy } from '../src/node/node-types.ts'
import { createNode, type LocalNode } from '../src/node/node.ts'
import { openStore } from '../src/store/open.ts'
import type { LevelStore } from '../src/store/store-level.ts'

export const KEY = Buffer.alloc(32, 7)

export function storeIn(directory: string, create: boolean): Promise<LevelStore> {
  return openStore({ directory, key: KEY, create, random: randomBytes, log: silentLogger })
}

export interface LiveOptions {
  readonly name: string
  readonly accept: AcceptPolicy
  /** 0 lets the system choose. */
  readonly port: number
  /** Found and reached on all networks of its host. */
  readonly isOnNetwork?: boolean
  /** Told of each frame that comes, pings and Hellos aside. */
  readonly onFrame?: (frame: Frame) => void
  /** Told when a connection is there and Hello is about to be said on it. */
  readonly onHello?: () => void
}

/** For a process, as the daemon is started: with a small heap. */
export const frugal = () => ({ execArgv: [...FRUGAL_FLAGS], env: frugalEnvironment() })

/** Not on the network until it is started. */
export function nodeOn(
  store: LevelStore,
  { name, accept, port, isOnNetwork = false, onFrame = () => {}, onHello = () => {} }: LiveOptions,
): Promise<LocalNode> {
  const hosts = isOnNetwork ? ['/ip4/0.0.0.0', '/ip6/::'] : ['/ip4/127.0.0.1']
  return createNode({
    store,
    name,
    agent: 'bench',
    accept,
    net: {
      listen: hosts.map((host) => `${host}/tcp/${port}`),
      mdns: { enabled: isOnNetwork, port: 5353 },
      interfaces: { allow: [], deny: [] },
    },
    createNet: (init, hooks) => createNet(init, overheard(hooks, onFrame, onHello)),
    peerIdOf: peerTextOf,
    log: silentLogger,
    now: () => Date.now(),
    uptimeMs: () => performance.now(),
    random: randomBytes,
  })
}

/** As the daemon does. */
export async function startNode(node: LocalNode): Promise<void> {
  await node.start()
  keepMemorySmall()
}

function overheard(
  hooks: NetHooks,
  onFrame: (frame: Frame) => void,
  onHello: () => void,
): NetHooks {
  const session: NetHooks['session'] = (opened) => {
    const handler = hooks.session(opened)
    return {
      frame: (frame) => {
        onFrame(frame)
        handler.frame(frame)
      },
      congested: (congested) => handler.congested(congested),
      closed: (code, reason) => handler.closed(code, reason),
    }
  }
  const hello: NetHooks['hello'] = (to) => {
    onHello()
    return hooks.hello(to)
  }
  return { ...hooks, session, hello }
}
