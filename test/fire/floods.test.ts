import { FLOOD_FAULTS, QUOTA_FAULTS, QUOTA_SETTINGS, REQUEST_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('a contact that floods', FLOOD_FAULTS)
faultTests('a contact that floods a node with a small quota', QUOTA_FAULTS, 'auto', QUOTA_SETTINGS)
faultTests('strangers that flood with requests', REQUEST_FAULTS, 'ask')
