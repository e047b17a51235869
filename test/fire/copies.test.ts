import { copiesTests } from './copies.ts'

copiesTests(4)
