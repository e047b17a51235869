// Carries out commands: asks the node, and shows what it answered.
import { stripVTControlCharacters } from 'node:util'

import type { CallName } from '../api/client.ts'
import type { Params } from '../api/methods.ts'
import type { Contact } from '../api/shapes.ts'
import { RENDER } from '../cli/render.ts'
import { wrapWords } from '../cli/width.ts'
import { TidingsError } from '../core/errors.ts'
import { partnerNamed } from './addressing.ts'
import { type Alerts, commandAlerts } from './alerts.ts'
import { type ParamValue, type ParamValues, readArguments } from './arguments.ts'
import { ChangeCommands, isChangeMethod } from './change-commands.ts'
import type { Chat } from './chat.ts'
import {
  type LocalCommand,
  type LocalName,
  type MethodCommand,
  type ReplCommand,
  usage,
} from './commands.ts'
import type { Directory } from './directory.ts'
import { exportHere } from './export-here.ts'
import { fileNamed } from './files.ts'
import { Finds } from './finds.ts'
import type { Happenings } from './happenings.ts'
import { helpFor, overview } from './help.ts'
import { lineColumns } from './look.ts'
import { requestNotice, unchangedNotice } from './notices.ts'
import type { Partner } from './partner.ts'
import type { ReplClient } from './repl-client.ts'
import * as results from './results.ts'
import type { Screen } from './screen.ts'
import { isTalkMethod, TalkCommands } from './talk-commands.ts'
import { TOPICS } from './topics.ts'
import { findMessage, WHICH } from './which-message.ts'

type AnsweredMethod = Extract<CallName, `group.${string}` | `archive.${string}`>

/** Whether all there is to do is to show the answer. */
function isAnswered(method: string): method is AnsweredMethod {
  return /^(group|archive)\./.test(method)
}

/** The node does not know in which folder this program runs. */
function whereHere(values: ParamValues): ParamValues {
  return 'file' in values ? { ...values, file: fileNamed(String(values['file'])) } : values
}

export interface ActionsComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly chat: Chat
  readonly happenings: Happenings
  readonly alerts?: Alerts | undefined
  /** Opens a conversation. */
  readonly enter: (partner: Partner) => Promise<void>
  readonly client: () => ReplClient
  /** The first steps with what is done of them. */
  readonly firstSteps: () => Promise<string>
  readonly leave: (how: 'quit' | 'logout') => Promise<void>
  readonly now: () => Date
}

export class Actions {
  readonly #with: ActionsComponents
  readonly #finds: Finds
  readonly #talk: TalkCommands
  readonly #changes: ChangeCommands

  constructor(components: ActionsComponents) {
    this.#with = components
    this.#finds = new Finds(components)
    this.#changes = new ChangeCommands(components)
    this.#talk = new TalkCommands({ ...components, show: (text) => this.#show(text) })
  }

  /** What still goes on by itself ends. */
  stop(): void {
    this.#finds.stop()
  }

  /** @throws TidingsError: what is wrong with the command, or the node's answer */
  async run(command: MethodCommand | LocalCommand, rest: string): Promise<void> {
    // Of words that are sent nothing is taken apart.
    if (command.name === 'me' || command.name === 'reply') return this.#say(command, rest)
    if (command.name === 'edit') return this.#changes.edit(command, rest)
    const { directory, chat } = this.#with
    const params = readArguments(command, rest, { directory, open: chat.open?.to })
    if ('method' in command) await this.#ask(command, params)
    else await this.#local(command.name, params)
  }

  async #local(name: Exclude<LocalName, 'me' | 'reply'>, params: ParamValues): Promise<void> {
    const { screen, directory, chat } = this.#with
    switch (name) {
      case 'requests':
        return this.#requests()
      case 'open':
        return this.#with.enter(partnerNamed(String(params['who']), directory))
      case 'close':
        return chat.close()
      case 'export':
        for (const line of await exportHere(this.#with.client(), params)) screen.say(line)
        return
      case 'jump':
        return this.#finds.jump(String(params['number']))
      case 'earlier':
      case 'later':
        return this.#finds.turn(name, params)
      case 'notify':
        return screen.say(await commandAlerts(this.#with.alerts, params['setting']))
      case 'help':
        return screen.print(await this.#help(params['topic']))
      case 'logout':
      case 'quit':
        return this.#with.leave(name)
    }
  }

  async #say(command: ReplCommand, rest: string): Promise<void> {
    const { open } = this.#with.chat
    if (!open)
      throw new TidingsError('bad_input', 'No conversation is open; @name or #name opens one.')
    if (command.name === 'me') {
      if (rest === '') throw new TidingsError('bad_input', `Usage: ${usage(command)}`)
      return this.#with.chat.send(open, rest, { action: true })
    }
    const [, which, text = ''] = WHICH.exec(rest) ?? []
    if (text === '') throw new TidingsError('bad_input', `Usage: ${usage(command)}`)
    const answers = await findMessage(this.#with.client(), open, 'reply', which)
    return this.#with.chat.send(open, text, { answers })
  }

  async #help(topic: ParamValue | undefined): Promise<string> {
    const { screen } = this.#with
    if (topic === undefined) return overview(screen.look)
    if (topic !== 'start') return helpFor(String(topic), screen.look)
    return `${await this.#with.firstSteps()}\n\n${TOPICS['start']?.text ?? ''}`
  }

  #requests(): void {
    const { screen, directory } = this.#with
    const { requests } = directory
    if (requests.length === 0) screen.say('Nobody waits for an answer of yours.')
    for (const contact of requests) screen.say(requestNotice(contact, directory))
  }

  async #ask({ method, name }: MethodCommand, values: ParamValues): Promise<void> {
    const { client, screen, directory, chat } = this.#with
    // `readArguments` gives what the method's schema names; the node checks it against the schema.
    const given = values as unknown
    if (isTalkMethod(method)) return this.#talk.run(method, given)
    if (isAnswered(method)) return this.#answer(method, whereHere(values))
    if (isChangeMethod(method)) return this.#changes.run(method, values)
    switch (method) {
      case 'nearby': {
        const nodes = await client().call(method)
        directory.setNearby(nodes)
        return screen.print(results.nearbyList(nodes, screen.look))
      }
      case 'contacts': {
        directory.setContacts(await client().call(method))
        const { contacts } = directory
        return screen.print(results.contactList(contacts, directory, screen.look))
      }
      case 'whoami':
        return this.#show(RENDER[method](await client().call(method)))
      case 'name': {
        const me = await client().call(method, given as Params<'name'>)
        chat.ownName = me.name
        return this.#show(RENDER[method](me))
      }
      case 'invite':
        return screen.print(results.invitation((await client().call(method)).link, screen.look))
      case 'history': {
        const history = await client().call(method, given as Params<'history'>)
        if (history.length === 0) screen.say('No messages.')
        return chat.pages.show(history)
      }
      case 'search':
        return this.#finds.search(given as Params<'search'>)
      case 'status':
      case 'doctor':
      case 'sync':
      case 'disappear':
      case 'contact.show':
      case 'contact.quota':
        return this.#answer(method, given)
      case 'contact.verify':
        return this.#verify(given as Params<'contact.verify'>)
      case 'contact.add':
      case 'contact.accept':
      case 'contact.reject':
      case 'contact.block':
      case 'contact.unblock':
      case 'contact.remove':
        return this.#change(() => client().call(method, given as Params<typeof method>))
      case 'contact.rename':
        return this.#change(() => client().call(method, given as Params<'contact.rename'>))
      case 'edit':
      case 'stop':
      case 'send':
      case 'wait':
      case 'draft':
      case 'typing':
      case 'tail':
      case 'profile.export':
      case 'export':
        throw new TypeError(`/${name} has no place on the screen`)
    }
  }

  /** Shows what the node answers as the command line does. */
  async #answer(method: CallName, given: unknown): Promise<void> {
    // The table pairs each name with its parameters and its result; for a union nothing sees it.
    const render = RENDER[method] as (result: unknown) => string
    this.#show(render(await this.#with.client().call(method, given as never)))
  }

  /** What the command line would print; it colours and breaks lines for its own stream. */
  #show(text: string): void {
    const { screen } = this.#with
    const { look } = screen
    const lines = (look.color ? text : stripVTControlCharacters(text)).split('\n')
    const wrapped = lines.flatMap((line) => wrapWords(line, lineColumns(look), '    '))
    screen.print(wrapped.join('\n'))
  }

  async #verify(params: Params<'contact.verify'>): Promise<void> {
    const { client, screen, directory, happenings } = this.#with
    if (params.confirm) return this.#change(() => client().call('contact.verify', params))
    const result = await client().call('contact.verify', params)
    happenings.contactIs(result)
    screen.print(results.safetyNumber(result, directory, screen.look))
  }

  /** Says what changed, unless the event of the change came first and said it. */
  async #change(call: () => Promise<Contact>): Promise<void> {
    const { screen, directory, happenings } = this.#with
    const saidBefore = new Map(
      directory.contacts.map((c) => [c.account, happenings.saidOf(c.account)]),
    )
    const contact = await call()
    const { account } = contact
    if (happenings.contactIs(contact)) return
    if (happenings.saidOf(account) > (saidBefore.get(account) ?? 0)) return
    screen.say(unchangedNotice(contact, directory))
  }
}
