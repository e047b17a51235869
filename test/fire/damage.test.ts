import { damageTests } from './disk/damage.ts'
import { chosenSeed } from './disk/random.ts'

const DOSES = {
  messages: 2500,
  cuts: 200,
  logFlips: 60,
  tableFlips: 120,
  manifestFlips: 40,
  removals: 12,
  kills: 60,
}
damageTests(DOSES, chosenSeed())
