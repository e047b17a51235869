// A profile's node as the daemon opens it.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { readSettings } from '../../src/daemon/config.ts'
import { openNode } from '../../src/daemon/open-node.ts'
import { createProfile, openProfiles } from '../../src/daemon/profiles.ts'
import { recordKey } from '../../src/store/keys.ts'
import { flip, tamper } from '../store/repair/tamper.ts'

test('a port of last time that cannot be read is forgotten', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'tidings-open-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  const places = findPlaces({ home, profile: 'ann' }, {})
  const { dataDir, profile } = places
  await createProfile(dataDir, { profile, name: 'Ann', password: undefined })
  const profiles = openProfiles(dataDir)
  const store = await profiles.open(profile)
  const batch = store.batch()
  batch.put('setting', 'last-port', { value: 4001 })
  await store.commit(batch)
  await store.close()
  const key = recordKey('setting', 'last-port')
  await tamper(profiles.databaseDirectory(profile), (level) => flip(level, key))
  const settings = await readSettings({ places }, {})
  const opening = { places, settings, password: undefined, version: '0', log: silentLogger }
  const { node } = await openNode(opening)
  t.after(() => node.stop())
  assert.equal(node.identity().name, 'Ann')
  assert.equal(node.damage.length, 1)
})
