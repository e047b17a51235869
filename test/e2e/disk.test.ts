// A few of the damages that `npm run test:fire damage` does to hundreds of copies of a database.
import { damageTests } from '../fire/disk/damage.ts'
import { chosenSeed } from '../fire/disk/random.ts'

const DOSES = {
  messages: 2500,
  cuts: 12,
  logFlips: 4,
  tableFlips: 10,
  manifestFlips: 3,
  removals: 2,
  kills: 4,
}
damageTests(DOSES, chosenSeed())
