// One sitting at the screen: what is typed becomes messages and commands, one after the other, and
// what happens is shown. Knows nothing of terminals and processes.
import type { Event } from '../api/shapes.ts'
import { type TidingsError, toTidingsError } from '../core/errors.ts'
import { REPL_SENDS_PENDING_MAX } from '../core/limits.ts'
import { printable } from '../core/text.ts'
import { Actions } from './actions.ts'
import { address, opens } from './addressing.ts'
import type { Alerts } from './alerts.ts'
import { Attention } from './attention.ts'
import { Chat } from './chat.ts'
import { Composing } from './composing.ts'
import { Directory } from './directory.ts'
import { FirstSteps } from './first-steps.ts'
import { Foresight } from './foresight.ts'
import { greet } from './greeting.ts'
import { Happenings } from './happenings.ts'
import { requireCommand } from './help.ts'
import { tellMeanwhile } from './meanwhile.ts'
import { unsent } from './notices.ts'
import { type Line, parseLine } from './parse.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import type { Keyed, Screen } from './screen.ts'
import { takeStock } from './stock.ts'
import { Tabs } from './tabs.ts'
import { Turns } from './turns.ts'

/** Lines that hold up nobody: others are carried out beside them where somebody waits. */
const SLOW = ['add', 'doctor', 'export', 'archive import', 'search', 'quit']

export interface SessionComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly client: () => ReplClient
  /** Undefined where nobody sits at the screen. */
  readonly alerts?: Alerts | undefined
  readonly now: () => Date
  readonly leave: (how: 'quit' | 'logout') => Promise<void>
  /** As of `PlaceCommands`. */
  readonly editor?: ((text: string) => Promise<string | undefined>) | undefined
}

export interface SessionInit {
  /** Somebody is there: greet, point out the first steps, let slow commands run beside others. */
  readonly interactive: boolean
}

export class Session {
  readonly composing: Composing
  readonly foresight: Foresight
  readonly #with: SessionComponents
  readonly #screen: Screen
  readonly #interactive: boolean
  readonly #chat: Chat
  readonly #attention: Attention
  readonly #tabs: Tabs
  readonly #happenings: Happenings
  readonly #actions: Actions
  readonly #firstSteps: FirstSteps
  readonly #ready = Promise.withResolvers<void>()
  #node: 'never' | 'here' | 'away' = 'never'
  readonly turns: Turns
  #failures = 0

  constructor(components: SessionComponents, init: SessionInit) {
    const { screen, directory, client, now } = components
    this.#with = components
    this.#screen = screen
    this.#interactive = init.interactive
    this.turns = new Turns(this.#ready.promise)
    this.#chat = new Chat(components)
    this.#firstSteps = new FirstSteps(components)
    this.composing = new Composing({ screen, client, open: () => this.#chat.open })
    this.foresight = new Foresight({ directory, client, open: () => this.#chat.open })
    this.#attention = new Attention({ client, now, changed: () => this.#showPrompt() })
    const parts = { ...components, attention: this.#attention, chat: this.#chat }
    const tabs = (this.#tabs = new Tabs(parts))
    this.#happenings = new Happenings({ ...parts, tabs }, init)
    this.#actions = new Actions({
      ...parts,
      enter: (contact) => this.#enter(contact),
      tabs,
      say: (text) => this.#talk({ kind: 'text', text }),
      interactive: init.interactive,
      happenings: this.#happenings,
      firstSteps: () => this.#firstSteps.list(),
    })
  }

  /** Resolves when the node was reached for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }
  get isReady(): boolean {
    return this.#node !== 'never'
  }
  /** Lines that failed so far. */
  get failures(): number {
    return this.#failures
  }

  /** Takes a typed line. What it asks for goes on after the return: see `room`. */
  typed(line: string): void {
    const parsed = parseLine(line)
    if (parsed.kind === 'nothing') return
    // A message that nothing typed before can redirect is shown in the place of its line. Opening
    // is waited for: the history that it shows must not hold what is typed after it.
    if (this.turns.isFree && parsed.kind !== 'command' && !opens(parsed, this.#with.directory)) {
      return this.turns.send(line, () => this.#attempt(() => this.#talk(parsed)))
    }
    const isSlow = parsed.kind === 'command' && SLOW.includes(parsed.name)
    const carryOut = (): Promise<void> => this.#carryOut(parsed)
    if (isSlow && this.#interactive) this.turns.beside(carryOut)
    else this.turns.next(line, carryOut)
  }

  /** A line that could not be read. */
  failed(error: TidingsError): void {
    this.#failures++
    this.#screen.error(printable(error.message, { lines: true }))
  }

  /** Resolves when so little is under way that another line may be taken. */
  room(): Promise<void> {
    return this.turns.room(REPL_SENDS_PENDING_MAX)
  }

  /** Resolves when everything typed so far has its answer, also what may take long. */
  answered(): Promise<void> {
    return this.turns.over()
  }

  /** Resolves when everything typed so far is carried out. */
  async settled(): Promise<void> {
    await this.turns.done()
    await this.composing.leave()
    this.#chat.flush()
  }

  stop(): void {
    this.#firstSteps.stop()
    this.#attention.stop()
    this.#actions.stop()
    this.#happenings.stop()
    this.#chat.flush()
  }

  /** Learns who is there. After the node was away, what changed meanwhile is said. */
  async attached(): Promise<void> {
    const { directory } = this.#with
    const before = { contacts: directory.contacts, groups: directory.groups.all }
    const stock = await takeStock(this.#with.client(), directory)
    const { me, contacts, conversations } = stock
    this.#chat.ownName = me.name
    if (this.isReady) {
      tellMeanwhile(stock, before, { ...this.#with, happenings: this.#happenings })
      await this.#attempt(() => this.#chat.refreshStates())
    }
    directory.setContacts(contacts)
    this.#attention.take(conversations)
    this.#tabs.take(conversations)
    if (!this.isReady && this.#interactive) {
      greet(me.name, this.#with, conversations)
      const steps = await this.#firstSteps.listIfAnyLeft()
      if (steps !== undefined) this.#screen.print(steps)
    }
    this.#node = 'here'
    this.#ready.resolve()
    await this.#attempt(() => this.#chat.fill())
  }

  /** Another conversation is to come into view, or with undefined none, whatever else goes on. */
  switchTo(conversation: string | undefined): void {
    const partner = this.#with.directory.partner(conversation ?? '')
    void this.#attempt(async () => (partner ? this.#enter(partner) : this.#chat.close()))
  }

  /** Messages before one, to show above it. Undefined when the node does not tell now. */
  earlier(conversation: string, before: string): Promise<readonly Keyed[] | undefined> {
    return this.#chat.pages.earlier(conversation, before).catch((error: unknown) => {
      if (this.#node === 'here') this.failed(toTidingsError(error))
      return undefined
    })
  }

  /** The node went away. */
  lost(): void {
    if (this.isReady) this.#node = 'away'
    this.composing.lost()
    this.#attention.lost()
    this.#screen.passing('')
  }

  happened(event: Event): void {
    this.#happenings.handle(event)
    void this.composing.happened(event)
    if (this.#interactive && event.type !== 'presence') this.#firstSteps.look()
    this.#tabs.showSoon(() => this.#chat.open)
  }

  async #carryOut(line: Line): Promise<void> {
    if (line.kind !== 'command') return this.#attempt(() => this.#talk(line))
    if (line.name !== 'quit') await this.turns.sent()
    await this.#attempt(() => this.#actions.run(requireCommand(line.name, line.rest), line.rest))
    if (this.#interactive) this.#firstSteps.look()
  }

  /** Runs one thing to its end; what goes wrong is shown and counted. Never rejects. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.failed(toTidingsError(error))
    } finally {
      this.#showPrompt()
    }
  }

  /** Sends, or opens a conversation. */
  async #talk(line: Line): Promise<void> {
    // In a script a name that fails must not send what follows to whoever was open before.
    if (!this.#interactive && opens(line, this.#with.directory)) this.#chat.close()
    const [partner, text] = address(line, this.#with.directory, this.#chat.open)
    if (text === '') return this.#enter(partner)
    const wasHere = this.#node === 'here'
    try {
      await this.#chat.send(partner, text)
    } catch (error) {
      const isOpen = partner.conversation === this.#chat.open?.conversation
      if (this.#interactive && isOpen) this.composing.notSent(partner, text, true)
      throw unsent(toTidingsError(error), wasHere)
    }
  }

  async #enter(partner: Partner): Promise<void> {
    const { conversation } = partner
    this.#tabs.note(conversation)
    const { unread } = this.#attention.newsOf(conversation)
    this.#attention.seen(conversation)
    if (this.#interactive) this.composing.opening(partner)
    await this.#chat.enter(partner, unread)
    this.#showPrompt()
    if (this.#interactive) await this.composing.opened(partner)
  }

  #showPrompt(): void {
    this.#tabs.show(this.#chat.open)
  }
}
