// Bodies that are neither texts nor changes of them: which field of Entry holds each kind, and how
// it is read and written. Texts are most of what there is, and are read without making anything of
// them (entry.ts).
import type { Body, ChangeBody, TextBody } from '../core/entry.ts'
import { scanTimer, writeTimer } from './bodies.ts'
import { CLOSED_TAG, readClosed, writeClosed } from './closed-body.ts'
import { GROUP_TAGS, isGroupTag, readGroupBody, writeGroupBody } from './group-bodies.ts'
import type { Reader } from './reader.ts'

export type OtherBody = Exclude<Body, TextBody | ChangeBody | { readonly kind: 'unknown' }>

export const TIMER = 40

/** What a body says; undefined for a kind of a later version. @throws TidingsError */
export function readOther(tag: number, open: () => Reader): OtherBody | undefined {
  if (tag === TIMER) return { kind: 'timer', seconds: scanTimer(open()) }
  if (tag === CLOSED_TAG) return readClosed(open())
  return isGroupTag(tag) ? readGroupBody(tag, open()) : undefined
}

export function writeOther(body: OtherBody): { readonly tag: number; readonly bytes: Uint8Array } {
  if (body.kind === 'timer') return { tag: TIMER, bytes: writeTimer(body) }
  if (body.kind === 'closed') return { tag: CLOSED_TAG, bytes: writeClosed(body) }
  return { tag: GROUP_TAGS[body.kind], bytes: writeGroupBody(body) }
}
