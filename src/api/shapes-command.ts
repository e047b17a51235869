// What commands print with `--json` that answer something else than their method, or have none.
import * as v from 'valibot'

import { METHODS, type MethodName, type MethodSpec } from './methods.ts'
import { account, conversationId, timestamp } from './shapes-basic.ts'
import { gap, member } from './shapes-keeping.ts'
import * as shape from './shapes.ts'
import { apiVersion } from './version.ts'

const nothing = v.null_()
const profile = v.pipe(v.string(), v.description("the profile's name on this machine"))

/** `start`, once the node is ready. */
export const ready = v.object({
  ready: v.literal(true),
  account,
  peerId: v.string(),
  name: v.pipe(v.string(), v.description('as others see it')),
  addresses: v.array(v.string()),
  pid: v.number(),
})

/** `status` where no node runs; its exit code is 3. */
export const notRunning = v.object({
  running: v.literal(false),
  apiVersion,
  profile,
  pid: nothing,
  uptimeMs: nothing,
  account: nothing,
  peerId: nothing,
  name: nothing,
  addresses: v.array(v.string()),
  peers: v.number(),
  connections: v.array(shape.connection),
  nearby: v.number(),
  queue: nothing,
  traffic: nothing,
  databaseBytes: nothing,
  rssBytes: v.number(),
})
export type NotRunning = v.InferOutput<typeof notRunning>

const stopped = v.object({ done: v.literal(true), running: v.literal(false), pid: v.number() })

const places = v.object({
  config: v.string(),
  data: v.string(),
  state: v.string(),
  socket: v.string(),
  log: v.string(),
})

/** A message that a line of standard input became, of `send` without a text. */
const sentLine = v.object({
  line: v.pipe(v.number(), v.description('its number, from 1')),
  ...METHODS.send.result.entries,
})

/** Somebody who came or went, of `nearby --watch`. */
const nearbyChange = v.object({ ...shape.nearbyNode.entries, present: v.boolean() })

export const profileSummary = v.object({
  profile,
  name: v.pipe(v.string(), v.description('as others see it')),
  locked: v.pipe(v.boolean(), v.description('it has a password')),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description('why it cannot be used, in plain words; null when all is well'),
  ),
})

export const createdProfile = v.object({ profile, name: v.string(), account })

export const importedProfile = v.object({
  ...createdProfile.entries,
  contacts: shape.exportedProfile.entries.contacts,
  messages: shape.exportedProfile.entries.messages,
})

/** `profile passwd` */
const passwordChange = v.object({ profile, name: v.string(), locked: v.boolean() })

/** An export that went into a file. */
export const exportedConversation = v.object({
  file: v.string(),
  bytes: v.number(),
  messages: v.number(),
  missing: v.pipe(v.number(), v.description('entries that the export does not have')),
})

/** The first line of an export as JSON Lines; messages and gaps follow. */
const exportHeader = v.object({
  type: v.literal('header'),
  format: v.literal('tidings-conversation'),
  version: v.pipe(v.string(), v.description('of the export, as MAJOR.MINOR')),
  conversation: conversationId,
  name: v.string(),
  members: v.array(member),
  exportedAt: timestamp,
})

/** `service install`, `uninstall` and `status` */
const serviceReport = v.object({
  profile,
  manager: v.picklist(['systemd', 'launchd']),
  unit: v.pipe(v.string(), v.description('as the manager calls it')),
  file: v.pipe(v.string(), v.description('the file that describes it to the manager')),
  installed: v.boolean(),
  enabled: v.pipe(v.boolean(), v.description('it starts when the user logs in')),
  state: v.picklist(['running', 'starting', 'restarting', 'stopped', 'failed']),
  pid: v.nullable(v.number()),
  exitCode: v.pipe(v.nullable(v.number()), v.description('how it ended last, where that is known')),
  lingers: v.pipe(
    v.nullable(v.boolean()),
    v.description('it runs while the user is logged out too; null where there is no such thing'),
  ),
  nodePid: v.pipe(
    v.nullable(v.number()),
    v.description('the node of the profile, whoever started it'),
  ),
})

/** A line of `logs`, as the node wrote it: more fields may follow. */
const logLine = v.objectWithRest(
  { level: v.number(), time: v.string(), msg: v.string() },
  v.unknown(),
)

/** What any command prints on standard error when it fails. */
export const failure = v.object({
  error: v.object({
    code: v.pipe(v.string(), v.description('stable; see the table of errors')),
    message: v.pipe(v.string(), v.description('words for a person, free to change')),
  }),
})

/** What a command prints: one result, lines that follow each other, or by its options either. */
export interface Printed {
  readonly result?: v.GenericSchema
  readonly line?: v.GenericSchema
}

const PRINTED: Readonly<Record<string, Printed>> = {
  start: { result: ready },
  stop: { result: stopped },
  status: { result: v.union([shape.status, notRunning]) },
  paths: { result: places },
  nearby: { result: METHODS.nearby.result, line: nearbyChange },
  search: { line: shape.found },
  send: { result: METHODS.send.result, line: sentLine },
  tail: { result: METHODS.tail.result, line: shape.event },
  export: {
    result: exportedConversation,
    line: v.union([exportHeader, shape.message, gap]),
  },
  logs: { line: logLine },
  'service install': { result: serviceReport },
  'service uninstall': { result: serviceReport },
  'service status': { result: serviceReport },
  'profile create': { result: createdProfile },
  'profile list': { result: v.array(profileSummary) },
  'profile passwd': { result: passwordChange },
  'profile import': { result: importedProfile },
}

/** @param command like "contact add" */
export function printedBy(command: string): Printed | undefined {
  const name = command.replaceAll(' ', '.')
  const spec: MethodSpec | undefined = METHODS[name as MethodName]
  return PRINTED[command] ?? (spec && { result: spec.result })
}
