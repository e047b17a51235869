import { fullTests } from './disk/full.ts'
import { healTests } from './disk/heal.ts'
import { chosenSeed } from './disk/random.ts'

healTests(4, chosenSeed())
fullTests()
