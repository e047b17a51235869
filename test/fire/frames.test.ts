import { FRAME_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('frames that no honest node makes', FRAME_FAULTS)
