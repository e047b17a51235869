// Once of what `npm run test:fire copies` does several times.
import { copiesTests } from '../fire/copies.ts'

copiesTests(1)
