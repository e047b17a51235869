import { localTests } from './local.ts'

localTests()
