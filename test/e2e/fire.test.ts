// The faults of test/fire with small doses: what `npm run test:fire` does to a node for minutes is
// done here for moments, many at once, so that a hole that opens is seen at once.
import {
  FLOOD_FAULTS,
  FRAME_FAULTS,
  LIE_FAULTS,
  LOCAL_FAULTS,
  QUOTA_FAULTS,
  QUOTA_SETTINGS,
  REQUEST_FAULTS,
  SOCKET_FAULTS,
} from '../fire/faults.ts'
import { stormTests } from '../fire/suites.ts'

stormTests({
  'a stranger below the protocol': SOCKET_FAULTS,
  'frames that no honest node makes': FRAME_FAULTS,
  'a contact that lies': LIE_FAULTS,
  'a contact that floods': FLOOD_FAULTS,
  'programs on this machine': LOCAL_FAULTS,
})

stormTests({ 'contacts that fill a small quota': QUOTA_FAULTS }, 'auto', QUOTA_SETTINGS)
stormTests({ 'one that asks under many names': REQUEST_FAULTS.slice(0, 1) }, 'ask')
