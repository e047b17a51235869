import { SOCKET_FAULTS } from './faults.ts'
import { faultTests } from './suites.ts'

faultTests('a stranger below the protocol', SOCKET_FAULTS)
