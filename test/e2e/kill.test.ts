// A few rounds of what `npm run test:fire kill` does two hundred times.
import { killTests } from '../fire/disk/kill.ts'
import { chosenSeed } from '../fire/disk/random.ts'

killTests(20, 2, chosenSeed())
