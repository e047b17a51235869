// The LevelDB store keeps the contract of store.ts.
import { describe } from 'node:test'

import { storeContract } from './contract.ts'
import { open, openNew } from './samples.ts'

describe('the LevelDB store', () => {
  storeContract(async (t) => {
    const { directory, store } = await openNew(t)
    const under = {
      store,
      reopen: async () => {
        await under.store.close()
        const again = await open(directory)
        t.after(() => again.close())
        under.store = again
        return again
      },
    }
    return under
  })
})
