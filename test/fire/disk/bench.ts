// Opens harmed databases in processes of their own: LevelDB may abort on what it finds in a damaged
// table, and that has to be a failure of one case and not the end of all.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Contents, Verdicts } from './contents.ts'
import type { Random } from './random.ts'
import type { Specimen } from './specimen.ts'

const OPENER = path.join(import.meta.dirname, 'opener.ts')
/** An opening that mends takes as long. */
const MOMENT_MAX_MS = 250
/** Kills of one database, before it is left alone. */
const KILLS = 3

export class Bench {
  private readonly contents: string
  private readonly key: string

  /** @param whole what the specimen held before */
  constructor(specimen: Specimen, whole: Contents) {
    this.contents = path.join(path.dirname(specimen.pristine), 'whole.json')
    this.key = Buffer.from(specimen.key).toString('hex')
    const { logs, records } = whole
    writeFileSync(this.contents, JSON.stringify({ logs: [...logs], records: [...records] }))
  }

  async judge(directory: string): Promise<Verdicts> {
    const child = this.start(directory)
    assert.ok(child.stdout && child.stderr)
    const [[code, signal], said, cause] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr),
    ])
    assert.ok(code === 0, `the process ended with ${code ?? signal}: ${cause.slice(-2000)}`)
    return JSON.parse(said.slice(said.indexOf('{'))) as Verdicts
  }

  /** Each time at some moment after it began to open. */
  async killWhileOpening(directory: string, random: Random): Promise<void> {
    for (let kill = 0; kill < KILLS; kill++) {
      const child = this.start(directory)
      const gone = once(child, 'exit')
      assert.ok(child.stdout)
      const isOpening = once(child.stdout, 'data').then(() => true)
      assert.ok(await Promise.race([isOpening, gone.then(() => false)]), 'it ended by itself')
      await sleep(random() * MOMENT_MAX_MS)
      child.kill('SIGKILL')
      await gone
    }
  }

  private start(directory: string): ChildProcess {
    const env = { ...process.env, OPENER_KEY: this.key }
    return spawn(process.execPath, [OPENER, directory, this.contents], { env })
  }
}
