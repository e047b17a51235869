// What is known of one network interface, put together for the checks of it.
import type {
  InterfaceReport,
  NetworkSurvey,
  PeerReport,
  SoughtReport,
} from '../../../node/survey/survey-types.ts'
import type { Machine, MachineLink, Ports } from './machine.ts'

const NAMES_SHOWN = 4

export interface Scene {
  readonly report: InterfaceReport
  /** Undefined where the system tells nothing of it. */
  readonly link: MachineLink | undefined
  /** Those on this interface. */
  readonly peers: readonly PeerReport[]
  readonly sought: readonly SoughtReport[]
  readonly machine: Machine
  readonly ports: Ports
}

/** What is known of one interface, put together. */
export function sceneOf(
  report: InterfaceReport,
  { peers, sought }: NetworkSurvey,
  machine: Machine,
  ports: Ports,
): Scene {
  const isHere = ({ interface: on }: { readonly interface: string | undefined }): boolean =>
    on === report.name
  return {
    report,
    link: machine.links.find(({ name }) => name === report.name),
    peers: peers.filter(isHere),
    sought: sought.filter(isHere),
    machine,
    ports,
  }
}

/** Somebody proved on this interface that packets go both ways. */
export function isInTouch({ peers, sought }: Pick<Scene, 'peers' | 'sought'>): boolean {
  return peers.length > 0 || sought.some(({ knock }) => knock === 'reached' || knock === 'closed')
}

/** The first few. */
export function namesOf(people: readonly { readonly name: string }[]): string {
  const names = [...new Set(people.map(({ name }) => name))]
  const more = names.length - NAMES_SHOWN
  return names.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
