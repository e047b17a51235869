// Attacks on the control socket by a program of the same user: garbage, endless lines, crowds.
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { Random } from '../../sim/random.ts'
import type { Attack } from '../order.ts'

const MB = 1_000_000

function open(path: string, allowHalfOpen = false): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, allowHalfOpen })
    socket.on('error', () => {})
    socket.once('connect', () => resolve(socket)).once('close', () => resolve(socket))
  })
}

const PARTS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  'null',
  '-1',
  '1e999',
  '"jsonrpc":"2.0"',
  '"id":',
  '"method":',
  '"status"',
  '"send"',
  '"history"',
  '"tail"',
  '"params":',
  '{}',
  '[]',
  '"__proto__"',
  '"to"',
  '"text"',
  '"constructor"',
  '\\u0000',
  '\\ud800',
  '\u0000',
  '\u001b[2J',
  '"limit":1e9',
  '"cancel"',
  '"id":{}',
] as const

/** Lines made of what JSON-RPC is made of, and of any bytes. */
const garbage: Attack = async ({ dose, seed, socket: path }, atHeight) => {
  const random = new Random(seed)
  let answers = 0
  const socket = await open(path)
  socket.on('data', (chunk: Buffer) => {
    answers += chunk.filter((byte) => byte === 0x0a).byteLength
  })
  atHeight()
  for (let i = 0; i < dose; i++) {
    const line = random.chance(0.3)
      ? Buffer.from(random.bytes(random.int(1, 60)).filter((byte) => byte !== 0x0a))
      : Buffer.from(Array.from({ length: random.int(1, 12) }, () => random.pick(PARTS)).join(''))
    const whole = Buffer.concat([line, Buffer.from('\n')])
    if (!socket.write(whole)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  await sleep(500)
  const alive = !socket.destroyed
  socket.destroy()
  return { answers, alive }
}

/** One line without end. */
const endlessLine: Attack = async ({ dose, socket: path }, atHeight) => {
  const socket = await open(path)
  let answer = ''
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
  atHeight()
  const chunk = Buffer.alloc(MB, 0x61)
  let sentMB = 0
  for (; sentMB < dose && !socket.destroyed; sentMB++) {
    if (!socket.write(chunk)) {
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), sleep(1000)])
    }
  }
  await sleep(200)
  return { sentMB, answer: answer.slice(0, 200) }
}

/** More clients than there is room for, that keep their side open whatever they are told. */
const crowd: Attack = async ({ dose, socket: path }, atHeight) => {
  const answered = new Set<number>()
  const sockets: Socket[] = []
  for (let i = 0; i < dose; i++) {
    const socket = await open(path, true)
    socket.on('data', () => answered.add(i))
    sockets.push(socket)
  }
  atHeight()
  await sleep(3000)
  const ended = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length
  for (const socket of sockets) socket.destroy()
  return { told: answered.size, open: dose - ended }
}

/** Asks for much and reads nothing. */
const deafClient: Attack = async ({ dose, socket: path }, atHeight) => {
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(path)))
  for (const socket of sockets) socket.pause()
  atHeight()
  for (let i = 0; i < dose; i++) {
    const line = { jsonrpc: '2.0', id: i, method: i % 2 ? 'contacts' : 'conversations', params: {} }
    for (const socket of sockets) socket.write(`${JSON.stringify(line)}\n`)
    if (i % 100 === 0) await sleep(1)
  }
  await sleep(2000)
  for (const socket of sockets) socket.destroy()
  return { asked: dose * sockets.length }
}

export const LOCAL: Readonly<Record<string, Attack>> = {
  localGarbage: garbage,
  endlessLine,
  crowd,
  deafClient,
}
