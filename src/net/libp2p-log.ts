// libp2p's loggers on top of ours. Its errors are mostly what peers do, so they are details here;
// its other lines are for its own developers and dropped.
import type { ComponentLogger, Logger as Libp2pLogger } from '@libp2p/interface'

import type { Logger } from '../core/logger.ts'

export function libp2pLogger(log: Logger): ComponentLogger {
  return { forComponent: (name) => scope(log, name) }
}

function scope(log: Logger, component: string): Libp2pLogger {
  const ignore = (): void => {}
  return Object.assign(ignore, {
    enabled: false,
    trace: ignore,
    error: (format: unknown, ...args: readonly unknown[]): void => {
      log.debug({ component, details: args.map(brief) }, String(format))
    },
    newScope: (name: string): Libp2pLogger => scope(log, `${component}:${name}`),
  })
}

function brief(value: unknown): string {
  return value instanceof Error ? `${value.name}: ${value.message}` : String(value)
}
