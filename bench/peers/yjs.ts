// Yjs: an array of messages, kept by y-leveldb and brought over by the sync protocol of
// y-protocols on a TCP connection. What is missed is one update. Nothing is signed or checked.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'

import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { LeveldbPersistence } from 'y-leveldb'
import { readSyncMessage, writeSyncStep1 } from 'y-protocols/sync'
import * as Y from 'yjs'

import { answerReference, portOf } from '../reference-tasks.ts'
import { textOf } from '../texts.ts'

const DOCUMENT = 'log'

const messagesOf = (doc: Y.Doc): Y.Array<unknown> => doc.getArray('messages')

/** Calls back with each message of a connection: its length in four bytes, then the message. */
function receive(socket: net.Socket, listener: (message: Uint8Array) => void): void {
  let chunks: Buffer[] = []
  let held = 0
  let needed = 4
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    held += chunk.byteLength
    while (held >= needed) {
      const all = Buffer.concat(chunks)
      chunks = [all]
      needed = 4 + all.readUInt32BE(0)
      if (held < needed) break
      listener(new Uint8Array(all.subarray(4, needed)))
      chunks = [all.subarray(needed)]
      held -= needed
      needed = 4
    }
  })
}

function send(socket: net.Socket, encoder: encoding.Encoder): void {
  if (encoding.length(encoder) === 0) return
  const length = Buffer.alloc(4)
  length.writeUInt32BE(encoding.length(encoder))
  socket.write(length)
  socket.write(encoding.toUint8Array(encoder))
}

/** Answers what the other side says, as the library does. */
function sync(socket: net.Socket, doc: Y.Doc): void {
  receive(socket, (message) => {
    const answer = encoding.createEncoder()
    readSyncMessage(decoding.createDecoder(message), answer, doc, socket)
    send(socket, answer)
  })
}

answerReference({
  fill: async ({ directory, count, textBytes }) => {
    const kept = new LeveldbPersistence(directory)
    const doc = new Y.Doc()
    // A document belongs to no one, and no place in it stays: a message says who wrote it, and has
    // an id for others to name it by.
    const author = randomBytes(32).toString('base64url')
    for (let i = 0; i < count; i++) {
      const text = textOf(i, textBytes)
      messagesOf(doc).push([{ id: randomUUID(), author, at: Date.now(), text }])
    }
    await kept.storeUpdate(DOCUMENT, Y.encodeStateAsUpdate(doc))
    await kept.destroy()
  },
  serve: async ({ directory }) => {
    const kept = new LeveldbPersistence(directory)
    const doc = await kept.getYDoc(DOCUMENT)
    const server = net.createServer((socket) => sync(socket, doc))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `${portOf(server)}`
  },
  fetch: async ({ directory, address, count }) => {
    const kept = new LeveldbPersistence(directory)
    const doc = await kept.getYDoc(DOCUMENT)
    const stored = new Promise<void>((resolve, reject) => {
      doc.on('update', (update: Uint8Array) => {
        kept.storeUpdate(DOCUMENT, update).then(() => {
          if (messagesOf(doc).length === count) resolve()
        }, reject)
      })
    })
    const socket = net.connect(Number(address), '127.0.0.1')
    await once(socket, 'connect')
    const startedAt = performance.now()
    sync(socket, doc)
    const question = encoding.createEncoder()
    writeSyncStep1(question, doc)
    send(socket, question)
    await stored
    const tookMs = performance.now() - startedAt
    socket.destroy()
    await kept.destroy()
    return tookMs
  },
})
