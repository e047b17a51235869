import { privacyTests } from './privacy.ts'

privacyTests('full')
