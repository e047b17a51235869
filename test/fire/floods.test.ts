import { FLOOD_FAULTS, REQUEST_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('a contact that floods', FLOOD_FAULTS)
faultTests('strangers that flood with requests', REQUEST_FAULTS, 'ask')
