// Frames that are kept to make others from: one of each kind as real nodes said them, and every one
// that ever broke something. A line of corpus/frames.txt is a name and the bytes in hexadecimal; in
// them 32 times `c0` stands for the conversation and 32 times `d0` for the device of the attacker.
import { readFileSync } from 'node:fs'
import path from 'node:path'

import { type ConversationId, type DeviceId, idToBytes } from '../../src/core/id.ts'

const FILE = path.join(import.meta.dirname, 'corpus/frames.txt')

export function readCorpus(ids: { conversation: ConversationId; device: DeviceId }): Uint8Array[] {
  const hex = (id: ConversationId | DeviceId): string => Buffer.from(idToBytes(id)).toString('hex')
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, bytes = ''] = line.split(' ')
      const current = bytes
        .replaceAll('c0'.repeat(32), hex(ids.conversation))
        .replaceAll('d0'.repeat(32), hex(ids.device))
      return Buffer.from(current, 'hex')
    })
}
