// Attacks at once, in a process of their own: `node attacker.ts '{"attacks":[…],"victim":{…},…}'`.
// Says when they are at their height, and what they found out.
import { FLOODS } from './attacks/floods.ts'
import { FRAMES } from './attacks/frames.ts'
import { LIES } from './attacks/lies.ts'
import { LOCAL } from './attacks/local.ts'
import { SOCKETS } from './attacks/sockets.ts'
import type { Attack, Findings, Orders, Word } from './order.ts'

const ATTACKS: Readonly<Record<string, Attack>> = {
  ...FLOODS,
  ...FRAMES,
  ...LIES,
  ...LOCAL,
  ...SOCKETS,
}

/** Each attack has addresses of its own: the victim counts what comes from one. */
const SOURCES = 500

function tell(word: Word): void {
  process.stdout.write(`${JSON.stringify(word)}\n`)
}

const { attacks, ...common } = JSON.parse(process.argv[2] ?? '{}') as Orders
// What is attacked closes connections in every way there is; that must not end the attack.
process.on('unhandledRejection', () => {})
let low = attacks.length
const findings = await Promise.all(
  attacks.map(({ attack, dose }, i): Promise<Findings> => {
    const make = ATTACKS[attack]
    if (!make) throw new Error(`there is no attack "${attack}"`)
    let risen = false
    return make({ ...common, dose, from: i * SOURCES }, () => {
      if (!risen && --low === 0) tell({ event: 'height' })
      risen = true
    })
  }),
)
tell({ event: 'done', findings })
process.exit(0)
