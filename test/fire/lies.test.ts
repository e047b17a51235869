import { LIE_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('a contact that lies', LIE_FAULTS)
