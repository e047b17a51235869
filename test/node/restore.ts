// A backup of a person, and a database made from it: another device of the same account.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import { withAnotherDevice } from '../../src/node/people/identity.ts'
import { writeBackup } from '../../src/store/backup/backup-export.ts'
import { Backup } from '../../src/store/backup/backup-import.ts'
import { openStore } from '../../src/store/open.ts'
import { DATABASE_KEY, type Person } from './nodes.ts'

const PASSWORD = 'correct horse'
const CHEAP = { random: randomBytes, cost: { memoryKib: 64, passes: 1, lanes: 1 } }

/** The folder of a database made from a backup of this person, whose node does not run. */
export async function restored(t: TestContext, who: Person): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-restored-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'backup')
  const store = await who.openStore()
  const what = { profile: who.name, file, password: PASSWORD, force: false }
  await writeBackup(store, what, CHEAP)
  await store.close()
  const backup = await Backup.open(file, PASSWORD)
  const directory = path.join(folder, 'db')
  const init = { key: DATABASE_KEY, create: true, random: randomBytes, log: silentLogger }
  const fresh = await openStore({ directory, ...init })
  await backup.restore(fresh, withAnotherDevice(backup.start, randomBytes(32)))
  await backup.close()
  await fresh.close()
  return directory
}
