// What a look at the network finds, for `doctor`: every contact that is here was asked, everybody
// who should be reachable was tried. What it means is said elsewhere.
import type { InterfaceReport, Knock } from '../../net/net.ts'

export type { InterfaceReport } from '../../net/net.ts'

/** What a contact answered that was asked to dial back. */
export interface DialedBack {
  readonly reached: boolean
  /** Whether it hears this node by multicast; undefined where it does not discover. */
  readonly hearsUs: boolean | undefined
  /** Its clock less this one's. */
  readonly clockAheadMs: number
}

/** A contact with which there is a session. */
export interface PeerReport {
  readonly name: string
  readonly agent: string
  /** The name of the interface that leads to it; undefined through a router. */
  readonly interface: string | undefined
  /** Whether multicast from it is heard here. */
  readonly heard: boolean
  /** `unasked` where others on the interface were. */
  readonly answer: DialedBack | 'silent' | 'unasked'
}

/** Somebody with whom there is no session, and who was tried just now. */
export interface SoughtReport {
  readonly name: string
  readonly isContact: boolean
  readonly interface: string | undefined
  /** The first of those tried. */
  readonly address: string
  /** Whether multicast from it is heard: then it is on. */
  readonly heard: boolean
  readonly knock: Knock
}

export interface NetworkSurvey {
  readonly interfaces: readonly InterfaceReport[]
  readonly peers: readonly PeerReport[]
  readonly sought: readonly SoughtReport[]
}
