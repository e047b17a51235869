import { killTests } from './disk/kill.ts'
import { chosenSeed } from './disk/random.ts'

killTests(200, 2, chosenSeed())
