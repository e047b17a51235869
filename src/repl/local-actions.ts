// Carries out the commands that concern only this screen.
import { TidingsError } from '../core/errors.ts'
import { partnerNamed } from './addressing.ts'
import { type Alerts, commandAlerts } from './alerts.ts'
import type { ParamValue, ParamValues } from './arguments.ts'
import { type LocalName, type ReplCommand, usage } from './commands.ts'
import { exportHere } from './export-here.ts'
import type { Finds } from './finds.ts'
import { helpFor, overview } from './help.ts'
import { requestNotice } from './notices.ts'
import { PlaceCommands, type PlaceCommandsComponents } from './place-commands.ts'
import { TOPICS } from './topics.ts'
import { findMessage, WHICH } from './which-message.ts'

export interface LocalActionsComponents extends PlaceCommandsComponents {
  readonly alerts?: Alerts | undefined
  /** The first steps with what is done of them. */
  readonly firstSteps: () => Promise<string>
  readonly leave: (how: 'quit' | 'logout') => Promise<void>
}

export class LocalActions {
  readonly #with: LocalActionsComponents
  readonly #finds: Finds
  readonly #places: PlaceCommands

  constructor(components: LocalActionsComponents, finds: Finds) {
    this.#with = components
    this.#finds = finds
    this.#places = new PlaceCommands(components)
  }

  /** @throws TidingsError */
  async run(name: Exclude<LocalName, 'me' | 'reply'>, params: ParamValues): Promise<void> {
    const { screen, directory, chat } = this.#with
    switch (name) {
      case 'requests':
        return this.#requests()
      case 'open':
        return this.#with.enter(partnerNamed(String(params['who']), directory))
      case 'next':
        return this.#places.next()
      case 'switch':
        return this.#places.switch(params['which'])
      case 'editor':
        return this.#places.edit()
      case 'close':
        chat.close()
        if (screen.look.words) screen.say('No conversation is open now.')
        return
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

  /** `/me` and `/reply`: of words that are sent nothing is taken apart. @throws TidingsError */
  async say(command: ReplCommand, rest: string): Promise<void> {
    const { chat, client } = this.#with
    const { open } = chat
    if (!open)
      throw new TidingsError('bad_input', 'No conversation is open; @name or #name opens one.')
    if (command.name === 'me') {
      if (rest === '') throw new TidingsError('bad_input', `Usage: ${usage(command)}`)
      return chat.send(open, rest, { action: true })
    }
    const [, which, text = ''] = WHICH.exec(rest) ?? []
    if (text === '') throw new TidingsError('bad_input', `Usage: ${usage(command)}`)
    const answers = await findMessage(client(), open, 'reply', which)
    return chat.send(open, text, { answers })
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
}
