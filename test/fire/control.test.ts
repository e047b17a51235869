import { LOCAL_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('programs on this machine', LOCAL_FAULTS)
