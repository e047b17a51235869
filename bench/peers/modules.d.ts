// The shapes of what comes without types, as far as it is used here.
declare module 'hypercore' {
  import type { Duplex } from 'node:stream'

  export default class Hypercore {
    readonly key: Uint8Array
    constructor(storage: string, options: { valueEncoding: 'json' })
    constructor(storage: string, key: Uint8Array, options: { valueEncoding: 'json' })
    ready(): Promise<void>
    append(blocks: readonly unknown[]): Promise<unknown>
    get(index: number): Promise<unknown>
    replicate(isInitiator: boolean): Duplex
    download(range: { start: number; end: number }): { done(): Promise<void> }
    close(): Promise<void>
  }
}

declare module '@orbitdb/core' {
  import type { EventEmitter } from 'node:events'

  interface Events {
    readonly address: string
    readonly events: EventEmitter
    add(value: unknown): Promise<string>
    iterator(): AsyncIterable<{ readonly value: unknown }>
    close(): Promise<void>
  }
  interface OrbitDB {
    open(address: string, options?: { type: 'events' }): Promise<Events>
    stop(): Promise<void>
  }
  export function createOrbitDB(init: {
    ipfs: unknown
    id: string
    directory: string
  }): Promise<OrbitDB>
}

declare module 'y-leveldb' {
  import type { Doc } from 'yjs'

  export class LeveldbPersistence {
    constructor(directory: string)
    getYDoc(name: string): Promise<Doc>
    storeUpdate(name: string, update: Uint8Array): Promise<number>
    destroy(): Promise<void>
  }
}
