// What `service` shows to people: whether the node is kept running, and what to do if it is not.
import { homedir } from 'node:os'

import type { ServiceState } from '../api/service.ts'
import { printable } from '../core/text.ts'
import { type Field, fields } from './fields.ts'

/** What a script is told. */
export interface ServiceReport extends ServiceState {
  readonly profile: string
  /** The node of the profile, whoever started it. */
  readonly nodePid: number | null
}

const STATES: Readonly<Record<ServiceState['state'], string>> = {
  running: 'running',
  starting: 'starting',
  restarting: 'ended by an error; it is started again in a moment',
  stopped: 'stopped',
  failed: 'failed; it is not started again by itself',
}

/** A command as one types it for the profile. */
export type Typed = (command: string) => string

export function serviceText(report: ServiceReport, typed: Typed): string {
  const { installed, enabled, state, pid, exitCode, file, lingers } = report
  if (!installed) {
    const node = isOther(report) ? `A node runs, pid ${report.nodePid}, started by hand. ` : ''
    return `${node}There is no service. "${typed('service install')}" makes one.`
  }
  const ended = exitCode === null || exitCode === 0 ? '' : `, last ended with ${exitCode}`
  const list: Field[] = [
    ['service', `${STATES[state]}${pid === null ? '' : `, pid ${pid}`}${ended}`],
    ['at login', enabled ? 'starts' : 'does not start: it was disabled'],
  ]
  if (lingers !== null) list.push(['logged out', lingers ? 'goes on' : 'stops'])
  list.push(['file', short(file)])
  return [fields(list), ...adviceLines(report, typed)].join('\n')
}

export function installedText(report: ServiceReport, typed: Typed): string {
  const { pid, file } = report
  const runs = pid === null ? '' : ` The node runs, pid ${pid}.`
  return [`Installed ${short(file)}.${runs}`, ...adviceLines(report, typed)].join('\n')
}

function adviceLines(report: ServiceReport, typed: Typed): string[] {
  const lines: string[] = []
  if (isOther(report)) {
    lines.push(
      `A node runs already, pid ${report.nodePid}, which is not the service's. To hand over:`,
      `  ${typed('stop')} && ${typed('service install')}`,
    )
  }
  if (report.lingers === false) {
    lines.push('To have it run while you are logged out too:', '  loginctl enable-linger')
  }
  return lines
}

/** Whether the node that runs is not the service's. */
function isOther({ nodePid, pid }: ServiceReport): boolean {
  return nodePid !== null && nodePid !== pid
}

function short(file: string): string {
  const home = homedir()
  return printable(file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file)
}
