// A process to be killed: gives profile `a` its first password, and tells how far it is. Arguments:
// data folder, password.
import { silentLogger } from '../../../src/core/logger.ts'
import { Profiles } from '../../../src/store/profile/profiles.ts'
import { random } from '../samples.ts'

const [dataDir = '', to] = process.argv.slice(2)
const profiles = new Profiles({ random, nowMs: () => Date.now(), log: silentLogger }, { dataDir })
const onProgress = (share: number): void => console.log(`progress ${share}`)
console.log('begin')
await profiles.changePassword('a', { to, onProgress })
console.log('done')
