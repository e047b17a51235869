// Learns from the node, while a line is being typed, what Tab is going to need for it: members,
// messages, archives. So Tab itself waits for nobody.
import type { GroupMember } from '../api/shapes-group.ts'
import type { Message } from '../api/shapes.ts'
import { givenSoFar } from './arguments.ts'
import { commandNamed, type ReplCommand } from './commands.ts'
import type { Directory } from './directory.ts'
import { filesIn } from './files.ts'
import { parseLine } from './parse.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import type { Surroundings } from './surroundings.ts'

/** Known so recently, it is not asked for again: keys come fast. */
const FRESH_MS = 2000
/** Conversations of which something is known at a time. */
const KEPT_MAX = 16
/** Somebody who means one further back reads its id somewhere. */
const MESSAGES_KNOWN = 50
const REACTIONS_MAX = 10

export interface ForesightComponents {
  readonly directory: Directory
  readonly client: () => ReplClient
  readonly open: () => Partner | undefined
}

interface Known {
  readonly atMs: number
  readonly value: unknown
}

/** What a line may need to be completed. */
type Need = 'archives' | `members ${string}` | `messages ${string}`

export class Foresight implements Surroundings {
  readonly #with: ForesightComponents
  /** What was asked for last comes last. */
  readonly #known = new Map<Need, Known>()
  readonly #asked = new Set<Need>()
  reactions: readonly string[] = []

  constructor(components: ForesightComponents) {
    this.#with = components
  }

  get directory(): Directory {
    return this.#with.directory
  }

  get open(): Partner | undefined {
    return this.#with.open()
  }

  get archives(): readonly string[] {
    return (this.#known.get('archives')?.value ?? []) as readonly string[]
  }

  readonly members = (conversation: string): readonly GroupMember[] =>
    (this.#known.get(`members ${conversation}`)?.value ?? []) as readonly GroupMember[]

  readonly messages = (conversation: string): readonly Message[] | undefined =>
    this.#known.get(`messages ${conversation}`)?.value as readonly Message[] | undefined

  readonly files = filesIn

  /** Keys changed the line. */
  edited(line: string): void {
    for (const need of needsOf(line, this)) {
      const known = this.#known.get(need)
      const isFresh = known !== undefined && performance.now() - known.atMs < FRESH_MS
      if (!isFresh && !this.#asked.has(need)) void this.#learn(need)
    }
  }

  /** A line was handed over. */
  entered(line: string): void {
    const [, emoji] = /^\/react\s+(?:\^\d+\s+)?([^\s"^-]+)\s*$/i.exec(line) ?? []
    if (emoji === undefined) return
    const others = this.reactions.filter((each) => each !== emoji)
    this.reactions = [emoji, ...others].slice(0, REACTIONS_MAX)
  }

  /** Never rejects: what is not known is not suggested. */
  async #learn(need: Need): Promise<void> {
    this.#asked.add(need)
    try {
      const value = await this.#ask(need)
      this.#known.delete(need)
      this.#known.set(need, { atMs: performance.now(), value })
      const [oldest] = this.#known.keys()
      if (this.#known.size > KEPT_MAX && oldest !== undefined) this.#known.delete(oldest)
    } catch {
      this.#known.delete(need)
    } finally {
      this.#asked.delete(need)
    }
  }

  async #ask(need: Need): Promise<unknown> {
    const client = this.#with.client()
    const [what, conversation = ''] = need.split(' ')
    if (what === 'members') return client.call('group.members', { group: conversation })
    if (what === 'messages') {
      return client.call('history', { conversation, limit: MESSAGES_KNOWN })
    }
    return (await client.call('archive.list', {})).map(({ name }) => name)
  }
}

function needsOf(
  line: string,
  { directory, open }: Pick<Surroundings, 'directory' | 'open'>,
): Need[] {
  const parsed = parseLine(line)
  const inGroup = (conversation = open?.conversation): Need[] =>
    conversation !== undefined && line.includes('@') && directory.groups.get(conversation)
      ? [`members ${conversation}`]
      : []
  switch (parsed.kind) {
    case 'nothing':
    case 'mention':
      return []
    case 'text':
      return inGroup()
    case 'group':
      return inGroup(directory.groups.split(parsed.rest)?.group.conversation)
    case 'command': {
      const command = commandNamed(parsed.name)
      return command ? [...inGroup(), ...needsOfCommand(command, parsed.rest, directory, open)] : []
    }
  }
}

function needsOfCommand(
  command: ReplCommand,
  rest: string,
  directory: Directory,
  open: Partner | undefined,
): Need[] {
  const kinds = [...command.args, ...command.options].map(({ completes }) => completes)
  const isMeant = (kind: (typeof kinds)[number]): boolean => kinds.includes(kind)
  const needs: Need[] = isMeant('archive') ? ['archives'] : []
  if (!isMeant('message') && !isMeant('member')) return needs
  const {
    group,
    conversation,
    in: place,
  } = givenSoFar(command, rest, { directory, open: open?.to })
  if (isMeant('member') && typeof group === 'string') needs.push(`members ${group}`)
  if (!isMeant('message')) return needs
  const named = conversation ?? place
  const id = typeof named === 'string' ? (directory.get(named)?.conversation ?? named) : undefined
  const where = id ?? open?.conversation
  return where === undefined ? needs : [...needs, `messages ${where}`]
}
