// What two contacts say to each other when one of them looks for what is wrong with its network:
// "can you open a connection to me?" (docs/PROTOCOL.md, "DialBack").

/** "Try to connect to me, at the address that you see me at and at this port." */
export interface DialBackFrame {
  readonly type: 'dial_back'
  readonly port: number
}

export interface DialedBackFrame {
  readonly type: 'dialed_back'
  /** A connection was opened there, and the receiver's device proved itself on it. */
  readonly reached: boolean
  /** Whether discovery hears the receiver now; nothing where the sender does not discover. */
  readonly heard?: boolean
  /** The sender's clock. */
  readonly wallTimeMs: number
}
