// The shortest of the partitions of `npm run test:fire network`, so that a hole is seen at once.
import { test } from 'node:test'

import { partition } from '../fire/network/partitions.ts'
import { lanMissing } from '../lan/harness.ts'

test(
  'what is written while the network is gone for 5 s is there after it',
  {
    skip: lanMissing(),
  },
  (t) => partition(t, 5000),
)
