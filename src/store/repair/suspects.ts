// Logs in which a reader met damage: reported, and noted in the database, so that the next opening
// looks at all of them and repairs them (docs/STORAGE.md, "Damage").
import { isTidingsError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { Codec, LogRef } from '../codec.ts'
import { logIdOf, metaKey } from '../keys.ts'
import type { Damage } from './damage.ts'

export interface SuspectsComponents {
  readonly codec: Codec
  readonly damage: Damage
  readonly log: Logger
}

type Write = (operation: { readonly key: Buffer; readonly value: Buffer }) => Promise<void>

export class Suspects {
  private readonly components: SuspectsComponents
  private readonly write: Write
  private readonly ids = new Set<string>()

  constructor(components: SuspectsComponents, write: Write) {
    this.components = components
    this.write = write
  }

  /** What is being read of a log, and a note when that meets damage. */
  async noticing<T>(log: LogRef, reading: Promise<T>): Promise<T> {
    try {
      return await reading
    } catch (error) {
      this.note(log, error)
      throw error
    }
  }

  /** Other errors than damage are not noted. */
  note(log: LogRef, error: unknown): void {
    if (!isTidingsError(error, 'database_damaged')) return
    const { codec, damage, log: logger } = this.components
    const hex = logIdOf(log).toString('hex')
    if (!damage.report(hex, error.message)) return
    this.ids.add(hex)
    const key = metaKey('suspects')
    this.write({ key, value: codec.sealJson(key, [...this.ids]) }).catch((cause: unknown) => {
      logger.warn({ error: String(cause) }, 'the damage could not be noted')
    })
  }
}
