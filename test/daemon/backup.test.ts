// A backup that is made a profile of while nobody wants it any more.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import { TidingsError } from '../../src/core/errors.ts'
import { exportProfile, importProfile } from '../../src/daemon/backup.ts'
import { createProfile, listProfiles } from '../../src/daemon/profiles.ts'

test('an import that is interrupted leaves nothing', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'tidings-import-'))
  t.after(() => rm(home, { recursive: true }))
  const places = findPlaces({ home, profile: 'ann' })
  const [file, password] = [path.join(home, 'ann.tidings'), 'correct horse']
  await createProfile(places.dataDir, { profile: 'ann', name: 'ann' })
  await exportProfile(places, { file, password, force: false })
  const folders = await readdir(path.dirname(places.data))

  const options = { file, password, profile: 'anna', newPassword: undefined }
  const interrupted = AbortSignal.abort(new TidingsError('interrupted', 'interrupted'))
  const importing = importProfile(places.dataDir, options, interrupted)
  await assert.rejects(importing, { code: 'interrupted' })
  assert.deepEqual(await readdir(path.dirname(places.data)), folders)
  const profiles = await listProfiles(places.dataDir)
  assert.deepEqual(
    profiles.map(({ profile }) => profile),
    ['ann'],
  )
})
