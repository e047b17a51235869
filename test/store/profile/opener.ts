// A process that opens profile `a` again and again, and tells what came of it, until its input
// ends. Argument: data folder.
import process from 'node:process'

import { isTidingsError } from '../../../src/core/errors.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Profiles } from '../../../src/store/profile/profiles.ts'
import { random } from '../samples.ts'

const [dataDir = ''] = process.argv.slice(2)
const profiles = new Profiles({ random, nowMs: () => Date.now(), log: silentLogger }, { dataDir })
const over = new AbortController()
process.stdin.on('end', () => over.abort()).resume()
while (!over.signal.aborted) console.log(await outcome())

async function outcome(): Promise<string> {
  try {
    const store = await profiles.open('a')
    const damage = [...store.damage]
    const identity = store.get('identity', 'self')
    await store.close()
    if (!identity) return 'without identity'
    return damage.length > 0 ? damage.join() : 'opened'
  } catch (error) {
    return isTidingsError(error, 'database_busy') ? error.code : String(error)
  }
}
