// What an attacker process is told, and how it answers: orders in its arguments, one JSON object a
// line back.
import type { Victim } from './foe.ts'

/** One attack and what it is told. */
export interface Order {
  readonly victim: Victim
  /** How much of it. */
  readonly dose: number
  /** Of its randomness. */
  readonly seed: number
  /** The control socket, for attacks from this machine. */
  readonly socket: string
  /** Of the loopback addresses that it comes from: see `sourceOf`. */
  readonly from: number
}

/** What one process is told: attacks that it makes at the same time. */
export interface Orders extends Omit<Order, 'dose' | 'from'> {
  readonly attacks: readonly { readonly attack: string; readonly dose: number }[]
}

/** What an attack found out: numbers and words for the table and for the checks after it. */
export type Findings = Readonly<Record<string, number | string | boolean>>

export type Attack = (order: Order, atHeight: () => void) => Promise<Findings>

export type Word =
  | { readonly event: 'height' }
  | { readonly event: 'done'; readonly findings: readonly Findings[] }
