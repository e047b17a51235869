// A control socket in a folder of its own, with a fake node behind it.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

import { type Client, connect } from '../../src/api/client.ts'
import type { Machine } from '../../src/api/handlers/doctor/machine.ts'
import type { Host } from '../../src/api/handlers/host.ts'
import { createHandlers } from '../../src/api/handlers/methods.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { ControlSocket } from '../../src/daemon/control.ts'
import type { InterfaceReport } from '../../src/net/net.ts'
import { FakeNode } from './fake-node.ts'

/** One cable, and nothing that hinders. */
export const PLAIN_MACHINE: Machine = {
  platform: 'linux',
  program: '/usr/bin/node',
  links: [
    {
      name: 'eth0',
      kind: 'wired',
      network: '10.0.0.1/24',
      networkBy: 'eth0',
      routerAnswers: undefined,
    },
  ],
  defaultBy: undefined,
  firewalls: [],
}

/** Of that cable: another node is heard. */
export const PLAIN_REPORT: InterfaceReport = {
  name: 'eth0',
  addresses: ['10.0.0.1'],
  internal: false,
  connectionsIn: 0,
  listening: true,
  listenedMs: 60_000,
  hearsItself: true,
  queriesSent: 3,
  answersSent: 2,
  packetsHeard: 4,
  othersHeard: 1,
  nodesHeard: 1,
  error: undefined,
}

export interface Served {
  readonly node: FakeNode
  readonly control: ControlSocket
  readonly socketPath: string
  readonly shutDowns: () => number
  connect(): Promise<Client>
  /** A socket that says what it wants. */
  raw(): Promise<RawClient>
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-api-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** @param at the socket's path, where not in a folder of its own */
export async function serve(
  t: TestContext,
  facts: Partial<Host> = {},
  at?: string,
): Promise<Served> {
  const socketPath = at ?? path.join(await temporaryFolder(t), 'node.sock')
  const node = new FakeNode()
  let shutDowns = 0
  const host: Host = {
    profile: 'alice',
    version: '1.2.3',
    pid: process.pid,
    log: silentLogger,
    nowMs: () => Date.UTC(2026, 0, 1),
    uptimeMs: () => 1000,
    mdnsPort: 5353,
    runtime: '26.0.0',
    installedVersion: () => '1.2.3',
    settingsMistake: async () => undefined,
    machine: async () => PLAIN_MACHINE,
    rssBytes: () => 1,
    databaseBytes: async () => 2_000_000,
    freeBytes: async () => 1e12,
    exportProfile: async ({ file }) => {
      return { file, bytes: 1, contacts: 1, messages: 2, damage: [] }
    },
    renamed: async () => {},
    shutDown: () => void shutDowns++,
    ...facts,
  }
  const control = new ControlSocket(socketPath, createHandlers(node, host), silentLogger)
  await control.listen()
  t.after(async () => {
    control.close()
    await control.end()
  })
  return {
    node,
    control,
    socketPath,
    shutDowns: () => shutDowns,
    async connect() {
      const client = await connect({ socketPath })
      t.after(() => client.close())
      return client
    },
    async raw() {
      const client = new RawClient(dial(socketPath))
      t.after(() => client.socket.destroy())
      return client
    },
  }
}

export interface Reply {
  readonly jsonrpc: string
  readonly id?: number | string | null
  readonly method?: string
  readonly params?: { readonly id: number; readonly event?: unknown; readonly error?: unknown }
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data: object }
}

export class RawClient {
  readonly socket: Socket
  readonly replies: Reply[] = []
  readonly closed: Promise<void>
  #text = ''
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      this.#text += chunk
      if (!chunk.includes('\n')) return
      const lines = this.#text.split('\n')
      this.#text = lines.pop() ?? ''
      for (const line of lines) this.replies.push(JSON.parse(line) as Reply)
      this.#wake()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.on('close', () => resolve())
    })
  }

  say(...lines: readonly (string | Uint8Array | object)[]): void {
    for (const line of lines) {
      const isRaw = typeof line === 'string' || line instanceof Uint8Array
      this.socket.write(isRaw ? line : JSON.stringify(line))
      this.socket.write('\n')
    }
  }

  /** The next reply that fits. */
  async hear(fits: (reply: Reply) => boolean = () => true): Promise<Reply> {
    for (;;) {
      const at = this.replies.findIndex(fits)
      const [found] = at < 0 ? [] : this.replies.splice(at, 1)
      if (found) return found
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
