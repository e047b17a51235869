// The first minutes of two people who have never seen Tidings: from nothing to the first message
// between two hosts, each typing only what the screen just told them to.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { hasTmux, Window } from '../repl/tmux.ts'
import { type Host, Lan, lanMissing } from './harness.ts'

const BIN = path.join(import.meta.dirname, '../../bin/tidings.js')
const INPUTS_MAX = 5
const skip = lanMissing() || (hasTmux() ? false : 'tmux is not installed')

/** Somebody at the terminal of a host, who reads what is there and types what it says. */
class Newcomer implements AsyncDisposable {
  readonly window: Window
  readonly #home: string
  /** What was typed, each with the words that told so. */
  readonly typed: string[] = []
  #since = performance.now()

  private constructor(home: string, window: Window) {
    this.#home = home
    this.window = window
  }

  static async arrive(host: Host, flags: readonly string[] = []): Promise<Newcomer> {
    const home = path.join(await mkdtemp(path.join(tmpdir(), 'tidings-first-')), 'home')
    const command = [...host.prefix, process.execPath, BIN, ...flags]
    return new Newcomer(home, new Window(command, { TIDINGS_HOME: home, TERM: 'xterm-256color' }))
  }

  /** Waits for words on the screen that tell what to type; types that. */
  async told(words: RegExp, line: string): Promise<void> {
    const screen = await this.window.shows(words)
    const [told = ''] = words.exec(screen) ?? []
    assert.ok(line === '' || told.includes(line), `"${told}" tells to type ${line}`)
    this.#enter(line, told)
  }

  /** Waits for a question, and answers it in words of one's own. */
  async asked(words: RegExp, answer: string): Promise<void> {
    const [told = ''] = words.exec(await this.window.shows(words)) ?? []
    this.#enter(answer, told)
  }

  /** Since it came, or typed something. */
  sinceMs(): number {
    return Math.round(performance.now() - this.#since)
  }

  #enter(line: string, told: string): void {
    this.#since = performance.now()
    this.typed.push(`${told.replaceAll(/\s+/g, ' ')} -> ${line}`)
    this.window.type(line)
    this.window.press('Enter')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.window.exitCode === undefined) {
      this.window.press('C-u')
      this.#enter('/quit', '')
      await this.window.shows('[exit 0]').catch(() => undefined)
    }
    this.window.close()
    await rm(path.dirname(this.#home), { recursive: true, force: true })
  }
}

for (const flags of [[], ['--plain']]) {
  const how = flags.length > 0 ? 'in plain mode' : 'on the full screen'
  test(`from nothing to a message in a few inputs, ${how}`, { skip }, async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    lan.network('ship')
    const [deck, engine] = [lan.host('deck'), lan.host('engine')]
    deck.plug('ship', '10.77.0.1/24')
    engine.plug('ship', '10.77.0.2/24')
    const ann = stack.use(await Newcomer.arrive(deck, flags))
    const bob = stack.use(await Newcomer.arrive(engine, flags))

    const begin = async (who: Newcomer, name: string): Promise<void> => {
      await who.window.shows(/Your name, as others see it/)
      const asked = `asked after ${who.sinceMs()} ms`
      await who.asked(/Your name, as others see it/, name)
      await who.told(/Password, or Enter for none/, '')
      await who.window.shows(`Tidings, as ${name}.`)
      t.diagnostic(`${name}: ${asked}, the prompt ${who.sinceMs()} ms after the last answer`)
    }
    await Promise.all([begin(ann, 'Ann'), begin(bob, 'Bob')])
    await ann.told(/\/add Bob\s+asks/, '/add Bob')
    await bob.told(/Ann asks to become your contact\.\s+\/accept Ann or/, '/accept Ann')
    await ann.told(/Next: @Bob Hello!/, '@Bob Hello!')
    await bob.window.shows(/Ann: Hello!/)
    await bob.asked(/What you type now\s+goes\s+to Ann|Next: @Ann Hello!/, 'Hello yourself!')
    await ann.window.shows(/Bob( to you)?: Hello yourself!/)

    for (const { typed } of [ann, bob]) {
      t.diagnostic(typed.join(' | '))
      assert.ok(typed.length <= INPUTS_MAX, `${typed.length} inputs`)
    }
  })
}
