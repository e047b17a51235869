// Carries out commands: asks the node, and shows what it answered.
import { stripVTControlCharacters } from 'node:util'

import type { CallName } from '../api/client.ts'
import type { Params } from '../api/methods.ts'
import type { Contact } from '../api/shapes.ts'
import { RENDER } from '../cli/render.ts'
import { wrapWords } from '../cli/width.ts'
import { type ParamValues, readArguments } from './arguments.ts'
import { ChangeCommands, isChangeMethod } from './change-commands.ts'
import type { LocalCommand, MethodCommand } from './commands.ts'
import { fileNamed } from './files.ts'
import { Finds } from './finds.ts'
import type { Happenings } from './happenings.ts'
import { LocalActions, type LocalActionsComponents } from './local-actions.ts'
import { lineColumns } from './look.ts'
import { caution, unchangedNotice } from './notices.ts'
import * as results from './results.ts'
import { isTalkMethod, TalkCommands } from './talk-commands.ts'

type AnsweredMethod = Extract<CallName, `group.${string}` | `archive.${string}`>

/** Whether all there is to do is to show the answer. */
function isAnswered(method: string): method is AnsweredMethod {
  return /^(group|archive)\./.test(method)
}

/** The node does not know in which folder this program runs. */
function whereHere(values: ParamValues): ParamValues {
  return 'file' in values ? { ...values, file: fileNamed(String(values['file'])) } : values
}

export interface ActionsComponents extends LocalActionsComponents {
  readonly happenings: Happenings
  /** Somebody is there. */
  readonly interactive: boolean
  readonly now: () => Date
}

export class Actions {
  readonly #with: ActionsComponents
  readonly #finds: Finds
  readonly #local: LocalActions
  readonly #talk: TalkCommands
  readonly #changes: ChangeCommands

  constructor(components: ActionsComponents) {
    this.#with = components
    this.#finds = new Finds(components)
    this.#local = new LocalActions(components, this.#finds)
    this.#changes = new ChangeCommands(components)
    this.#talk = new TalkCommands({ ...components, show: (text) => this.#show(text) })
  }

  /** What still goes on by itself ends. */
  stop(): void {
    this.#finds.stop()
  }

  /** @throws TidingsError: what is wrong with the command, or the node's answer */
  async run(command: MethodCommand | LocalCommand, rest: string): Promise<void> {
    if (command.name === 'me' || command.name === 'reply') return this.#local.say(command, rest)
    if (command.name === 'edit') return this.#changes.edit(command, rest)
    const { directory, chat } = this.#with
    const params = readArguments(command, rest, { directory, open: chat.open?.to })
    if ('method' in command) await this.#ask(command, params)
    else await this.#local.run(command.name, params)
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
      case 'contact.reject':
      case 'contact.block':
      case 'contact.unblock':
      case 'contact.remove':
        return this.#change(() => client().call(method, given as Params<typeof method>))
      case 'contact.accept':
        await this.#change(() => client().call(method, given as Params<typeof method>))
        return this.#welcome((given as Params<typeof method>).who)
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

  /** Whoever asked is there to talk with; but nobody is taken out of another conversation. */
  async #welcome(account: string): Promise<void> {
    const { chat, directory, enter, interactive, screen } = this.#with
    const contact = directory.get(account)
    if (!contact || !interactive || chat.open) return
    await enter(directory.partnerOf(contact))
    // What was said of it stands in another place.
    if (!screen.hasPlaces) return
    screen.say(`${directory.label(contact)} is your contact now.${caution(contact)}`)
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
