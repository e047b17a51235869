// Example values for docs/API.md, made from the schemas of the API, so that an example always fits
// its method: what a field is called decides what it holds.
import * as v from 'valibot'

const ALICE = '9urpqn5agl694egfgh81lsfuao4tkc4a022hn3uljvotbla1vi6g'
const BOB = '9co2nmdihurt08sqlv96scfg19jqrdq651emmkd9bmd2u4s1dgng'
const PEER = '12D3KooWMKnBgLbdcJrr3WmcaiY4FaC2qcDyHGKUczoQdfc344HE'

const SAMPLES: Readonly<Record<string, unknown>> = {
  account: BOB,
  after: '1d',
  accounts: [BOB],
  action: false,
  address: '/ip4/192.168.1.21/tcp/4001',
  addresses: [`/ip4/192.168.1.20/tcp/4001/p2p/${PEER}`],
  alias: 'Bob from the lab',
  author: ALICE,
  authorName: 'alice',
  bytes: 1_048_576,
  check: 'disk',
  code: 'disk_room',
  contacts: 12,
  conversation: 'ohiv0en6ok8693903r2306fimbfmqvi433s1i6qdrpfpb4dq1f1g',
  conversationName: 'bob',
  count: 1,
  cursor: '17.0.1',
  deleted: false,
  damage: [],
  deliveredTo: 1,
  edited: false,
  emoji: '👍',
  detail: '80,533 MiB free for the profile "alice"',
  disappearsAt: null,
  draft: '',
  databaseBytes: 12_345_678,
  device: 'lbsos15ps6nps5mh6eakgcgq0s376dtu23snu72ist59eciifs8g',
  exportedAt: '2026-05-04T12:30:00.000Z',
  file: '/media/stick/alice.tidings',
  first: 43,
  firstSentAt: '2025-01-02T08:00:00.000Z',
  for: '8h',
  from: 'bob',
  group: '#crew',
  have: 42,
  holders: [],
  known: 42,
  fix: '',
  imitates: null,
  importedAt: '2026-05-05T09:00:00.000Z',
  in: '@bob',
  id: 'vqksen66lnjmicurgqb2e0adjk-42',
  kind: 'text',
  last: 45,
  lastSentAt: '2026-05-04T12:00:00.000Z',
  lastSeen: '2026-05-04T11:58:02.160Z',
  limit: 50,
  invitedBy: null,
  lines: 4201,
  link: `tidings://contact/${ALICE}?name=alice&at=192.168.1.20:4001`,
  members: 3,
  message: 'Hello, it is Alice',
  mentions: [],
  mentionsYou: false,
  messages: 4200,
  mutedUntil: null,
  name: 'bob',
  nearby: 3,
  of: 1,
  onlineSince: '2026-05-04T11:58:02.160Z',
  outgoing: true,
  people: 1,
  online: 2,
  next: null,
  number: 4200,
  password: 'correct horse battery staple',
  peerId: PEER,
  peers: 1,
  pid: 4711,
  pinned: false,
  profile: 'alice',
  query: 'valve',
  quotaBytes: 1_073_741_824,
  readBy: 0,
  receivedBytes: 1_234_567,
  reply: 'vqksen66lnjmicurgqb2e0adjk-41',
  replyTo: null,
  request: '',
  rssBytes: 98_566_144,
  sentBytes: 345_678,
  safetyNumber: '59134 90742 08411 87410 80252 23346 64108 58151 91998 15361 37012 02034',
  search: 'valve',
  seconds: 86_400,
  sentBefore: '2026-06-01T00:00:00.000Z',
  sentFrom: '2026-05-01T00:00:00.000Z',
  sentAt: '2026-05-04T12:00:00.000Z',
  seq: 42,
  setBy: ALICE,
  setByName: 'alice',
  shown: 42,
  since: '16.0.1',
  size: '2GiB',
  text: 'Lunch?',
  timer: null,
  title: 'bob',
  timeoutMs: 60_000,
  to: '@bob',
  topic: 'who has the key',
  unread: 0,
  upTo: 'vqksen66lnjmicurgqb2e0adjk-42',
  uptimeMs: 86_400_000,
  version: '0.1.0',
  waitingFor: null,
  words: ['valve', 'pump room'],
  where: 'interface eth0',
  who: 'bob',
}

interface Schema extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, Schema>>
  readonly item?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly unknown[]
  readonly literal?: unknown
}

/** The node that answers is Alice's; whoever else is named is Bob. */
const SELF = { account: ALICE, name: 'alice' }

/** A value that fits the schema. @throws when the samples above have become unfit */
export function sampleOf(schema: v.GenericSchema, isSelf = false): unknown {
  const built = build(schema, '')
  const value = isSelf ? { ...(built as object), ...SELF } : built
  v.parse(schema, value)
  return value
}

function build(schema: Schema, name: string): unknown {
  const { type, entries, item, wrapped, options, literal } = schema
  if (entries) {
    const fields = Object.entries(entries).map(([key, entry]) => [key, build(entry, key)] as const)
    const built: Record<string, unknown> = Object.fromEntries(fields)
    const isWhose = 'own' in built && 'account' in built
    return isWhose ? { ...built, own: built['account'] === ALICE } : built
  }
  if (type === 'literal') return literal
  if (type === 'picklist') return options?.[0]
  if (type === 'variant') return build(options?.[0] as Schema, name)
  if (type === 'boolean') return typeof SAMPLES[name] === 'boolean' ? SAMPLES[name] : true
  // One name stands for a list in messages, and for how many there are elsewhere.
  if (type === 'number' && name in SAMPLES && typeof SAMPLES[name] !== 'number') return 0
  if (wrapped && !(name in SAMPLES && isPlain(wrapped))) return build(wrapped, name)
  if (type === 'array' && item && !isPlain(item)) return [build(item, name)]
  return SAMPLES[name]
}

function isPlain({ type }: Schema): boolean {
  return type === 'string' || type === 'number'
}
