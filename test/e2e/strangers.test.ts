// What others find out by asking, and what lies open on this machine: the quick part of test/fire
// that is not about numbers.
import { localTests } from '../fire/local.ts'
import { pathTests } from '../fire/path.ts'
import { peopleTests } from '../fire/people.ts'
import { privacyTests } from '../fire/privacy.ts'

privacyTests('small')
peopleTests('small')
pathTests('small')
localTests()
