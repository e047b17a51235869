// The alerts of a sitting at a terminal, put together: its bell and focus, and the desktop.
import process from 'node:process'
import type { Readable, Writable } from 'node:stream'

import type { NotifySettings } from '../api/running.ts'
import { Alerts } from './alerts.ts'
import { Desktop } from './desktop.ts'
import type { Directory } from './directory.ts'
import { Focus } from './focus.ts'

const BELL = '\x07'

export interface AlertingContext {
  readonly input: Readable
  readonly output: Writable
  /** A person sits at both. */
  readonly interactive: boolean
  /** The terminal is not asked for anything. */
  readonly plain: boolean
  readonly env: NodeJS.ProcessEnv
  readonly notify: NotifySettings
  /** The profile has one. */
  readonly hasPassword: boolean
  readonly now: () => Date
}

export interface Alerting {
  readonly alerts: Alerts
  /** Gives the terminal back as it was. */
  close(): void
}

/**
 * Undefined where nobody sits. To be called once the screen has the terminal.
 *
 * @param failed told once when notifications of the desktop do not work
 */
export function openAlerts(
  { input, output, interactive, plain, env, notify, hasPassword, now }: AlertingContext,
  directory: Directory,
  failed: (message: string) => void,
): Alerting | undefined {
  if (!interactive) return undefined
  const focus = plain ? undefined : new Focus(input)
  const alerts = new Alerts(
    {
      directory,
      now,
      failed,
      ring: () => output.write(BELL),
      desktop: new Desktop({ platform: process.platform, env }),
      presence: () => focus?.presence ?? 'unknown',
    },
    { settings: notify, hasPassword },
  )
  return {
    alerts,
    close: () => {
      alerts.stop()
      focus?.end()
    },
  }
}
